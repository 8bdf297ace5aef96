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


def _announce_pause_lift(entry: Entry) -> Message:
    """Return a message that the client lifted the pause, or one of its locks."""
    if entry.detail("codes_left"):
        return Message(
            "The client of {engagement} entered a code, and the pause goes on",
            "{by} entered one of the codes of the pause. Codes that still hold the pause:"
            " {codes_left}.",
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
    Action.PAUSE_BEGIN: Message(
        "The client paused {engagement}",
        "{by} paused the access. Daypass gives no more sessions for {engagement} until the client"
        " lifts the pause with its code. No lead can lift it.",
        ("client-paused",),
    ),
    Action.PAUSE_LIFT: _announce_pause_lift,
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.PAUSE_LIFT, Outcome.REFUSED): Message(
        "A wrong code was entered for {engagement}",
        "Someone with the link {link} entered a code that does not lift the client's pause.",
    ),
}
