"""Describe in Slack how far the cut-offs of a revocation are.

Only the function SlackWork uses this: it can wait some seconds before it posts the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports

TIME_TO_WAIT = timedelta(seconds=8)
"""Daypass usually writes a cut-off, and sees it work, within this time."""
MAX_LINES = 5
"""A message in Slack has little room."""
_LONG_PAUSE = 10
"""As many earlier tries make a pause as long as pauses get."""


def describe_revocation(ports: Ports, revocation: Revocation) -> str:
    """Return the revocation's summary, and a line on the progress of each of its cut-offs.

    Wait for the cut-offs for some seconds, until Daypass has seen them work.
    """
    cut_offs = _wait_until_seen(ports, revocation.cut_offs)
    lines = [revocation.summary, *(cut_off.message for cut_off in cut_offs[:MAX_LINES])]
    if len(cut_offs) > MAX_LINES:
        lines.append(f"And {len(cut_offs) - MAX_LINES} more. To list all: daypass cut-offs")
    by_client = sorted({each.engagement for each in cut_offs if each.is_by_client})
    if by_client:
        commands = " or ".join(f"daypass cut-offs {name} --commands" for name in by_client[:3])
        lines.append(f"The policy and the commands for the client, in a terminal: {commands}")
    return "\n".join(lines)


def _wait_until_seen(ports: Ports, cut_offs: Sequence[CutOffView]) -> Sequence[CutOffView]:
    """Return the cut-offs as they are when all that Daypass can write are seen, or after some
    seconds."""
    deadline = ports.now() + TIME_TO_WAIT
    with suppress(Unavailable):  # the revocation is in force all the same
        while any(map(_may_progress, cut_offs)) and ports.now() < deadline:
            ports.pause(_LONG_PAUSE)
            cut_offs = _read_again(ports, cut_offs)
    return cut_offs


def _may_progress(cut_off: CutOffView) -> bool:
    is_pending = cut_off.status in (CutOffStatus.REQUESTED, CutOffStatus.WRITTEN)
    return is_pending and not cut_off.is_by_client


def _read_again(ports: Ports, cut_offs: Sequence[CutOffView]) -> list[CutOffView]:
    """Return the cut-offs as they are stored now. One that is no longer stored stays as it is."""
    keys = {(each.engagement, each.role) for each in cut_offs}
    stored = ports.state.get_many(RoleCutOffs, keys)
    current = {
        (*key, cut_off.id): build_cut_off_view(role, cut_off, ports.now())
        for key, role in stored.items()
        for cut_off in role.cut_offs
    }
    return [current.get((each.engagement, each.role, each.id), each) for each in cut_offs]
