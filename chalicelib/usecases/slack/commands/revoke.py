"""The revocations: `/daypass revoke member`, `engagement`, `grant` and `role`."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, REASON, ROLE
from chalicelib.domain.slack.messages import a_member, code, plain
from chalicelib.domain.slack.parsed import ParsedCommand
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import find_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import find_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role, find_role
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import Confirmation, LeadAction
from chalicelib.usecases.slack.commands.sessions import live_sessions


def _question(
    effect: Callable[[Ports, ParsedCommand], str],
) -> Callable[[Ports, ParsedCommand], str]:
    """Return a question with the effect, the sessions that may outlive it, and the reason."""

    def question(ports: Ports, args: ParsedCommand) -> str:
        live = live_sessions(
            ports, engagement=args.engagement, member=args.member.id, role=args.role
        )
        may_be_alive = live.sessions or live.more
        lives_on = " A revocation ends none of them." if may_be_alive else ""
        return f"{effect(ports, args)}\n{live.count}{lives_on}\nWhy: {plain(args.reason)}"

    return question


def _suspend(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    member = pending.parsed.member.id
    text = revoke_member(ports, lead, member, why=pending.parsed.reason).says
    if not find_member(ports, member).has_ever_led:
        return text
    return (
        f"{text}\n{member} has led. What they set up as a lead may still stand: another lead lists"
        " it by the API."
    )


def _revoke_engagement(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    args = pending.parsed
    return revoke_engagement(ports, lead, args.engagement, why=args.reason).says


def _revoke_grant(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    args = pending.parsed
    return revoke_grant(ports, lead, args.engagement, args.member.id, why=args.reason).says


def _revoke_role(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    args = pending.parsed
    return end_role(ports, lead, args.engagement, args.role, why=args.reason).says


REVOKE_MEMBER = LeadAction(
    name="revoke member",
    arguments=(MEMBER, REASON),
    summary="Suspends a member: nothing of theirs opens anything any more.",
    example="revoke member @bob because his laptop was stolen",
    action=Action.MEMBER_REVOKE,
    preconditions=lambda ports, args: find_member(ports, args.member.id),
    confirmation=Confirmation(
        question=_question(
            lambda ports, args: (
                f"*Suspend {a_member(find_member(ports, args.member.id))}?* Every token and code of"
                " theirs is dead for good."
            )
        ),
        button="Suspend them",
    ),
    run=_suspend,
)

REVOKE_ENGAGEMENT = LeadAction(
    name="revoke engagement",
    arguments=(ENGAGEMENT, REASON),
    summary="Revokes an engagement: nobody gets a new session there.",
    example="revoke engagement acme-prod because Acme has asked for it",
    action=Action.ENGAGEMENT_REVOKE,
    preconditions=lambda ports, args: find_engagement(ports, args.engagement),
    confirmation=Confirmation(
        question=_question(
            lambda _, args: (
                f"*Revoke the engagement {code(args.engagement)}?* Nobody gets a new session there."
            )
        ),
        button="Revoke it",
    ),
    run=_revoke_engagement,
)

REVOKE_GRANT = LeadAction(
    name="revoke grant",
    arguments=(MEMBER, ENGAGEMENT, REASON),
    summary="Revokes a member's grant for an engagement.",
    example="revoke grant bob globex because he has left the project",
    action=Action.GRANT_REVOKE,
    preconditions=lambda ports, args: find_grant(ports, args.engagement, args.member.id),
    confirmation=Confirmation(
        question=_question(
            lambda ports, args: (
                f"*Revoke the grant of {a_member(find_member(ports, args.member.id))} for"
                f" {code(args.engagement)}?* They get no new session there."
            )
        ),
        button="Revoke the grant",
    ),
    run=_revoke_grant,
)

REVOKE_ROLE = LeadAction(
    name="revoke role",
    arguments=(ENGAGEMENT, ROLE, REASON),
    summary="Revokes a role of an engagement: nobody gets a new session with it.",
    example="revoke role acme-prod deploy because the launch is over",
    action=Action.ROLE_END,
    preconditions=lambda ports, args: find_role(ports, args.engagement, args.role),
    confirmation=Confirmation(
        question=_question(
            lambda _, args: (
                f"*Revoke the role {code(args.role)} of {code(args.engagement)}?* Nobody gets a new"
                " session of it."
            )
        ),
        button="Revoke the role",
    ),
    run=_revoke_role,
)
