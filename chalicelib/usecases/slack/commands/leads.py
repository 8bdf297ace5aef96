"""The leads' commands that stop something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Caller
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, REASON, Argument
from chalicelib.domain.slack.messages import escape, join_fitting_lines
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import Call, QueuedCommand
from chalicelib.usecases.vending.blocks import freezing
from chalicelib.usecases.vending.stops.previews import preview_stop

TIME_TO_WAIT = timedelta(seconds=8)
"""Daypass usually writes a cut-off, and sees it work, within this time."""
MAX_LINES = 5
"""A message in Slack has little room."""
_LONG_PAUSE = 10
"""The number of tries to pass to `ports.pause`, whose pauses grow with the tries up to a limit. So
many tries reach the limit."""


def describe_revocation(ports: Ports, revocation: Revocation) -> str:
    """Return the revocation's summary, and a line on the progress of each of its cut-offs.

    Wait for the cut-offs for some seconds, until Daypass has seen them work.
    """
    cut_offs = _wait_until_seen(ports, revocation.cut_offs)
    lines = [revocation.summary, *(cut_off.message for cut_off in cut_offs[:MAX_LINES])]
    if len(cut_offs) > MAX_LINES:
        lines.append(
            f"There are {len(cut_offs) - MAX_LINES} more. To list all of them, type:"
            " daypass cut-offs"
        )
    by_client = sorted({each.engagement for each in cut_offs if each.is_by_client})
    if by_client:
        commands = " or ".join(f"daypass cut-offs {name} --commands" for name in by_client[:3])
        lines.append(f"For the client's policy and commands, type in a terminal: {commands}")
    return "\n".join(lines)


def _wait_until_seen(ports: Ports, cut_offs: Sequence[CutOffView]) -> Sequence[CutOffView]:
    """Wait until Daypass has seen each cut-off work that it writes itself, but no longer than
    TIME_TO_WAIT. Return the cut-offs as they are then."""
    deadline = ports.now() + TIME_TO_WAIT
    with suppress(Unavailable):  # the revocation is in force all the same
        while any(map(_may_progress, cut_offs)) and ports.now() < deadline:
            ports.pause(_LONG_PAUSE)
            cut_offs = _read_again(ports, cut_offs)
    return cut_offs


def _may_progress(cut_off: CutOffView) -> bool:
    """Return whether Daypass may still write the cut-off, or see it work. A cut-off that the client
    has to write is not waited for."""
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


MAX_LINE = 500
"""The most characters of one line."""


def _declare(
    stop: str,
    *arguments: Argument,
    summary: str,
    example: str,
    run: Callable[[Ports, Caller, PendingAction], str],
) -> QueuedCommand:
    """Return the command that carries the stop out. Its confirmation is the stop's preview."""
    kind = STOPS[stop]

    def build_confirmation(call: Call) -> tuple[str, ...]:
        """Return the paragraphs of the confirmation: the preview's title and warnings, its parts,
        and the reason."""
        parsed = call.parsed
        names = StopNames(member=parsed.member.id, engagement=parsed.engagement)
        # The function that answers Slack may not list the sessions of all engagements. `_escape`
        # also cuts a long line. A reason is short, and the titles of the parts are constants.
        preview = preview_stop(call.ports, call.caller, kind, names, lists_everyone=False)
        parts = [(f"*{part.title}*", *map(_escape, part.lines)) for part in preview.parts]
        return (
            "\n".join((f"*{_escape(preview.title)}*", *map(_escape, preview.warnings))),
            *map(join_fitting_lines, parts),
            f"Reason: {escape(parsed.reason)}",
        )

    return QueuedCommand(
        name=stop.replace("-", " "),
        arguments=(*arguments, REASON),
        summary=summary,
        example=example,
        action=kind.action,
        build_confirmation=build_confirmation,
        button=kind.button,
        run=run,
    )


def _escape(line: str) -> str:
    return escape(line, MAX_LINE)


REVOKE_MEMBER = _declare(
    "revoke-member",
    MEMBER,
    summary="Suspends a member and revokes all their tokens and codes.",
    example="revoke member @bob because his laptop was stolen",
    run=lambda ports, lead, pending: describe_revocation(
        ports, revoke_member(ports, lead, pending.parsed.member.id, why=pending.parsed.reason)
    ),
)
REVOKE_ENGAGEMENT = _declare(
    "revoke-engagement",
    ENGAGEMENT,
    summary="Revokes an engagement. No one can get new sessions in it.",
    example="revoke engagement acme-prod because Acme requested it",
    run=lambda ports, lead, pending: describe_revocation(
        ports,
        revoke_engagement(ports, lead, pending.parsed.engagement, why=pending.parsed.reason),
    ),
)
FREEZE = _declare(
    "freeze",
    summary="Freezes Daypass. No one can get new sessions for any client.",
    example="freeze because a laptop with a token is lost",
    run=lambda ports, lead, pending: (
        FreezeStatus.from_block(
            freezing.freeze(ports, lead, why=pending.parsed.reason), ports.now()
        ).message
    ),
)
