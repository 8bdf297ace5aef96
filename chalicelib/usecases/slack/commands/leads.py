"""What leads do: `/daypass grant`, `verify` and the revocations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.domain.engagements.grants import CreateGrant, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, Unavailable
from chalicelib.domain.moments import end_text, utc_text
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.arguments import ENGAGEMENT, MEMBER, REASON, ROLE, UNTIL
from chalicelib.domain.slack.messages import a_member, code, plain
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import (
    find_engagement,
    revoke_engagement,
    roles_in_use,
)
from chalicelib.usecases.engagements.grants import create_grant, find_grant, revoke_grant
from chalicelib.usecases.engagements.roles import current_role, end_role, find_role
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import LeadAction
from chalicelib.usecases.slack.commands.queries import live_sessions

TIME_TO_CHECK = timedelta(seconds=90)


def _revocation_question(effect: str) -> Callable[[Ports, ParsedCommand], str]:
    """Return a question with the effect, the sessions that may outlive it, and the reason."""

    def question(ports: Ports, args: ParsedCommand) -> str:
        member = args.member.id
        live = live_sessions(ports, engagement=args.engagement, member=member, role=args.role)
        lives_on = " A revocation ends none of them." if live.sessions or live.more else ""
        text = effect.format(
            member=a_member(find_member(ports, member)) if member else "",
            engagement=code(args.engagement),
            role=code(args.role),
        )
        return f"{text}\n{live.count}{lives_on}\nWhy: {plain(args.reason)}"

    return question


def _revoke(revoke: Callable[..., Revocation]) -> Callable[[Ports, Caller, PendingAction], str]:
    return lambda ports, lead, pending: (
        revoke(ports, lead, *_key(pending.parsed), why=pending.parsed.reason).summary
    )


def _key(args: ParsedCommand) -> list[str]:
    """Return what names the member, the engagement, its grant for a member or its role."""
    return [*filter(None, (args.engagement, args.member.id, args.role))]


def _suspend(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    text = _revoke(revoke_member)(ports, lead, pending)
    member = pending.parsed.member.id
    if not find_member(ports, member).has_ever_led:
        return text
    return (
        f"{text}\n{member} has led. What they set up as a lead may still stand: another lead lists"
        " it by the API."
    )


REVOKE_MEMBER = LeadAction(
    name="revoke member",
    arguments=(MEMBER, REASON),
    summary="Suspends a member: nothing of theirs opens anything any more.",
    example="revoke member @bob because his laptop was stolen",
    action=Action.MEMBER_REVOKE,
    preconditions=lambda ports, args: find_member(ports, *_key(args)),
    question=_revocation_question(
        "*Suspend {member}?* Every token and code of theirs is dead for good."
    ),
    button="Suspend them",
    run=_suspend,
)

REVOKE_ENGAGEMENT = LeadAction(
    name="revoke engagement",
    arguments=(ENGAGEMENT, REASON),
    summary="Revokes an engagement: nobody gets a new session there.",
    example="revoke engagement acme-prod because Acme has asked for it",
    action=Action.ENGAGEMENT_REVOKE,
    preconditions=lambda ports, args: find_engagement(ports, *_key(args)),
    question=_revocation_question(
        "*Revoke the engagement {engagement}?* Nobody gets a new session there."
    ),
    button="Revoke it",
    run=_revoke(revoke_engagement),
)

REVOKE_GRANT = LeadAction(
    name="revoke grant",
    arguments=(MEMBER, ENGAGEMENT, REASON),
    summary="Revokes a member's grant for an engagement.",
    example="revoke grant bob globex because he has left the project",
    action=Action.GRANT_REVOKE,
    preconditions=lambda ports, args: find_grant(ports, *_key(args)),
    question=_revocation_question(
        "*Revoke the grant of {member} for {engagement}?* They get no new session there."
    ),
    button="Revoke the grant",
    run=_revoke(revoke_grant),
)

REVOKE_ROLE = LeadAction(
    name="revoke role",
    arguments=(ENGAGEMENT, ROLE, REASON),
    summary="Revokes a role of an engagement: nobody gets a new session with it.",
    example="revoke role acme-prod deploy because the launch is over",
    action=Action.ROLE_END,
    preconditions=lambda ports, args: find_role(ports, *_key(args)),
    question=_revocation_question(
        "*Revoke the role {role} of {engagement}?* Nobody gets a new session of it."
    ),
    button="Revoke the role",
    run=_revoke(end_role),
)


def _can_be_granted(ports: Ports, args: ParsedCommand) -> None:
    """Refuse an auditor, a role that is not in use, and a second grant for the same engagement."""
    if find_member(ports, args.member.id).kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER)
    current_role(ports, find_engagement(ports, args.engagement), args.role)
    grant = ports.state.get(Grant, args.engagement, args.member.id)
    if grant is not None and grant.stands(ports.now()):
        raise Conflict(
            Reason.ALREADY_EXISTS,
            f"{args.member.id} has a grant for {args.engagement} already, for"
            f" {', '.join(sorted(grant.roles))} until {end_text(grant.ends_at)}. To replace it,"
            f" first type: /daypass revoke grant {args.member.id} {args.engagement} because …",
        )


def _grant_question(ports: Ports, args: ParsedCommand) -> str:
    member = a_member(find_member(ports, args.member.id))
    until = end_text(args.until) if args.until else "the engagement ends"
    engagement, role = code(args.engagement), code(args.role)
    return f"*Let {member} into {engagement} in the role {role}, until {until}?*"


def _grant(ports: Ports, lead: Caller, pending: PendingAction) -> str:
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
        f" until {end_text(grant.ends_at)}."
    )


GRANT = LeadAction(
    name="grant",
    arguments=(MEMBER, ENGAGEMENT, ROLE, UNTIL),
    summary="Lets a member into an engagement, with one role, until a date.",
    example="grant @bob acme-prod readonly until tomorrow",
    action=Action.GRANT_CREATE,
    preconditions=_can_be_granted,
    question=_grant_question,
    button="Let them in",
    run=_grant,
)


def _verify(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Check every role in use. Return what was found about each; about one that failed also the
    likely cause, and what to do. No role's check begins after TIME_TO_CHECK."""
    # Needed by SlackWork only: Slack's function answers sooner without them.
    from chalicelib.usecases.verification.check_role import go_on
    from chalicelib.usecases.verification.verify import verify

    engagement, until = pending.parsed.engagement, ports.now() + TIME_TO_CHECK
    lines, checked, failed = [], 0, 0
    for role in roles_in_use(ports, engagement):
        if ports.now() >= until:
            lines.append(f"{role.name}: there was no time left. Type the command again.")
            continue
        try:
            verified = verify(ports, lead, engagement, role.name)
        except (Conflict, Unavailable) as error:  # the other roles are checked all the same
            lines.append(f"{role.name}: it could not be checked. {error.text(Surface.SLACK)}")
        else:
            checked += 1
            failed += verified.verification is not None and not verified.verification.passed
            lines += _findings(verified)
    go_on(ports, lead, engagement, until=until)
    if failed:  # first, because Slack cuts what is long
        lines.insert(0, f"{failed} of {checked} did not pass. {_clients_page(ports, engagement)}")
    return "\n".join(lines) or f"{engagement} has no role to be checked."


