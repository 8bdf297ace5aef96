"""Check an engagement's roles for somebody who waits for the answer in Slack."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting
from chalicelib.usecases.verification.check_role import go_on
from chalicelib.usecases.verification.verify import verify


def check_all(ports: Ports, by: Acting, engagement: str, until: datetime) -> str:
    """Check every role in use, and say of each what was seen. None is begun after `until`."""
    find_engagement(ports, engagement)
    lines = []
    for role in every(ports.state.roles, engagement):
        if role.ended_at is not None:
            continue
        if ports.now() >= until:
            lines.append(f"{role.name}: there was no time left. Type the command again.")
            continue
        try:
            proof = verify(ports, by, engagement, role.name).verification
        except (Conflict, Unavailable) as error:  # the other roles are checked all the same
            lines.append(f"{role.name}: it could not be checked. {error.detail}")
        else:
            lines.append(f"{role.name}: {_seen(proof)}")
    go_on(ports, by, engagement, until=until)
    return "\n".join(lines) or f"{engagement} has no role to be checked."


def _seen(proof: Verification | None) -> str:
    if proof is None or proof.passed:
        return _passed(proof)
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    said = " ".join(CHECKS[check].failed for check in failed[:2])
    return f"not passed. {said} Nothing is vended from it, unless a lead overrides it."


def _passed(proof: Verification | None) -> str:
    """Say what was tried. A role that passed may still take the former external ID."""
    if proof is not None and proof.results.get(Check.FORMER_ID) is Result.FAILED:
        return f"passed, but: {CHECKS[Check.FORMER_ID].failed}"
    return (
        "passed. It lets Daypass in with the right external ID, and refuses Daypass without one and"
        " with the wrong ones that were tried."
    )
