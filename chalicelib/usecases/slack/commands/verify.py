"""`/daypass verify`."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import in_words
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.slack.arguments import ENGAGEMENT
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement, roles_in_use
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import LeadAction

TIME_TO_CHECK = timedelta(seconds=90)


def _run(ports: Ports, lead: Caller, pending: PendingAction) -> str:
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
            lines.append(f"{role.name}: it could not be checked. {error.detail}")
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
        due = [end.says] if end is not None and end.needs_update else []
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
    link, until = links[0], in_words(links[0].expires_at)
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
    confirmation=None,
    run=_run,
)
