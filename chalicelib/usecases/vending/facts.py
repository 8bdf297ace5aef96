"""What a vend is decided on, read whole; and the refusal of one, on record."""

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

# An external ID that is promoted can be read in two halves; not this often in a row.
MAX_READS = 4


def read_access_facts(
    ports: Ports, presented: PresentedToken, engagement: str, role: str
) -> AccessFacts:
    """All that the vend is decided on, and no promotion of an external ID read in two halves."""
    facts = ports.state.access_facts(presented, engagement, role)
    for _ in range(MAX_READS):
        if not _spans_rotation(facts):
            break
        facts = ports.state.access_facts(presented, engagement, role)
    return facts


def _spans_rotation(facts: AccessFacts) -> bool:
    """Engagement and role go over to the next external ID in one step, but each fact is as of its
    own moment: a role that is proven for the ID before or after looks as if it were unproven.
    """
    place, role = facts.engagement, facts.role
    if place is None or role is None or role.verification is None or not role.verification.passed:
        return False
    proof = role.verification
    return proof.external_id in (place.next_external_id, place.previous_external_id)


def target_of(engagement: str, request: SessionRequest) -> Target:
    """Return what a wish for a session is aimed at."""
    return Target(engagement=engagement, role=request.role, details={"said": request.reason})


def record_refusal_of_vend(
    ports: Ports,
    origin: RequestOrigin,
    action: Action,
    facts: AccessFacts,
    target: Target,
    reason: Reason,
) -> DaypassError:
    """Record the refusal of a known token. An unknown one is not recorded: see `admit`."""
    if facts.token is not None:
        target = replace(target, details={**target.details, **link_details(facts.link)})
        target = target.as_recorded(exists=facts.engagement is not None)
        record_refusal(ports, origin, facts.token, action, reason, target)
    return refused_by(facts, reason)


def refused_by(facts: AccessFacts, reason: Reason) -> DaypassError:
    """Return the error for a refusal by these facts, which say more than the reason alone."""
    if reason is not Reason.ROLE_UNVERIFIED or facts.role is None or facts.engagement is None:
        return refusal(reason)
    from chalicelib.domain.vending.unverified import why_unverified  # no vend waits for the words

    return refusal(reason, why_unverified(facts.role, facts.engagement))


def refused_by_aws(facts: AccessFacts, error: DaypassError, now: datetime) -> AwsRefused | None:
    """Return AWS's refusal with what is behind it most likely: the client was asked for a trust
    policy whose end has passed. None where nothing more is known than the error says."""
    role = facts.role
    if error.reason is not Reason.ROLE_REFUSED_DAYPASS or role is None:
        return None
    passed = [end for end in role.possible_ends if end <= now]
    if not passed:
        return None
    return AwsRefused(
        error.reason,
        "AWS says that the client's role does not let Daypass in. Daypass had asked the client for"
        f" a trust policy that ends on {utc_text(min(passed))}, before the engagement was"
        " renewed: ask your lead whether the client has updated it.",
    )


def link_details(link: AccessLink | None) -> dict[str, str]:
    """What an entry says of the access link that a vend came by, and who had asked for it where."""
    return {} if link is None else {"link": link.id, "asked_in": link.asked_in}
