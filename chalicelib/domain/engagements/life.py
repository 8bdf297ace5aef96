"""The life of an engagement: its state in a word, with the reason and the next step, and how long
it may last.

The state follows from the engagement, its roles and its grants at a given time. Daypass does not
store it, so it cannot be out of date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import end_text, utc_text
from chalicelib.domain.text import Tone
from chalicelib.domain.values import Value

LONGEST_ENGAGEMENT = timedelta(days=731)
"""How far ahead an engagement can end: two years, with a leap day."""
ENDS_SOON = timedelta(days=14)
"""How long before its end an engagement is `ending`."""


class EngagementState(StrEnum):
    """The state of an engagement."""

    INVITED = "invited"
    """No role in use was checked yet with its present ARN and external ID."""
    FAILING = "failing"
    """A role in use was checked, and none passed its most recent check."""
    PROVEN = "proven"
    """At least one role passed its most recent check. The engagement has not begun, or no one has a
    current grant."""
    ACTIVE = "active"
    """At least one role passed its most recent check, and a member has a current grant."""
    ENDING = "ending"
    """The engagement is proven or active, and ends within 14 days."""
    OVER = "over"
    """The engagement is closed, revoked or past its end."""
    LEFT = "left"
    """The engagement is over, and a check confirmed that Daypass cannot assume any of the roles."""
    SHUT = "shut"
    """Daypass shut every role in use, so sessions can do nothing, although a role may have passed
    its last check."""
    UNKNOWN = "unknown"
    """The state depends on roles or grants that could not be read."""

    @property
    def tone(self) -> Tone:
        return _TONES.get(self, Tone.WAIT)


_TONES = {
    EngagementState.FAILING: Tone.BAD,
    EngagementState.PROVEN: Tone.GOOD,
    EngagementState.ACTIVE: Tone.GOOD,
    EngagementState.LEFT: Tone.PLAIN,
    EngagementState.SHUT: Tone.BAD,
}


class DescribedState(Value, kw_only=False):
    """The state of an engagement, with its reason and the lead's next step."""

    state: EngagementState
    why: str
    """Why the engagement is in this state, in a sentence or two."""
    next_step: str = ""
    """The lead's next step. Empty if there is none."""


def ends_soon(engagement: Engagement, now: datetime) -> bool:
    """Return whether the engagement is not over, and ends within 14 days."""
    return not engagement.is_over(now) and engagement.ends_at <= now + ENDS_SOON


def find_state(
    engagement: Engagement, roles: Iterable[Role], grants: Iterable[Grant], now: datetime
) -> EngagementState:
    """Return the engagement's state at `now`.

    `roles` and `grants` are the engagement's. They are read one by one, and only if the state
    depends on them.
    """
    if engagement.is_over(now):
        has_left = engagement.access_removed_at is not None
        return EngagementState.LEFT if has_left else EngagementState.OVER
    is_checked = False
    for role in roles:
        if role.passed_verification(engagement):
            break
        is_checked |= role.ended_at is None and role.current_verification(engagement) is not None
    else:  # no role has passed its last check
        return EngagementState.FAILING if is_checked else EngagementState.INVITED
    if ends_soon(engagement, now):
        return EngagementState.ENDING
    if engagement.starts_at <= now and any(grant.is_current(now) for grant in grants):
        return EngagementState.ACTIVE
    return EngagementState.PROVEN


def describe_state(
    engagement: Engagement,
    roles: Sequence[Role],
    grants: Iterable[Grant],
    now: datetime,
    shut: Collection[str] = (),
) -> DescribedState:
    """Return the engagement's state with its reason and the next step. `shut` are the names of the
    roles in use that Daypass shut: a cut-off denies their sessions everything until the client
    releases them. The other parameters are those of `find_state`."""
    state = find_state(engagement, roles, grants, now)
    in_use = [role for role in roles if role.ended_at is None]
    why, next_step = _explain(state, engagement, in_use, now)
    if engagement.is_over(now) or not in_use or {role.name for role in in_use} - set(shut):
        return DescribedState(state, why, next_step)
    return DescribedState(
        EngagementState.SHUT,
        "Daypass attached AWSDenyAll to every role, so their sessions cannot do anything."
        f" The engagement is otherwise {state.value}. {why}",
        "Ask the client to detach AWSDenyAll when the cut-off is no longer needed.",
    )


