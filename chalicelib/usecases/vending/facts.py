"""Read the facts that an access decision needs, and record a refusal."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, DaypassError
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import AccessFacts, SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.admission import Target, record_refusal, refusal
from chalicelib.usecases.ports import Ports, RequestOrigin

MAX_READS = 4
"""A batch read is not atomic, and can catch the middle of a rotation; not this often in a row."""


def read_access_facts(
    ports: Ports, presented: PresentedToken, engagement: str, role: str
) -> AccessFacts:
    """Return the facts for one access decision, consistent across a rotation of the external ID."""
    facts = ports.state.access_facts(presented, engagement, role)
    for _ in range(MAX_READS):
        if not _spans_rotation(facts):
            break
        facts = ports.state.access_facts(presented, engagement, role)
    return facts


def _spans_rotation(facts: AccessFacts) -> bool:
    """Return whether the read caught the engagement and the role on different sides of a rotation.

    Such a role looks unverified, although it was verified for the previous or the next external ID.
    """
    engagement, role = facts.engagement, facts.role
    check = role.verification if role is not None else None
    if engagement is None or check is None or not check.passed:
        return False
    return check.external_id in (engagement.next_external_id, engagement.previous_external_id)


def target_of(engagement: str, request: SessionRequest) -> Target:
    """Return the target of a request for a session."""
    return Target(engagement=engagement, role=request.role, details={"said": request.reason})


def record_refusal_of_vend(
    ports: Ports,
    origin: RequestOrigin,
    action: Action,
    facts: AccessFacts,
    target: Target,
    reason: Reason,
) -> DaypassError:
    """Record the refusal, and return the error to raise. Unknown tokens are not recorded (see
    `admit`)."""
    if facts.token is not None:
        target = replace(target, details={**target.details, **link_details(facts.link)})
        target = target.as_recorded(exists=facts.engagement is not None)
        record_refusal(ports, origin, facts.token, action, reason, target)
    return refused_by(facts, reason)


def refused_by(facts: AccessFacts, reason: Reason) -> DaypassError:
    """Return the error for a refusal. The facts of an unverified role explain it further."""
    if reason is not Reason.ROLE_UNVERIFIED or facts.role is None or facts.engagement is None:
        return refusal(reason)
    from chalicelib.domain.vending.unverified import (
        why_unverified,
    )  # a vend does not load the texts

    return refusal(reason, why_unverified(facts.role, facts.engagement))


def refused_by_aws(facts: AccessFacts, error: DaypassError, now: datetime) -> AwsRefused | None:
    """Return AWS's refusal with its likely cause: Daypass asked the client for a trust policy whose
    end has passed. None if no such end is known."""
    role = facts.role
    if error.reason is not Reason.ROLE_REFUSED_DAYPASS or role is None:
        return None
    passed = [end for end in role.possible_ends if end <= now]
    if not passed:
        return None
    return AwsRefused(
        error.reason,
        "AWS refused to let Daypass assume the client's role. Daypass had asked the client for a"
        f" trust policy that ends on {utc_text(min(passed))}, before the engagement was renewed."
        " Ask your lead whether the client has updated it.",
    )


def link_details(link: AccessLink | None) -> dict[str, str]:
    """Return the trail details of an access link: its ID and where it was requested."""
    return {} if link is None else {"link": link.id, "asked_in": link.asked_in}