def _findings(role: Role) -> list[str]:
    """Return what the check of a role has found, in short lines: Slack cuts long ones."""
    from chalicelib.domain.verification.diagnosis import is_certain
    from chalicelib.domain.verification.findings import CAUSES, CHECKS
    from chalicelib.domain.verification.proof import Check, Result
    from chalicelib.usecases.verification.report import cause_text

    proof = role.verification
    if proof is None or proof.passed:
        end = role.trust_policy
        due = [end.message] if end is not None and end.needs_update else []
        return [f"{role.name}: {' '.join([_passed(proof), *due])}"]
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    findings = " ".join(CHECKS[check].failed for check in failed[:2])
    lines = [f"{role.name}: not passed. {findings}"]
    if proof.causes and failed[:1] == [Check.RIGHT_ID]:
        cause = proof.causes[0]
        likely = "Why" if is_certain(proof.causes) else "The likeliest cause"
        lines.append(f"{likely}: {cause_text(cause, role)}")
        lines.append(f"How to tell: {CAUSES[cause].how_to_tell}")
        lines.append(f"What to do: {CAUSES[cause].fix}")
    elif failed:
        lines.append(f"What to do: {CHECKS[failed[0]].fix}")
    lines.append("Nothing is vended from it, unless a lead overrides it.")
    return lines


def _passed(proof: Verification | None) -> str:
    """Return what was tried. A role that passed may still accept the former external ID."""
    from chalicelib.domain.verification.findings import CHECKS
    from chalicelib.domain.verification.proof import Check, Result

    if proof is not None and proof.results.get(Check.FORMER_ID) is Result.FAILED:
        return f"passed, but: {CHECKS[Check.FORMER_ID].failed}"
    return (
        "passed. It lets Daypass in with the right external ID, and refuses Daypass without one and"
        " with the wrong ones that were tried."
    )


def _clients_page(ports: Ports, engagement: str) -> str:
    """Say where the client finds the commands. Only whoever made the link knows its text."""
    from chalicelib.usecases.onboarding.links import working_links

    text = "The client's page has the commands that mend it."
    links = working_links(ports, engagement)
    if not links:
        return f"{text} No link to it works now: a lead makes one by the API."
    link, until = links[0], utc_text(links[0].expires_at)
    return (
        f"{text} Its link {link.id}, made by {link.created_by}, works until {until}. A lead makes"
        " another by the API."
    )


VERIFY = LeadAction(
    name="verify",
    arguments=(ENGAGEMENT,),
    summary="Checks the roles of an engagement.",
    example="verify acme-prod",
    action=Action.ROLE_VERIFY,
    preconditions=lambda ports, args: find_engagement(ports, args.engagement),
    question=None,
    button="",
    run=_verify,
)
