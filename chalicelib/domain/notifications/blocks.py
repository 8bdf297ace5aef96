"""Build the messages about a freeze of everything and about a client's pause."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.notifications.message import Message, Rule
from chalicelib.domain.trail import Action, Entry, Outcome


def _announce_list(entry: Entry) -> Message:
    """Return a message with the number of sessions that may outlive the freeze."""
    is_any_alive = entry.detail("alive") not in ("", "0")
    text = (
        "{alive} sessions from before the freeze may still be alive, the last until {last_moment}."
        " AWS cannot recall them. Daypass requested cut-offs of all of them: daypass cut-offs"
        " shows the progress."
        if is_any_alive
        else "No session from before the freeze is alive."
    )
    return Message("Daypass is frozen, and its sessions are counted", text)


def _announce_pause(entry: Entry) -> Message:
    """Return a message that the client paused the engagement, or refused to have the pause
    lifted."""
    if entry.detail("refused"):
        return Message(
            "The client of {engagement} keeps the pause",
            "{by} paused the access again, and so refused the request of {refused} to lift the"
            " pause.",
            ("client-paused",),
        )
    return Message(
        "The client paused {engagement}",
        "{by} paused the access. Daypass gives no more sessions for {engagement} until the client"
        " lifts the pause with its code. Without the code, two leads can lift it with daypass"
        " lift-pause, unless the client refuses within 24 hours.",
        ("client-paused",),
    )


def _announce_pause_lift(entry: Entry) -> Message:
    """Return a message that someone lifted the pause, or the client one of its locks."""
    if entry.detail("requested_by"):
        return Message(
            "Two leads lifted the client's pause of {engagement}",
            "{by} lifted the pause without its code. {requested_by} had asked for that, and the"
            " client did not refuse. Daypass gives sessions for {engagement} again.",
            ("client-paused",),
        )
    if entry.detail("codes_left"):
        sealed = " The button was pressed too often: only two leads can lift the pause."
        return Message(
            "The client of {engagement} entered a code, and the pause goes on",
            "{by} entered one of the codes of the pause. Codes that still hold the pause:"
            " {codes_left}." + (sealed if entry.detail("sealed") else ""),
        )
    return Message(
        "The client of {engagement} lifted the pause",
        "{by} lifted the pause. Daypass gives sessions for {engagement} again.",
    )


TABLE: Mapping[Action, Rule] = {
    Action.FREEZE_BEGIN: Message(
        "Daypass is frozen",
        "{by} froze Daypass. No one gets a new session, for any client. Two leads can lift the"
        " freeze: each types daypass thaw, or /daypass thaw in Slack.",
        ("frozen",),
    ),
    Action.FREEZE_LIST: _announce_list,
    Action.FREEZE_LIFT_REQUEST: Message(
        "A lead asks to lift the freeze",
        "{by} asks to lift the freeze. It stays in force until another lead confirms this within 24"
        " hours, with daypass thaw, or /daypass thaw in Slack.",
        ("frozen",),
    ),
    Action.FREEZE_LIFT: Message(
        "The freeze is lifted",
        "{by} lifted the freeze, which {requested_by} had asked for. Daypass gives sessions again."
        " Nothing that was cut off comes back.",
        ("frozen",),
    ),
    Action.PAUSE_BEGIN: _announce_pause,
    Action.PAUSE_LIFT: _announce_pause_lift,
    Action.PAUSE_LIFT_REQUEST: Message(
        "A lead asks to lift the client's pause of {engagement}",
        "{by} asks to lift the pause without its code. Daypass has asked the client's approvers,"
        " who can refuse until {refuse_until}. After that, another lead can confirm it within 72"
        " hours, with daypass lift-pause.",
        ("client-paused",),
    ),
    Action.PAUSE_KEEP: Message(
        "The client of {engagement} keeps the pause",
        "{by} refused the request of {refused} to lift the pause. It stays in force.",
    ),
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.PAUSE_LIFT, Outcome.REFUSED): Message(
        "A wrong code was entered for {engagement}",
        "Someone with the link {link} entered a code that does not lift the client's pause.",
    ),
}
