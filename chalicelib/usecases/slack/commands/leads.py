"""The leads' commands that revoke."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, REASON
from chalicelib.domain.slack.messages import code, describe_member, escape
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.view import NOT_REACHED
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import find_engagement, revoke_engagement
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import QueuedCommand
from chalicelib.usecases.slack.commands.queries import LiveSessions, find_live_sessions


def _build_revocation_confirmation(effect: str) -> Callable[[Ports, ParsedCommand], str]:
    """Return a function that writes the text that a lead confirms: the revocation's effect, the
    sessions that may be alive, and the reason.

    `effect` is a template with the fields {member}, {engagement} and {role}.
    """

    def build_confirmation(ports: Ports, parsed: ParsedCommand) -> str:
        member = parsed.member.id
        live = find_live_sessions(
            ports, engagement=parsed.engagement, member=member, role=parsed.role
        )
        note = _build_cut_off_note(ports, live, whole_role=not member)
        text = effect.format(
            member=describe_member(find_member(ports, member)) if member else "",
            engagement=code(parsed.engagement),
            role=code(parsed.role),
        )
        return f"{text}\n{live.summary}{note}\nReason: {escape(parsed.reason)}"

    return build_confirmation


def _build_cut_off_note(ports: Ports, live: LiveSessions, *, whole_role: bool) -> str:
    """Return sentences on which of these sessions Daypass can end in the clients' accounts.

    A cut-off by the method `deny-all` ends only all sessions of a role.
    """
    methods = {CutOffMethod.BRAKE, *({CutOffMethod.DENY_ALL} if whole_role else ())}
    keys = {(session.engagement,) for session in live.sessions}
    engagements = sorted(ports.state.get_many(Engagement, keys).values(), key=lambda each: each.id)
    cut_off = [code(each.id) for each in engagements if each.cut_off in methods]
    others = [code(each.id) for each in engagements if each.cut_off not in methods]
    text = ""
    if cut_off:
        text += (
            f" Daypass then ends the sessions in {', '.join(cut_off)} in the client's account."
            f" {NOT_REACHED}"
        )
    if others:
        text += f" Only the client can end the sessions in {', '.join(others)} sooner."
    return text


def _build_revocation_run(
    revoke: Callable[..., Revocation],
) -> Callable[[Ports, Caller, PendingAction], str]:
    """Return a function that carries the revocation out with `revoke`, and returns the outcome's
    text."""

    def run(ports: Ports, lead: Caller, pending: PendingAction) -> str:
        # Imported here, because only the function SlackWork runs this.
        from chalicelib.usecases.slack.cut_off_progress import describe_revocation

        target = _list_target_ids(pending.parsed)
        return describe_revocation(ports, revoke(ports, lead, *target, why=pending.parsed.reason))

    return run


def _list_target_ids(parsed: ParsedCommand) -> list[str]:
    """Return the IDs in the command that name what to revoke, in the order in which the use cases
    take them: engagement, member, role."""
    return [*filter(None, (parsed.engagement, parsed.member.id, parsed.role))]


def _run_suspension(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Suspend the member, and return the outcome's text. For a member who is or was a lead, the
    text points to the changes that they made as a lead."""
    text = _build_revocation_run(revoke_member)(ports, lead, pending)
    member = pending.parsed.member.id
    if not find_member(ports, member).has_ever_led:
        return text
    return (
        f"{text}\n{member} is or was a lead. Changes that {member} made as a lead may still be in"
        " force. Another lead sees them on the page of this member in the web console: daypass web"
    )


REVOKE_MEMBER = QueuedCommand(
    name="revoke member",
    arguments=(MEMBER, REASON),
    summary="Suspends a member and revokes all their tokens and codes.",
    example="revoke member @bob because his laptop was stolen",
    action=Action.MEMBER_REVOKE,
    check_preconditions=lambda ports, parsed: find_member(ports, *_list_target_ids(parsed)),
    build_confirmation=_build_revocation_confirmation(
        "*Suspend {member}?* This revokes all their tokens and codes for good."
    ),
    button="Suspend",
    run=_run_suspension,
)

REVOKE_ENGAGEMENT = QueuedCommand(
    name="revoke engagement",
    arguments=(ENGAGEMENT, REASON),
    summary="Revokes an engagement: no one gets a new session in it.",
    example="revoke engagement acme-prod because Acme requested it",
    action=Action.ENGAGEMENT_REVOKE,
    check_preconditions=lambda ports, parsed: find_engagement(ports, *_list_target_ids(parsed)),
    build_confirmation=_build_revocation_confirmation(
        "*Revoke the engagement {engagement}?* Daypass will give no one a new session in it."
    ),
    button="Revoke",
    run=_build_revocation_run(revoke_engagement),
)
