"""Read the facts that an access decision needs, and record a refusal."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, DaypassError, Reason
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import AccessFacts, SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.admission import Target, build_refusal_error, record_refusal
from chalicelib.usecases.ports import Ports, RequestOrigin

MAX_READS = 4
"""How often to repeat a read that shows half of a rotation of the external ID.

A rotation writes the engagement and its roles in one transaction, but a batch read is not atomic.
"""


def read_access_facts(
    ports: Ports, presented: PresentedToken, engagement: str, role: str
) -> AccessFacts:
    """Read the facts for one access decision, and return them.

    If they show half of a rotation of the external ID, read them again, a few times. Then return
    the last facts: at worst the role looks unverified, and the session is refused.
    """
    facts = ports.state.access_facts(presented, engagement, role)
    for _ in range(MAX_READS):
        if not _shows_half_a_rotation(facts):
            break
        facts = ports.state.access_facts(presented, engagement, role)
    return facts


def _shows_half_a_rotation(facts: AccessFacts) -> bool:
    """Return whether a rotation of the external ID may have taken place between the reads of the
    engagement and of the role.

    The sign of that is a role that was verified for the engagement's previous or next external ID.
    Such a role looks unverified.
    """
    engagement, role = facts.engagement, facts.role
    verification = role.verification if role is not None else None
    if engagement is None or verification is None or not verification.passed:
        return False
    return verification.external_id in (
        engagement.next_external_id,
        engagement.previous_external_id,
    )


def build_session_target(engagement: str, request: SessionRequest) -> Target:
    """Return the target of a request for a session."""
    details = {"said": request.reason, "caller": request.caller}
    return Target(engagement=engagement, role=request.role, details=details)


def record_and_build_refusal_error(
    ports: Ports,
    origin: RequestOrigin,
    action: Action,
    facts: AccessFacts,
    target: Target,
    reason: Reason,
) -> DaypassError:
    """Record the refusal of a session, and return the error to raise.

    The refusal of an unknown token is not recorded: otherwise anyone could fill the trail.
    """
    if facts.token is not None:
        target = replace(target, details={**target.details, **build_link_details(facts.link)})
        target = target.for_trail(engagement_exists=facts.engagement is not None)
        record_refusal(ports, origin, facts.token, action, reason, target)
    return build_session_refusal_error(facts, reason)


def build_session_refusal_error(facts: AccessFacts, reason: Reason) -> DaypassError:
    """Return the error for this reason of a refusal.

    For an unverified role, the error's text says why the role is not verified.
    """
    if reason is not Reason.ROLE_UNVERIFIED or facts.role is None or facts.engagement is None:
        return build_refusal_error(reason)
    from chalicelib.domain.vending.unverified import describe_check  # a vend does not load texts

    checked = describe_check(facts.role, facts.engagement)
    return build_refusal_error(
        reason, f"{checked} Ask a lead to check the role. The report says what to do."
    )


def explain_aws_refusal(
    facts: AccessFacts, error: DaypassError, now: datetime
) -> AwsRefused | None:
    """Return a refusal that names its likely cause: the trust policy's end date has passed.

    The client's trust policy may still have an end date that Daypass requested before a renewal.
    `possible_ends` has every end date that the policy may have. Of those that have passed, name the
    earliest. Return None if none has passed, or if `error` is not AWS's refusal to assume the role.
    """
    role = facts.role
    if error.reason is not Reason.ROLE_REFUSED_DAYPASS or role is None:
        return None
    past_end_dates = [end for end in role.possible_ends if end <= now]
    if not past_end_dates:
        return None
    return AwsRefused(
        error.reason,
        "AWS refused to let Daypass assume the client's role. The role may still have a trust"
        " policy from before the engagement was renewed, which ended on"
        f" {utc_text(min(past_end_dates))}. Ask your lead whether the client has updated the role's"
        " trust policy.",
    )


def build_link_details(link: AccessLink | None) -> dict[str, str]:
    """Return the trail details of an access link: its ID and where it was requested."""
    return {} if link is None else {"link": link.id, "asked_in": link.asked_in}