def describe_unread(part: str) -> DescribedState:
    """Return that the state is unknown, because this part, such as `roles`, could not be read."""
    why = f"Daypass could not read the engagement's {part}, which decide its state."
    return DescribedState(EngagementState.UNKNOWN, why)


def _explain(
    state: EngagementState, engagement: Engagement, in_use: Sequence[Role], now: datetime
) -> tuple[str, str]:
    """Return the reason for the state, and the lead's next step. `state` is one that `find_state`
    returns, and `in_use` are the roles that have not ended."""
    passed = "At least one role passed its most recent check"
    ends_at = engagement.ends_at
    match state:
        case EngagementState.OVER | EngagementState.LEFT:
            return _explain_end(engagement, now)
        case EngagementState.INVITED if not in_use:
            return "The engagement has no roles in use.", "Add a role, or close the engagement."
        case EngagementState.FAILING:
            fix = "Apply the fix shown for each role that failed its check."
            return "None of the roles passed its most recent check.", fix
        # A check with an earlier ARN or external ID does not count for the state.
        case EngagementState.INVITED if any(role.verification is not None for role in in_use):
            why = "No role has been checked yet with its current external ID."
            return why, "Check the role again."
        case EngagementState.INVITED:
            send = "Send the client the link to their page. They create the role and check it."
            return "No role has been checked yet.", send
        case EngagementState.ENDING:
            soon = f"within {ENDS_SOON.days} days, on {utc_text(ends_at)}"
            return f"{passed}. The engagement ends {soon}.", (
                "Renew the engagement if the work continues, or close it when the work is done."
            )
        case EngagementState.ACTIVE:
            until = f"The engagement lasts until {end_text(ends_at)}."
            return f"{passed}, and someone has a current grant. {until}", ""
    # The remaining state is PROVEN.
    if now < engagement.starts_at:
        return f"{passed}. The engagement begins on {utc_text(engagement.starts_at)}.", ""
    next_step = "Grant someone access, or close the engagement."
    return f"{passed}. No one has a current grant.", next_step


def describe_closed_time(engagement: Engagement, now: datetime) -> str:
    """Return why the engagement gives no sessions at this time, in a sentence."""
    if engagement.revoked_at is not None:
        return f"A lead revoked the engagement on {utc_text(engagement.revoked_at)}."
    if engagement.closed_at is not None:
        return f"A lead closed the engagement on {utc_text(engagement.closed_at)}."
    if now < engagement.starts_at:
        return f"The engagement begins on {utc_text(engagement.starts_at)}."
    return f"The engagement ended on {utc_text(engagement.ends_at)}."


def _explain_end(engagement: Engagement, now: datetime) -> tuple[str, str]:
    """Return why the engagement is over, and the lead's next step."""
    why = describe_closed_time(engagement, now)
    by_lead = engagement.revoked_at is not None or engagement.closed_at is not None
    undo = f"To continue the work, {'reopen' if by_lead else 'renew'} the engagement."
    if engagement.access_removed_at is not None:
        removed = utc_text(engagement.access_removed_at)
        why += f" A check on {removed} confirmed that Daypass cannot assume any of the roles."
        return why, ""
    ask = (
        "Ask the client to remove the roles. Daypass checks every day whether it can still assume"
        " them. The"
    )
    why = f"{why} No check has confirmed yet that Daypass can no longer assume any of the roles."
    return why, f"{ask} client can run the check on their page. {undo}"


def lasts_too_long(engagement: Engagement, now: datetime) -> bool:
    """Return whether the engagement ends more than two years after its start, or after now if it
    has begun."""
    return engagement.ends_at > max(engagement.starts_at, now) + LONGEST_ENGAGEMENT
