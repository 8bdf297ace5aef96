"""The leads' commands that stop something."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, REASON, Argument
from chalicelib.domain.slack.messages import escape
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames
from chalicelib.usecases.engagements.engagements import find_engagement, revoke_engagement
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import Call, QueuedCommand
from chalicelib.usecases.vending.blocks import freezing
from chalicelib.usecases.vending.stops.previews import preview_stop

MAX_LINE = 500
"""The most characters of one line. A part of a preview has ten lines at most."""


def _declare(
    stop: str,
    *arguments: Argument,
    summary: str,
    example: str,
    find: Callable[[Ports, ParsedCommand], object] = lambda *_: None,
    run: Callable[[Ports, Caller, PendingAction], str],
) -> QueuedCommand:
    """Return the command that carries the stop out. Its confirmation is the stop's preview."""
    kind = STOPS[stop]

    def build_confirmation(call: Call, parsed: ParsedCommand) -> tuple[str, ...]:
        find(call.ports, parsed)
        names = StopNames(member=parsed.member.id, engagement=parsed.engagement)
        # The function that answers Slack may not list the sessions of all engagements.
        preview = preview_stop(call.ports, call.caller, kind, names, lists_everyone=False)
        parts = [(f"*{part.title}*", *map(_escape, part.lines)) for part in preview.parts]
        return (
            "\n".join((f"*{_escape(preview.title)}*", *map(_escape, preview.warnings))),
            *map("\n".join, parts),
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


def _run_suspension(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    member = pending.parsed.member.id
    return _describe(ports, revoke_member(ports, lead, member, why=pending.parsed.reason))


def _run_revocation(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    engagement = pending.parsed.engagement
    return _describe(ports, revoke_engagement(ports, lead, engagement, why=pending.parsed.reason))


def _describe(ports: Ports, revocation: Revocation) -> str:
    # Imported here, because only the function SlackWork runs this.
    from chalicelib.usecases.slack.cut_off_progress import describe_revocation

    return describe_revocation(ports, revocation)


def _run_freeze(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    block = freezing.freeze(ports, lead, why=pending.parsed.reason)
    return FreezeStatus.from_block(block, ports.now()).message


REVOKE_MEMBER = _declare(
    "revoke-member",
    MEMBER,
    summary="Suspends a member and revokes all their tokens and codes.",
    example="revoke member @bob because his laptop was stolen",
    find=lambda ports, parsed: find_member(ports, parsed.member.id),
    run=_run_suspension,
)
REVOKE_ENGAGEMENT = _declare(
    "revoke-engagement",
    ENGAGEMENT,
    summary="Revokes an engagement: no one gets a new session in it.",
    example="revoke engagement acme-prod because Acme requested it",
    find=lambda ports, parsed: find_engagement(ports, parsed.engagement),
    run=_run_revocation,
)
FREEZE = _declare(
    "freeze",
    summary="Freezes Daypass: no one gets a new session, for any client.",
    example="freeze because a laptop with a token is lost",
    run=_run_freeze,
)
