"""Check an engagement's roles for somebody who waits for the answer in Slack."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import in_words
from chalicelib.domain.verification.diagnosis import is_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement, roles_in_use
from chalicelib.usecases.onboarding.links import working_links
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting
from chalicelib.usecases.verification.check_role import go_on
from chalicelib.usecases.verification.report import cause_text
from chalicelib.usecases.verification.verify import verify


def check_all(ports: Ports, by: Acting, engagement: str, until: datetime) -> str:
    """Check every role in use, and say of each what was seen; of one that failed what is likely
    behind it, and what to do. No role's check is begun after `until`."""
    place = find_engagement(ports, engagement)
    lines, roles, failed = [], 0, 0
    for role in roles_in_use(ports, engagement):
        if ports.now() >= until:
            lines.append(f"{role.name}: there was no time left. Type the command again.")
            continue
        try:
            checked = verify(ports, by, engagement, role.name)
        except (Conflict, Unavailable) as error:  # the other roles are checked all the same
            lines.append(f"{role.name}: it could not be checked. {error.detail}")
        else:
            roles += 1
            failed += checked.verification is not None and not checked.verification.passed
            lines += _seen(checked)
    go_on(ports, by, engagement, until=until)
    if failed:  # first, since Slack cuts what is long
        lines.insert(0, f"{failed} of {roles} did not pass. {_clients_page(ports, place)}")
    return "\n".join(lines) or f"{engagement} has no role to be checked."


def _seen(role: Role) -> list[str]:
    """Return what the check of a role has found, each line for itself: Slack cuts long ones."""
    proof = role.verification
    if proof is None or proof.passed:
        passed = _passed(proof)
        end = role.trust_policy
        due = [end.says] if end is not None and end.needs_update else []
        return [f"{role.name}: {' '.join([passed, *due])}"]
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    said = " ".join(CHECKS[check].failed for check in failed[:2])
    lines = [f"{role.name}: not passed. {said}"]
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
    """Say what was tried. A role that passed may still take the former external ID."""
    if proof is not None and proof.results.get(Check.FORMER_ID) is Result.FAILED:
        return f"passed, but: {CHECKS[Check.FORMER_ID].failed}"
    return (
        "passed. It lets Daypass in with the right external ID, and refuses Daypass without one and"
        " with the wrong ones that were tried."
    )


def _clients_page(ports: Ports, place: Engagement) -> str:
    """Say where the client finds the commands. Only its maker knows the link itself."""
    route, links = f"POST /v1/engagements/{place.id}/links", working_links(ports, place.id)
    says = "The client's page has the commands that mend it."
    if not links:
        return f"{says} No link to it works now: {route} makes one."
    link, until = links[0], in_words(links[0].expires_at)
    return (
        f"{says} Its link {link.id}, made by {link.created_by}, works until {until}. {route} makes"
        " another."
    )
