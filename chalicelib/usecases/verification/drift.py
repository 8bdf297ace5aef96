"""Tell the leads of a role that was proven and is not any more, whoever's check has found it."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.events import News
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.verification.diagnosis import is_certain
from chalicelib.domain.verification.findings import CAUSES, CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.telling import tell_leads


def has_drifted(place: Engagement, old: Role, new: Role) -> bool:
    """Whether the role was proven as it stood, and its new check did not pass."""
    return old.proof(place) is not None and new.proof(place) is None


def tell_of_drift(ports: Ports, role: Role) -> None:
    """Say what failed, why, and whether anything is still vended from the role."""
    found = role.verification
    if found is None:
        return
    said = [f"The role {role.name} of {role.engagement} was proven safe, and is not any more."]
    said += [CHECKS[c].failed for c in Check if found.results.get(c) is Result.FAILED]
    if is_certain(found.causes):
        said += [CAUSES[cause].says for cause in found.causes]
    elif found.causes:
        said.append(f"The likeliest cause: {CAUSES[found.causes[0]].says}")
    if role.override is not None and role.is_overridden(ports.now()):
        until = rfc3339(role.override.until)
        said.append(f"It is still vended from until {until}, by {role.override.by}'s override.")
    else:
        said.append("Nothing is vended from it until a check finds it safe again.")
    says = " ".join(said)
    tell_leads(ports, News.ROLE_DRIFTED, says, engagement=role.engagement, role=role.name)
