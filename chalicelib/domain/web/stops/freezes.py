"""Describe the freeze of everything for the console."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.text import count_of
from chalicelib.domain.vending.freeze_status import FreezeStatus

THAW_EFFECT = (
    "Two leads lift a freeze. The first one requests it, and the second one lifts it: then members"
    " get sessions again. Nothing that was cut off comes back."
)

ONLY_LEAD = (
    "You are the only active lead, and it takes two leads to thaw. Make another member a lead, now"
    " or during the freeze. If you cannot sign in any more, the operator runs make recover-lead, as"
    " docs/runbooks/people.md says."
)

UNKNOWN_LEADS = (
    "Whether another lead is active could not be read now. It takes two leads to thaw, and the"
    " freeze works all the same."
)


def describe_freeze(status: FreezeStatus) -> tuple[str, ...]:
    """Return the freeze in a few sentences, as the `daypass` command does."""
    if not status.frozen or status.frozen_at is None or status.no_session_after is None:
        return ("Daypass is not frozen.",)
    since = utc_text(status.frozen_at)
    sentences = [
        f"Daypass is frozen since {since}, by {status.frozen_by}: {status.reason}",
        f"It hands over no session after {status.no_session_after:%H:%M:%S} UTC.",
        _alive_text(status),
    ]
    if status.lift_requested_by and status.lift_request_ends_at is not None:
        sentences.append(
            f"{status.lift_requested_by} asked to lift it. Another lead can confirm that until"
            f" {utc_text(status.lift_request_ends_at)}. The reason: {status.lift_reason}"
        )
    return tuple(sentences)


def describe_thaw(status: FreezeStatus, lead: str) -> tuple[str, ...]:
    """Return what a thaw by this lead does now."""
    if not status.frozen:
        return describe_freeze(status)
    if not status.lift_requested_by:
        text = "You request to lift the freeze. Daypass stays frozen until another lead thaws, too."
    elif status.lift_requested_by == lead:
        text = "You have asked already. Daypass stays frozen until another lead thaws, too."
    else:
        text = "You lift the freeze: members get sessions again at once."
    return (*describe_freeze(status), THAW_EFFECT, text)


def describe_thawed(status: FreezeStatus, lead: str) -> str:
    """Return what a thaw by this lead has just done. Empty if the freeze does not show it."""
    if not status.frozen:
        return (
            "The freeze is lifted: members get sessions again. Nothing that was cut off comes back."
        )
    if status.lift_requested_by != lead:
        return ""
    return "You asked to lift the freeze. Daypass stays frozen until another lead thaws, too."


def _alive_text(status: FreezeStatus) -> str:
    if status.listed_at is None:
        return "It is counting the sessions that may be alive, and then requests their cut-offs."
    if not status.alive or status.last_moment is None:
        return "No session is alive."
    return (
        f"{count_of(status.alive, 'session')} may be alive, until {utc_text(status.last_moment)} at"
        " the latest."
    )
