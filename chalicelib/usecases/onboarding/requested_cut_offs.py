"""List the cut-offs that the client's page shows at its top: requested, and not seen to work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS, CutOffView, build_cut_off_view


class RequestedCutOff(Value, frozen=True, kw_only=True):
    """One cut-off, with the name of its IAM role and, if there is one, its problem in words."""

    view: CutOffView
    role_name: str
    problem_text: str


def list_requested_cut_offs(
    stored_cut_offs: Iterable[RoleCutOffs], now: datetime
) -> tuple[RequestedCutOff, ...]:
    """Return the engagement's cut-offs that Daypass has not seen work and that can still end a
    session. Those that wait for the client's administrator come first."""
    requested = [
        RequestedCutOff(
            view=build_cut_off_view(stored, cut_off, now),
            role_name=(cut_off.role_arn or stored.role_arn).rpartition("/")[2],
            problem_text=PROBLEM_TEXTS[cut_off.problem] if cut_off.problem else "",
        )
        for stored in stored_cut_offs
        for cut_off in stored.cut_offs
        if cut_off.is_pending(now)
    ]
    return tuple(sorted(requested, key=lambda each: not each.view.is_by_client))
