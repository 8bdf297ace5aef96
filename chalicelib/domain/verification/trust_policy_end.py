"""The end date of a client's trust policy. Daypass requests it, and cannot read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.moments import CLOCK_MARGIN, Moment, utc_text
from chalicelib.domain.values import Value

MAX_REQUESTED_ENDS = 20
"""The ends that are kept for a role. Only the earliest and the last affect a decision."""


class TrustPolicyEnd(Value, frozen=True, kw_only=True):
    """The end of a role's trust policy, as Daypass requested it from the client."""

    ends_at: Moment
    """The earliest end that the trust policy may have."""
    needs_update: bool
    """True if the client has to update the trust policy, because it may end before the engagement.
    Always false for a role that was never checked: it most likely does not exist yet, and the
    client will create it with the latest end."""
    message: str


def add_requested_end(requested: Sequence[datetime], end: datetime) -> tuple[datetime, ...]:
    """Return the requested ends, in the order of the requests, with this one as the last."""
    ends = [earlier for earlier in dict.fromkeys(requested) if earlier != end]
    kept = sorted(ends)[: MAX_REQUESTED_ENDS - 1]
    return (*(earlier for earlier in ends if earlier in kept), end)


def still_possible(requested: Sequence[datetime], accepted_at: datetime) -> tuple[datetime, ...]:
    """Return the ends that the trust policy can have, if it accepted Daypass at this moment."""
    possible = tuple(end for end in requested if not has_surely_passed(end, accepted_at))
    return possible or tuple(requested[-1:])


def has_surely_passed(end: datetime, now: datetime) -> bool:
    """Return whether the end has passed on AWS's clock as well."""
    return end + CLOCK_MARGIN <= now


def trust_policy_end(
    requested: Sequence[datetime], replaced: datetime | None, *, was_checked: bool
) -> TrustPolicyEnd | None:
    """Return what Daypass knows about the end, or None if it requested none.

    `replaced` is the end of the trust policy that, as the client reports, is no longer in place.
    """
    if not requested:
        return None
    earliest, last = min(requested), requested[-1]
    message = f"The client's trust policy ends on {utc_text(earliest)}, as Daypass requested."
    needs_update = was_checked and earliest < last
    if not was_checked:
        message = f"Daypass requests a trust policy that ends on {utc_text(last)}."
    elif needs_update:
        message += (
            f" The engagement continues until {utc_text(last)}: the client has to update the trust"
            " policy."
        )
    elif replaced is not None:
        message = (
            f"The client reports that the trust policy now ends on {utc_text(last)}, as Daypass"
            f" requested. Only a check after {utc_text(replaced)}, the previous end, can confirm"
            " that."
        )
    elif max(requested) > last:
        message = (
            f"The client's trust policy ends on {utc_text(last)}, as Daypass requested, or at the"
            f" latest on {utc_text(max(requested))}, as it requested earlier. No action is needed:"
            f" Daypass vends no session after {utc_text(last)}."
        )
    return TrustPolicyEnd(ends_at=earliest, needs_update=needs_update, message=message)
