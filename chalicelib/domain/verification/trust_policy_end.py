"""The end date of a client's trust policy.

Daypass requests a trust policy with an end date, but cannot read the policy that the client has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.moments import CLOCK_MARGIN, Moment, utc_text
from chalicelib.domain.values import Value

MAX_REQUESTED_ENDS = 20
"""The maximum number of end dates that Daypass stores for a role. Decisions depend only on the
earliest date and on the last one that Daypass requested."""


class TrustPolicyEnd(Value):
    """The end date of a role's trust policy, as Daypass requested it from the client."""

    ends_at: Moment
    """The earliest end date that the trust policy may have, if the client reported its changes
    correctly."""
    needs_update: bool
    """True if the client has to update the trust policy, because the policy may end before the
    engagement. Always false for a role that was never checked: most likely the client has not
    created the role yet, and will use the latest requested end date."""
    message: str
    """The end date, and what the client has to do, in sentences."""


def add_requested_end(requested: Sequence[datetime], end: datetime) -> tuple[datetime, ...]:
    """Return the requested end dates, in the order of the requests, with `end` as the last.

    If there are more than MAX_REQUESTED_ENDS, drop the latest dates before `end`.
    """
    other_ends = [other for other in dict.fromkeys(requested) if other != end]
    kept_ends = sorted(other_ends)[: MAX_REQUESTED_ENDS - 1]
    return (*(other for other in other_ends if other in kept_ends), end)


def find_possible_ends(
    requested: Sequence[datetime], accepted_at: datetime
) -> tuple[datetime, ...]:
    """Return the requested end dates that the trust policy can have.

    The policy accepted Daypass at `accepted_at`, so it had not ended then. If all requested dates
    had passed, return the last requested one.
    """
    possible = tuple(end for end in requested if not has_end_surely_passed(end, accepted_at))
    return possible or tuple(requested[-1:])


def has_end_surely_passed(end: datetime, now: datetime) -> bool:
    """Return whether the end date has passed on AWS's clock too, which may be a little slow."""
    return end + CLOCK_MARGIN <= now


def describe_trust_policy_end(
    requested: Sequence[datetime], previous_end: datetime | None, *, was_checked: bool
) -> TrustPolicyEnd | None:
    """Return the trust policy's end date, and a message for leads. None if Daypass requested none.

    `requested` are the end dates that Daypass requested and that the policy may still have, in the
    order of the requests, so the last one is the engagement's. `previous_end` is the end date of a
    policy that the client reports as replaced, until a check confirms that. The result takes the
    client's word for it: its `ends_at` ignores this date.
    `was_checked` is true if Daypass has checked the role.
    """
    if not requested:
        return None
    earliest, last = min(requested), requested[-1]
    ends_text = f"The client's trust policy expires on {utc_text(earliest)}, as Daypass requested."
    needs_update = was_checked and earliest < last
    if not was_checked:  # the client most likely has no trust policy yet, so none ends earlier
        message = f"Daypass asks the client for a trust policy that expires on {utc_text(last)}."
    elif needs_update:
        message = (
            f"{ends_text} The engagement continues until {utc_text(last)}, so the client must"
            " update the trust policy."
        )
    elif previous_end is not None:
        message = (
            f"The client reports that the trust policy now expires on {utc_text(last)}, as Daypass"
            f" requested. Only a check after {utc_text(previous_end)}, when the previous trust"
            " policy expires, can confirm this."
        )
    elif max(requested) > last:
        message = (
            f"Daypass last requested a trust policy that expires on {utc_text(last)}. The client's"
            " role might still have an earlier policy, which expires no later than"
            f" {utc_text(max(requested))}. No action is needed: Daypass issues no sessions after"
            f" {utc_text(last)}."
        )
    else:
        message = ends_text
    return TrustPolicyEnd(ends_at=earliest, needs_update=needs_update, message=message)
