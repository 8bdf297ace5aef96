"""The leads' command `/daypass freeze`."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.slack.arguments import REASON
from chalicelib.domain.slack.messages import escape
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.text import count_of
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.view import NOT_REACHED
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import QueuedCommand
from chalicelib.usecases.vending.blocks.freezing import freeze

_LIFT = "It takes two leads to lift it: /daypass thaw says where."


def _build_freeze_confirmation(_ports: Ports, parsed: ParsedCommand) -> str:
    # The function that answers Slack may not list the sessions of all engagements.
    return (
        "*Freeze Daypass?* It will give no one a new session, for any client. Two leads are needed"
        " to lift the freeze.\nSessions may be alive: daypass who in a terminal lists them. Where a"
        f" client has set up a cut-off, Daypass then ends them. {NOT_REACHED}\n"
        f"Reason: {escape(parsed.reason)}"
    )


def _run_freeze(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Freeze everything, and return the outcome's text. If everything is frozen already, the text
    is about that freeze."""
    block = freeze(ports, lead, why=pending.parsed.reason)
    return describe_freeze(FreezeStatus.from_block(block, ports.now()))


def describe_freeze(status: FreezeStatus) -> str:
    """Return the freeze in a few sentences for Slack; empty if Daypass is not frozen."""
    if not status.frozen or status.frozen_at is None or status.no_session_after is None:
        return ""
    text = (
        f"Daypass is frozen since {utc_text(status.frozen_at)}: no one gets a new session. Daypass"
        f" hands over none after {utc_text(status.no_session_after)}."
    )
    if status.listed_at is None:
        text += (
            " It now counts the sessions that may be alive, and requests their cut-offs. In a"
            " terminal, daypass cut-offs shows them."
        )
    elif status.alive and status.last_moment is not None:
        sessions = count_of(status.alive, "session")
        until = utc_text(status.last_moment)
        text += f" {sessions} may be alive, until {until} at the latest."
    if status.lift_requested_by and status.lift_request_ends_at is not None:
        until = utc_text(status.lift_request_ends_at)
        return (
            f"{text}\n{status.lift_requested_by} asked to lift it. Another lead can lift it until"
            f" {until}: /daypass thaw says where."
        )
    return f"{text}\n{_LIFT}"


FREEZE = QueuedCommand(
    name="freeze",
    arguments=(REASON,),
    summary="Freezes Daypass: no one gets a new session, for any client.",
    example="freeze because a laptop with a token is lost",
    action=Action.FREEZE_BEGIN,
    check_preconditions=lambda _ports, _parsed: None,
    build_confirmation=_build_freeze_confirmation,
    button="Freeze",
    run=_run_freeze,
)
