"""The events of sessions, access links, the freeze and pauses."""

from __future__ import annotations

from chalicelib.domain.evidence.events import Event, Facts, MemberNotice, Notice, Table
from chalicelib.domain.text import count_of
from chalicelib.domain.trail import Action

_MAY_BE_ACTIVE = (
    "If Daypass handed the session over, it may remain active until it expires or is cut off."
)
_SEALED = "The pause button was pressed too many times, so only two leads can lift the pause."
_BY_LEADS = (
    "Without a code, two leads can lift the pause with daypass lift-pause, unless the client"
    " refuses within 24 hours."
)
_THAW = "run daypass thaw, or /daypass thaw in Slack"


def _for_agent(e: Facts) -> str | bool:
    """Return the passage that an agent sent the request, if one did."""
    return e.caller == "agent" and (
        f" The request came from an agent, a program that acts for {e.actor} on its own."
    )


def _list_terms(e: Facts) -> tuple[str | bool, ...]:
    """Return the passages on the terms of a session, and on the access that it used. The sentence
    leaves out a passage that is False, or whose value the entry lacks, such as a request or a link
    (`Text`)."""
    return (
        _for_agent(e),
        e.access == "read-only" and " The session was limited to read-only access.",
        e.chaining == "allowed" and " The session may assume further roles.",
        not e.emergency and f" {e.actor} used the approved request {e.request}.",
        e.emergency and f" {e.actor} used emergency access ({e.request}).",
        e.client_approved and " The client had approved the access.",
        f" The request came through the access link {e.link}.",
    )


def _describe_lift(e: Facts) -> str:
    """Return the sentence on a lifted pause. The pause stays while a code is still needed."""
    if e.codes_left:
        need = f"The client needs {count_of(e.codes_left, 'more code')} to lift the pause."
        text = f"{e.by} entered a code to lift the pause on {e.engagement}."
        return f"{text} {_SEALED if e.sealed else need}"
    how = f" without a code, at {e.requested_by:actor}'s request" if e.requested_by else ""
    return f"{e.by} lifted the pause on {e.engagement}{how}."


def _announce_lift(e: Facts) -> Notice:
    """Return the notice that a code was entered, or that the pause was lifted: by two leads, if one
    had requested that before, or else by the client."""
    if e.codes_left:  # a pause can need a code for each of its locks
        return Notice(
            f"The client of {e.engagement} entered a code, but the engagement is still paused",
        )
    again = f"Daypass can issue sessions for {e.engagement} again."
    if e.requested_by:
        return Notice(
            f"Two leads lifted the client's pause on {e.engagement}",
            f"The client did not refuse. {again}",
            alerts="client-paused",
        )
    return Notice(f"The client of {e.engagement} lifted the pause", again)


