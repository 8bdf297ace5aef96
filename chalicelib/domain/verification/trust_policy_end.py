"""The end of the trust policy of a client's role. Daypass asks for an end, and cannot read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.moments import CLOCK_MARGIN, Moment, utc_text
from chalicelib.domain.values import Value

MOST_ASKED_ENDS = 20
"""Ends that are remembered for a role. Only the earliest and the last decide anything."""


class TrustPolicyEnd(Value, frozen=True, kw_only=True):
    """The end of the role's trust policy, as Daypass asked the client to write it."""

    ends_at: Moment
    """The earliest end that the client may have written."""
    needs_update: bool
    """Whether that is earlier than the engagement's end, and the role has been checked: one that
    nobody has checked is most likely not there yet, and the client makes it with the last end."""
    message: str


def asked_also(asked: Sequence[datetime], end: datetime) -> tuple[datetime, ...]:
    """Return the ends that were asked for, in the order of asking, with this one as the last."""
    ends = [earlier for earlier in dict.fromkeys(asked) if earlier != end]
    kept = sorted(ends)[: MOST_ASKED_ENDS - 1]
    return (*(earlier for earlier in ends if earlier in kept), end)


def not_disproven(asked: Sequence[datetime], let_in_at: datetime) -> tuple[datetime, ...]:
    """Return the ends that the policy can still have, although it let Daypass in at this moment."""
    possible = tuple(end for end in asked if not has_surely_passed(end, let_in_at))
    return possible or tuple(asked[-1:])


def has_surely_passed(end: datetime, now: datetime) -> bool:
    """Return whether the end has passed on AWS's clock as well."""
    return end + CLOCK_MARGIN <= now


def trust_policy_end(
    asked: Sequence[datetime], replaced: datetime | None, *, was_checked: bool
) -> TrustPolicyEnd | None:
    """Return what is known of the end; None where Daypass has asked for none. `replaced` is the end
    of the policy that the client says they have replaced."""
    if not asked:
        return None
    earliest, last = min(asked), asked[-1]
    message = f"The client's policy ends on {utc_text(earliest)}, as Daypass asked."
    needs_update = was_checked and earliest < last
    if not was_checked:
        message = f"Daypass asks for a trust policy that ends on {utc_text(last)}."
    elif needs_update:
        message += (
            f" The engagement goes on until {utc_text(last)}: the client has to update the trust"
            " policy."
        )
    elif replaced is not None:
        message = (
            f"The client says that their policy now ends on {utc_text(last)}, as Daypass asked."
            f" Only a check after {utc_text(replaced)}, the end before, can show it."
        )
    elif max(asked) > last:
        message = (
            f"The client's policy ends on {utc_text(last)}, as Daypass asked, or as late as"
            f" {utc_text(max(asked))}, as it asked before. Nothing has to be done: Daypass gives"
            f" nobody a session after {utc_text(last)}."
        )
    return TrustPolicyEnd(ends_at=earliest, needs_update=needs_update, message=message)
