"""Check cut-offs beside the checks of roles: after a lead's or a client's check, and once a day."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.schedule import find_last_due_time
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.verification.cut_off.check import check_cut_off
from chalicelib.usecases.verification.probing import has_time


def try_check_cut_offs(
    ports: Ports, by: Actor, engagement: str, roles: Iterable[str], deadline: datetime
) -> None:
    """Check the roles' cut-offs in full, beside a check of the roles, while time is left.

    The check of a role stays as it is, whatever AWS answers about its cut-off. The next check makes
    one that had no time or no result. Raise Unavailable if the tables are unavailable.
    """
    for role in roles:
        if not has_time(ports, deadline):
            return
        with suppress(Conflict, NotFound):  # someone changed the role meanwhile
            check_cut_off(ports, by, engagement, role, deadline=deadline)


def check_cut_off_if_due(ports: Ports, by: Actor, engagement: str, role: str) -> None:
    """Check the role's cut-off, unless that has been done since the daily check became due.

    Raise the errors of `check_cut_off`.
    """
    now = ports.now()
    proof = ports.state.get(CutOffProof, engagement, role)
    if proof is not None and proof.checked_at >= find_last_due_time(engagement, now):
        return
    is_full = proof is None or proof.needs_full_check(now)
    check_cut_off(ports, by, engagement, role, is_full=is_full)