TABLE: Table = {
    Action.VEND: lambda e: Event(
        f"get a session for {e.target}",
        intended=(
            f"{e.by} requested a session for {e.target}",
            f", for {e.duration:duration}",
            (
                ". Daypass was about to request the session from AWS. If no later entry has the"
                " outcome, treat the session as issued."
            ),
            *_list_terms(e),
        ),
        issued=(
            f"{e.by} got a session for {e.target}",
            f" (session name: {e.session_name})",
            f", which expires on {e.expires_at:time}",
            ".",
            *_list_terms(e),
        ),
        withheld=(
            (
                f"{e.by} did not get a session for {e.target}. AWS may have issued the session, but"
                " Daypass did not hand it over."
            ),
            f" A change or a revocation by {e.closed_by:actor} blocked it.",
        ),
        failed=f"{e.by} did not get a session for {e.target}, because AWS did not issue one.",
        refused=(
            f"Daypass refused {e.actor}'s request for a session for {e.target}.",
            _for_agent(e),
        ),
    ),
    Action.SESSION_REVOKE: lambda e: Event(
        (f"revoke one of {e.member}'s sessions", f" (session {e.session})"),
        (
            f"{e.by} revoked {e.owner} session",
            f" {e.session_name}",
            f" in {e.target}. {_MAY_BE_ACTIVE}",
        ),
        MemberNotice(f"One of {e.member}'s sessions was revoked") if e.subject else None,
    ),
    Action.SESSION_END: lambda e: Event(
        ("give back a session", f" (session {e.session})"),
        (
            f"{e.by} gave back the session",
            f" {e.session_name}",
            f" in {e.target}. {_MAY_BE_ACTIVE}",
        ),
    ),
    Action.ACCESS_LINK_CREATE: lambda e: Event(
        f"get an access link to {e.target}",
        (
            f"{e.by} got an access link",
            f" ({e.link})",
            f" to {e.target} in Slack",
            f". The link expires on {e.expires_at:time}",
            ".",
        ),
    ),
    Action.ACCESS_LINK_USE: lambda e: Event(
        f"use the access link {e.link}",
        f"Someone used {e.member}'s access link {e.link} to {e.target}.",
    ),
    Action.ACCESS_LINK_REVOKE: lambda e: Event(
        f"revoke the access link {e.link}",
        f"{e.by} revoked {e.member}'s access link {e.link} to {e.target}.",
    ),
    Action.FREEZE_BEGIN: lambda e: Event(
        "freeze everything",
        f"{e.by} froze everything. No one can get new sessions.",
        Notice(
            "Daypass is frozen",
            f"To lift the freeze, two leads must each {_THAW}.",
            alerts="frozen",
        ),
    ),
    Action.FREEZE_LIST: lambda e: Event(
        "count the sessions that were issued before the freeze",
        (
            (
                f"Daypass counted {count_of(e.alive, 'session')} that may have been active when the"
                " freeze began."
            ),
            f" The last session expires on {e.last_moment:time}.",
        ),
        Notice(
            "Daypass counted the active sessions from before the freeze",
            "AWS cannot revoke credentials that it has issued, so Daypass requested cut-offs of"
            " these sessions. To see the progress, run: daypass cut-offs"
            if e.alive not in ("", "0")
            else "",
        ),
    ),
    Action.FREEZE_LIFT_REQUEST: lambda e: Event(
        "ask to lift the freeze",
        f"{e.by} asked to lift the freeze.",
        Notice(
            "A lead asks to lift the freeze",
            "Daypass stays frozen unless another lead confirms the request within 24 hours. To"
            f" confirm it, {_THAW}.",
            alerts="frozen",
        ),
    ),
    Action.FREEZE_LIFT: lambda e: Event(
        "lift the freeze",
        (f"{e.by} lifted the freeze", f" at {e.requested_by:actor}'s request", "."),
        Notice(
            "The freeze is lifted",
            "Daypass can issue sessions again. Sessions that were cut off stay cut off.",
            alerts="frozen",
        ),
    ),
    Action.PAUSE_BEGIN: lambda e: Event(
        f"pause {e.engagement}",
        (
            f"{e.by} paused {e.engagement}. No one can get new sessions in this engagement.",
            not e.sealed and f" The client needs {count_of(e.codes, 'code')} to lift the pause.",
            e.sealed and f" {_SEALED}",
            f" By pausing, the client also refused {e.refused:actor}'s request to lift the pause.",
        ),
        Notice(
            f"The client refused to lift the pause on {e.engagement}"
            if e.refused
            else f"The client paused {e.engagement}",
            _BY_LEADS,
            alerts="client-paused",
        ),
    ),
    Action.PAUSE_LIFT: lambda e: Event(
        f"lift the pause on {e.engagement}",
        _describe_lift(e),
        _announce_lift(e),
        refused=f"Someone with the link {e.link} to the client's page could not lift the pause on"
        f" {e.engagement}.",
        warning=Notice(f"Someone entered a wrong code to lift the pause on {e.engagement}"),
    ),
    Action.PAUSE_LIFT_REQUEST: lambda e: Event(
        f"ask to lift the pause on {e.engagement}",
        f"{e.by} asked to lift the pause on {e.engagement} without a code. The client has until"
        f" {e.refuse_until:time} to refuse. After that, a second lead must confirm the request.",
        Notice(
            f"A lead asks to lift the client's pause on {e.engagement}",
            "The second lead has 72 hours to confirm with daypass lift-pause. If the client has"
            " approvers, Daypass asks them by e-mail.",
            alerts="client-paused",
        ),
    ),
    Action.PAUSE_KEEP: lambda e: Event(
        f"keep the pause on {e.engagement}",
        (f"{e.decider} refused {e.refused:actor}'s request to lift the pause on {e.engagement}."),
        Notice(
            f"The client refused to lift the pause on {e.engagement}",
            f"{e.engagement} stays paused.",
        ),
    ),
}
