"""The state of an engagement as the web console shows it: in a word, with the reason and with the
next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import EngagementState, find_state
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import end_text, utc_text
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole


class Tone(StrEnum):
    """How a page marks a state, always beside its word."""

    GOOD = "good"
    BAD = "bad"
    WAIT = "wait"
    PLAIN = "plain"


class ShownState(Value, frozen=True, kw_only=True):
    """The state of an engagement, or as much of it as the page has read."""

    label: str
    tone: Tone
    why: str
    """Why the engagement is in this state, in a sentence or two."""
    next_step: str
    """The lead's next step. Empty if there is none."""


def describe_state(
    engagement: Engagement,
    roles: Sequence[Role] | None,
    grants: Sequence[Grant] | None,
    now: datetime,
    *,
    has_all_grants: bool = False,
) -> ShownState:
    """Return the engagement's state. `roles` are all of its roles, and `grants` some of its grants.
    None: they were not read, or could not be.

    If the state depends on grants that were not read, the label is `Ready`.
    """
    if engagement.is_over(now):
        return _describe_end(engagement)
    if roles is None:
        return ShownState(
            label="Unknown",
            tone=Tone.WAIT,
            why="Its roles were not read, and its state depends on them.",
            next_step="",
        )
    state = find_state(engagement, roles, grants or (), now)
    if state is EngagementState.PROVEN:
        return _describe_proven(engagement, grants, now, has_all_grants=has_all_grants)
    return {
        EngagementState.INVITED: _describe_invited(roles),
        EngagementState.ENDING: _describe_ending(engagement),
        EngagementState.ACTIVE: _describe_active(engagement),
    }[state]


def describe_shut_roles(
    state: ShownState,
    engagement: Engagement,
    roles: Sequence[Role],
    shut: Sequence[ShutRole],
    now: datetime,
) -> ShownState:
    """Return the state, or `Shut` if Daypass shut every role in use: then nobody can work there,
    although the roles pass their checks."""
    names = {each.role for each in shut if each.is_used}
    in_use = [role for role in roles if role.ended_at is None]
    if engagement.is_over(now) or not in_use or any(role.name not in names for role in in_use):
        return state
    return ShownState(
        label="Shut",
        tone=Tone.BAD,
        why="Daypass shut every role of it, so its sessions can do nothing. Apart from that:"
        f" {state.label}. {state.why}",
        next_step="Ask the client to detach AWSDenyAll, when the reason for it is gone.",
    )


def _describe_end(engagement: Engagement) -> ShownState:
    if engagement.revoked_at is not None:
        why = f"A lead revoked it on {utc_text(engagement.revoked_at)}."
        undo = "To work on, reopen it."
    elif engagement.closed_at is not None:
        why = f"A lead closed it on {utc_text(engagement.closed_at)}."
        undo = "To work on, reopen it."
    else:
        why = f"It ended on {utc_text(engagement.ends_at)}."
        undo = "To work on, renew it."
    if engagement.access_removed_at is not None:
        removed = utc_text(engagement.access_removed_at)
        return ShownState(
            label="Left",
            tone=Tone.PLAIN,
            why=f"{why} A check on {removed} found that every role refuses Daypass.",
            next_step="",
        )
    return ShownState(
        label="Over",
        tone=Tone.WAIT,
        why=f"{why} No check has found yet that every role refuses Daypass.",
        next_step="Ask the client to remove the roles. Daypass checks daily whether they refuse it,"
        f" and the client can check on their page. {undo}",
    )


def _describe_invited(roles: Sequence[Role]) -> ShownState:
    in_use = [role for role in roles if role.ended_at is None]
    if not in_use:
        why, next_step = "It has no role.", "Add a role, or close the engagement."
    elif any(role.verification is not None for role in in_use):
        why = "No role has passed its last check."
        next_step = "Follow the fix of the role that failed its check."
    else:
        why = "No role was checked yet."
        next_step = "Send the client the link to their page. They create the role and check it."
    return ShownState(label="Invited", tone=Tone.WAIT, why=why, next_step=next_step)


def _describe_ending(engagement: Engagement) -> ShownState:
    return ShownState(
        label="Ending",
        tone=Tone.WAIT,
        why="A role has passed its last check. The engagement ends within 14 days, on"
        f" {utc_text(engagement.ends_at)}.",
        next_step="Renew it if the work goes on, or close it when the work is done.",
    )


def _describe_active(engagement: Engagement) -> ShownState:
    return ShownState(
        label="Active",
        tone=Tone.GOOD,
        why="A role has passed its last check, and someone has a current grant."
        f" It lasts until {end_text(engagement.ends_at)}.",
        next_step="",
    )


def _describe_proven(
    engagement: Engagement,
    grants: Sequence[Grant] | None,
    now: datetime,
    *,
    has_all_grants: bool,
) -> ShownState:
    """Return the state of an engagement with a role that passed its check, and no current grant
    among those that were read."""
    passed = "A role has passed its last check."
    if now < engagement.starts_at:
        return ShownState(
            label="Proven",
            tone=Tone.GOOD,
            why=f"{passed} The engagement begins on {utc_text(engagement.starts_at)}.",
            next_step="",
        )
    if grants is not None and has_all_grants:
        return ShownState(
            label="Proven",
            tone=Tone.GOOD,
            why=f"{passed} No one has a current grant.",
            next_step="Grant someone access, or close the engagement.",
        )
    return ShownState(
        label="Ready",
        tone=Tone.GOOD,
        why=f"{passed} Daypass read no current grant here, but not every grant.",
        next_step="",
    )
