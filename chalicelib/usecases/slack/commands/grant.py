"""`/daypass grant`."""

from __future__ import annotations

from chalicelib.domain.engagements.grants import CreateGrant, Grant
from chalicelib.domain.errors import Conflict, InvalidRequest
from chalicelib.domain.moments import end_in_words
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, ROLE, UNTIL
from chalicelib.domain.slack.messages import a_member, code
from chalicelib.domain.slack.parsed import ParsedCommand
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.engagements.roles import current_role
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import Confirmation, LeadAction


def _preconditions(ports: Ports, args: ParsedCommand) -> None:
    """Refuse an auditor, a role that is not in use, and a second grant for the same engagement."""
    if find_member(ports, args.member.id).kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER)
    current_role(ports, find_engagement(ports, args.engagement), args.role)
    grant = ports.state.get(Grant, args.engagement, args.member.id)
    if grant is not None and grant.stands(ports.now()):
        raise Conflict(
            Reason.ALREADY_EXISTS,
            f"{args.member.id} has a grant for {args.engagement} already, for"
            f" {', '.join(sorted(grant.roles))} until {end_in_words(grant.ends_at)}. To replace it,"
            f" first type: /daypass revoke grant {args.member.id} {args.engagement} because …",
        )


def _question(ports: Ports, args: ParsedCommand) -> str:
    member = a_member(find_member(ports, args.member.id))
    until = end_in_words(args.until) if args.until else "the engagement ends"
    engagement, role = code(args.engagement), code(args.role)
    return f"*Let {member} into {engagement} in the role {role}, until {until}?*"


def _run(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Create the grant once: a function that takes over after the grant was created finds it, and
    does not create it again if it was revoked meanwhile."""
    args = pending.parsed
    grant = ports.state.get(Grant, args.engagement, args.member.id)
    if grant is None or pending.started_at is None or grant.created_at < pending.started_at:
        request = CreateGrant(
            member=args.member.id, roles=frozenset({args.role}), ends_at=args.until
        )
        grant = create_grant(ports, lead, args.engagement, request)
    if grant.revoked_at is not None:
        return f"{grant.member} was let into {args.engagement}, and the grant is revoked by now."
    return (
        f"{grant.member} may enter {args.engagement} in the role {', '.join(sorted(grant.roles))},"
        f" until {end_in_words(grant.ends_at)}."
    )


GRANT = LeadAction(
    name="grant",
    arguments=(MEMBER, ENGAGEMENT, ROLE, UNTIL),
    summary="Lets a member into an engagement, with one role, until a date.",
    example="grant @bob acme-prod readonly until tomorrow",
    action=Action.GRANT_CREATE,
    preconditions=_preconditions,
    confirmation=Confirmation(question=_question, button="Let them in"),
    run=_run,
)
