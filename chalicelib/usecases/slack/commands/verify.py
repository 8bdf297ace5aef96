"""The lead's command `/daypass verify`, which checks the roles of an engagement."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Surface
from chalicelib.domain.slack.arguments import ENGAGEMENT
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement, list_roles_in_use
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import QueuedCommand

TIME_TO_CHECK = timedelta(seconds=90)
"""The command `verify` begins no check after this time."""


def _run_verify(ports: Ports, lead: Caller, pending: PendingAction) -> str:
    """Check every role of the engagement that is in use, and return the findings as text.

    For a role that failed, the text includes the likely cause and the fix. No check begins after
    TIME_TO_CHECK.
    """
    # Imported here, because only the function SlackWork runs this. The function that answers Slack
    # starts faster without these imports.
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
        except (Conflict, Unavailable) as error:  # go on with the other roles
            lines.append(f"{role.name}: not checked. {error.text(Surface.SLACK)}")
        else:
            checked_count += 1
            failed_count += verified.verification is not None and not verified.verification.passed
            lines += _list_findings(verified)
    continue_rotation(ports, lead, engagement, deadline=deadline)
    if failed_count:  # insert this line before all others, because Slack's message may be cut
        lines.insert(
            0,
            f"{failed_count} of {checked_count} checked roles failed."
            f" {_build_client_page_text(ports, engagement)}",
        )
    return "\n".join(lines) or f"{engagement} has no role to check."


def _list_findings(role: Role) -> list[str]:
    """Return the findings of the role's last check as lines of text. Show two failed checks at most
    and one fix, because a message in Slack has little room."""
    from chalicelib.domain.verification.diagnosis import are_causes_certain
    from chalicelib.domain.verification.findings import CAUSES, CHECKS
    from chalicelib.domain.verification.proof import Check, Result
    from chalicelib.usecases.verification.report import build_cause_text

    proof = role.verification
    if proof is None or proof.passed:
        policy, sentences = role.trust_policy, [_build_passed_text(proof)]
        if policy is not None and policy.needs_update:
            sentences.append(policy.message)
        return [f"{role.name}: {' '.join(sentences)}"]
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    findings = " ".join(CHECKS[check].failed for check in failed[:2])
    lines = [f"{role.name}: failed. {findings}"]
    if proof.causes and failed[:1] == [Check.RIGHT_ID]:
        cause = proof.causes[0]
        label = "Cause" if are_causes_certain(proof.causes) else "Most likely cause"
        lines.append(f"{label}: {build_cause_text(cause, role)}")
        lines.append(f"How to tell: {CAUSES[cause].how_to_tell}")
        lines.append(f"What to do: {CAUSES[cause].fix}")
    elif failed:
        lines.append(f"What to do: {CHECKS[failed[0]].fix}")
    lines.append("Daypass gives no sessions from this role unless a lead overrides its check.")
    return lines


def _build_passed_text(proof: Verification | None) -> str:
    """Return the text for a role that passed its check. A role can pass although it still accepts
    the previous external ID. Then the text says so."""
    from chalicelib.domain.verification.findings import CHECKS
    from chalicelib.domain.verification.proof import Check, Result

    if proof is not None and proof.results.get(Check.PREVIOUS_ID) is Result.FAILED:
        return f"passed, but: {CHECKS[Check.PREVIOUS_ID].failed}"
    return (
        "passed. The role accepts the external ID, and refuses requests without it and with every"
        " wrong ID that Daypass tried."
    )


def _build_client_page_text(ports: Ports, engagement: str) -> str:
    """Return the sentences that say where the client finds the commands that fix a role, and which
    link to that page works.

    The text cannot include the link itself, because Daypass does not store the text of links.
    """
    from chalicelib.usecases.onboarding.links import list_working_links

    text = "The client's page has the commands that fix the roles."
    links = list_working_links(ports, engagement)
    if not links:
        return (
            f"{text} No link to this page works now. A lead makes one in a terminal: daypass link"
            f" {engagement}"
        )
    link, until = links[0], utc_text(links[0].expires_at)
    return (
        f"{text} The link {link.id} to this page, which {link.created_by} created, works until"
        f" {until}. A lead makes another link in a terminal: daypass link {engagement}"
    )


VERIFY = QueuedCommand(
    name="verify",
    arguments=(ENGAGEMENT,),
    summary="Checks the roles of an engagement.",
    example="verify acme-prod",
    action=Action.ROLE_VERIFY,
    check_preconditions=lambda ports, args: find_engagement(ports, args.engagement),
    build_confirmation=None,
    button="",
    run=_run_verify,
)
