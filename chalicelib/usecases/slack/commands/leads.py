"""Commands for leads: `/daypass grant`, `verify` and the revocations."""

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
from chalicelib.domain.slack.messages import code, member_text, plain
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import (
    find_engagement,
    list_roles_in_use,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import create_grant, find_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role, find_current_role, find_role
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import LeadAction
from chalicelib.usecases.slack.commands.queries import live_sessions

TIME_TO_CHECK = timedelta(seconds=90)
"""The command `verify` begins no check after this time."""


def _revocation_confirmation(effect: str) -> Callable[[Ports, ParsedCommand], str]:
    """Return a function that writes a confirmation: the effect, the live sessions, and the reason.

    `effect` is a template with the fields {member}, {engagement} and {role}.
    """

    def confirmation(ports: Ports, parsed: ParsedCommand) -> str:
        member = parsed.member.id
        live = live_sessions(ports, engagement=parsed.engagement, member=member, role=parsed.role)
        note = " The revocation does not end these sessions." if live.sessions or live.more else ""
        text = effect.format(
            member=member_text(find_member(ports, member)) if member else "",
            engagement=code(parsed.engagement),
            role=code(parsed.role),
        )
        return f"{text}\n{live.count}{note}\nReason: {plain(parsed.reason)}"

    return confirmation


def _run_revocation(
    revoke: Callable[..., Revocation],
) -> Callable[[Ports, Caller, PendingAction], str]:
    return lambda ports, lead, pending: (
        revoke(ports, lead, *_target_ids(pending.parsed), why=pending.parsed.reason).summary
    )


def _target_ids(parsed: ParsedCommand) -> list[str]:
    """Return the IDs from the command that name the member, engagement, grant or role to revoke."""
    return [*filter(None, (parsed.engagement, parsed.member.id, parsed.role))]


def _run_suspension(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    text = _run_revocation(revoke_member)(ports, lead, pending)
    member = pending.parsed.member.id
    if not find_member(ports, member).has_ever_led:
        return text
    return (
        f"{text}\n{member} is or was a lead. Changes that {member} made as a lead may still be in"
        " force. Another lead can list these changes with the API."
    )


REVOKE_MEMBER = LeadAction(
    name="revoke member",
    arguments=(MEMBER, REASON),
    summary="Suspends a member and revokes all their tokens and codes.",
    example="revoke member @bob because his laptop was stolen",
    action=Action.MEMBER_REVOKE,
    check_preconditions=lambda ports, parsed: find_member(ports, *_target_ids(parsed)),
    build_confirmation=_revocation_confirmation(
        "*Suspend {member}?* This revokes all their tokens and codes for good."
    ),
    button="Suspend",
    run=_run_suspension,
)

REVOKE_ENGAGEMENT = LeadAction(
    name="revoke engagement",
    arguments=(ENGAGEMENT, REASON),
    summary="Revokes an engagement: no one gets a new session.",
    example="revoke engagement acme-prod because Acme requested it",
    action=Action.ENGAGEMENT_REVOKE,
    check_preconditions=lambda ports, parsed: find_engagement(ports, *_target_ids(parsed)),
    build_confirmation=_revocation_confirmation(
        "*Revoke the engagement {engagement}?* Daypass will give no one a new session in it."
    ),
    button="Revoke",
    run=_run_revocation(revoke_engagement),
)

REVOKE_GRANT = LeadAction(
    name="revoke grant",
    arguments=(MEMBER, ENGAGEMENT, REASON),
    summary="Revokes a member's grant for an engagement.",
    example="revoke grant bob globex because he left the project",
    action=Action.GRANT_REVOKE,
    check_preconditions=lambda ports, parsed: find_grant(ports, *_target_ids(parsed)),
    build_confirmation=_revocation_confirmation(
        "*Revoke the grant of {member} for {engagement}?* Daypass will give them no new session in"
        " it."
    ),
    button="Revoke",
    run=_run_revocation(revoke_grant),
)

REVOKE_ROLE = LeadAction(
    name="revoke role",
    arguments=(ENGAGEMENT, ROLE, REASON),
    summary="Revokes a role of an engagement: no one gets a new session with it.",
    example="revoke role acme-prod deploy because the launch is over",
    action=Action.ROLE_END,
    check_preconditions=lambda ports, parsed: find_role(ports, *_target_ids(parsed)),
    build_confirmation=_revocation_confirmation(
        "*Revoke the role {role} of {engagement}?* Daypass will give no one a new session with it."
    ),
    button="Revoke",
    run=_run_revocation(end_role),
)


def _require_grantable(ports: Ports, parsed: ParsedCommand) -> None:
    """Raise an error if the member is an auditor, if the role is not in use, or if the member
    already has a grant for the engagement."""
    if find_member(ports, parsed.member.id).kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER)
    find_current_role(ports, find_engagement(ports, parsed.engagement), parsed.role)
    grant = ports.state.get(Grant, parsed.engagement, parsed.member.id)
    if grant is not None and grant.is_current_or_upcoming(ports.now()):
        raise Conflict(
            Reason.ALREADY_EXISTS,
            f"{parsed.member.id} already has a grant for {parsed.engagement}, for"
            f" {', '.join(sorted(grant.roles))} until {end_text(grant.ends_at)}. To replace it,"
            f" first type /daypass revoke grant {parsed.member.id} {parsed.engagement} because …",
        )


def _grant_confirmation(ports: Ports, parsed: ParsedCommand) -> str:
    member = member_text(find_member(ports, parsed.member.id))
    until = end_text(parsed.until) if parsed.until else "the engagement ends"
    engagement, role = code(parsed.engagement), code(parsed.role)
    return f"*Grant {member} the role {role} in {engagement} until {until}?*"


def _run_grant(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Create the grant, unless an earlier run of this action has created it.

    A grant that was revoked since then is not created again.
    """
    parsed = pending.parsed
    grant = ports.state.get(Grant, parsed.engagement, parsed.member.id)
    if grant is None or pending.started_at is None or grant.created_at < pending.started_at:
        request = CreateGrant(
            member=parsed.member.id, roles=frozenset({parsed.role}), ends_at=parsed.until
        )
        grant = create_grant(ports, lead, parsed.engagement, request)
    if grant.revoked_at is not None:
        return (
            f"{grant.member} got a grant for {parsed.engagement}, but the grant has been revoked"
            " since."
        )
    return (
        f"{grant.member} can use {', '.join(sorted(grant.roles))} in {parsed.engagement}"
        f" until {end_text(grant.ends_at)}."
    )


GRANT = LeadAction(
    name="grant",
    arguments=(MEMBER, ENGAGEMENT, ROLE, UNTIL),
    summary="Grants a member one role of an engagement until a date.",
    example="grant @bob acme-prod readonly until tomorrow",
    action=Action.GRANT_CREATE,
    check_preconditions=_require_grantable,
    build_confirmation=_grant_confirmation,
    button="Grant access",
    run=_run_grant,
)


def _run_checks(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Check every role in use, and return the findings as text.

    For a role that failed, the text includes the likely cause and the fix. No check begins after
    TIME_TO_CHECK.
    """
    # Only SlackWork needs these: without them, Slack's function starts faster.
    from chalicelib.usecases.verification.check_role import continue_rotation
    from chalicelib.usecases.verification.verify import verify_role

    engagement, deadline = pending.parsed.engagement, ports.now() + TIME_TO_CHECK
    lines, checked_count, failed_count = [], 0, 0
    for role in list_roles_in_use(ports, engagement):
        if ports.now() >= deadline:
            lines.append(f"{role.name}: not checked, because time ran out. Type the command again.")
            continue
        try:
            verified = verify_role(ports, lead, engagement, role.name)
        except (Conflict, Unavailable) as error:  # the other roles are checked all the same
            lines.append(f"{role.name}: not checked. {error.text(Surface.SLACK)}")
        else:
            checked_count += 1
            failed_count += verified.verification is not None and not verified.verification.passed
            lines += _finding_lines(verified)
    continue_rotation(ports, lead, engagement, deadline=deadline)
    if failed_count:  # first, because long messages are cut
        lines.insert(
            0,
            f"{failed_count} of {checked_count} checked roles failed."
            f" {_client_page_text(ports, engagement)}",
        )
    return "\n".join(lines) or f"{engagement} has no role to check."


def _finding_lines(role: Role) -> list[str]:
    """Return the findings of a role's check as short lines, because Slack's message cuts long
    ones."""
    from chalicelib.domain.verification.diagnosis import are_causes_certain
    from chalicelib.domain.verification.findings import CAUSES, CHECKS
    from chalicelib.domain.verification.proof import Check, Result
    from chalicelib.usecases.verification.report import build_cause_text

    proof = role.verification
    if proof is None or proof.passed:
        end = role.trust_policy
        due = [end.message] if end is not None and end.needs_update else []
        return [f"{role.name}: {' '.join([_passed_text(proof), *due])}"]
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    findings = " ".join(CHECKS[check].failed for check in failed[:2])
    lines = [f"{role.name}: failed. {findings}"]
    if proof.causes and failed[:1] == [Check.RIGHT_ID]:
        cause = proof.causes[0]
        likely = "Cause" if are_causes_certain(proof.causes) else "Most likely cause"
        lines.append(f"{likely}: {build_cause_text(cause, role)}")
        lines.append(f"How to tell: {CAUSES[cause].how_to_tell}")
        lines.append(f"What to do: {CAUSES[cause].fix}")
    elif failed:
        lines.append(f"What to do: {CHECKS[failed[0]].fix}")
    lines.append("Daypass gives no sessions from this role unless a lead overrides its check.")
    return lines


def _passed_text(proof: Verification | None) -> str:
    """Return the text for a role that passed. It may still accept the previous external ID."""
    from chalicelib.domain.verification.findings import CHECKS
    from chalicelib.domain.verification.proof import Check, Result

    if proof is not None and proof.results.get(Check.PREVIOUS_ID) is Result.FAILED:
        return f"passed, but: {CHECKS[Check.PREVIOUS_ID].failed}"
    return (
        "passed. The role accepts the external ID, and refuses requests without it and with every"
        " wrong ID that Daypass tried."
    )


def _client_page_text(ports: Ports, engagement: str) -> str:
    """Return where the client finds the commands that fix a role.

    The text cannot include a link to the page, because Daypass does not store the text of links.
    """
    from chalicelib.usecases.onboarding.links import list_working_links

    text = "The client's page has the commands that fix the roles."
    links = list_working_links(ports, engagement)
    if not links:
        return f"{text} No link to this page works now. A lead can create one with the API."
    link, until = links[0], utc_text(links[0].expires_at)
    return (
        f"{text} Its link {link.id}, made by {link.created_by}, works until {until}. A lead can"
        " create another with the API."
    )


VERIFY = LeadAction(
    name="verify",
    arguments=(ENGAGEMENT,),
    summary="Checks the roles of an engagement.",
    example="verify acme-prod",
    action=Action.ROLE_VERIFY,
    check_preconditions=lambda ports, args: find_engagement(ports, args.engagement),
    build_confirmation=None,
    button="",
    run=_run_checks,
)
