"""Vend a session: the one path by which credentials leave Daypass."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.identifiers import session_name
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.authentication import AuthenticationFailure
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Operation, Outcome
from chalicelib.domain.vending.access import Allowed, SessionRequest, decide
from chalicelib.domain.vending.credentials import Credentials, VendedSession
from chalicelib.domain.vending.intents import outcome_of
from chalicelib.usecases.admission import refusal
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import new_entry
from chalicelib.usecases.vending.facts import (
    link_details,
    read_access_facts,
    record_refusal_of_vend,
    refused_by_aws,
    target_of,
)


def vend(
    ports: Ports, origin: RequestOrigin, engagement: str, request: SessionRequest
) -> VendedSession:
    """Vend a session to the caller, or refuse: Unrecognised, AccessDenied, AwsRefused, Unavailable.

    AWS is asked only once the intent is on the trail. Then all is read and decided again, and the
    session is handed over only if nobody else has settled the vend (docs/decisions/0003).
    """
    facts = read_access_facts(ports, origin.presented, engagement, request.role)
    decision = decide(facts, origin.presented, request, ports.now())
    if isinstance(decision, AuthenticationFailure):
        target = target_of(engagement, request)
        raise record_refusal_of_vend(ports, origin, Action.VEND, facts, target, decision.reason)

    intent = _intent(ports, origin, decision, request, engagement)
    ports.trail.record(intent)
    try:
        credentials = ports.sts.issue(decision.terms, intent.details["session_name"])
    except (AwsRefused, Unavailable) as error:
        # Without AWS's word, it may have issued a session that nobody received: the SDK asks twice,
        # and what became of the first time is not known even if the second is throttled.
        outcome = Outcome.FAILED if isinstance(error, AwsRefused) else Outcome.WITHHELD
        _settle(ports, intent, outcome, error.reason)
        explained = refused_by_aws(facts, error, ports.now())
        if explained is None:
            raise
        raise explained from error.__cause__

    obstacle = _obstacle(ports, origin, decision, request, intent, credentials)
    outcome = Outcome.WITHHELD if obstacle else Outcome.ISSUED
    settled = _settle(ports, intent, outcome, obstacle or "", credentials)
    if settled.outcome is not Outcome.ISSUED:
        raise refusal(obstacle or Reason(settled.reason))
    return VendedSession(
        vend=intent.vend,
        engagement=engagement,
        role=request.role,
        account_id=decision.account_id,
        session_name=intent.details["session_name"],
        credentials=credentials,
    )


def _obstacle(
    ports: Ports,
    origin: RequestOrigin,
    allowed: Allowed,
    request: SessionRequest,
    intent: Entry,
    credentials: Credentials,
) -> Reason | None:
    """Why the session may not be handed over, by all that it was decided on as it is now."""
    terms = allowed.terms
    facts = read_access_facts(ports, origin.presented, intent.engagement, request.role)
    # From here on it is about this one session: a role may give shorter ones only by now.
    request = replace(request, duration=terms.duration)
    again = decide(facts, origin.presented, request, ports.now(), began=intent.at)
    if isinstance(again, AuthenticationFailure):
        return again.reason
    if credentials.expires_at > again.deadline:
        return Reason.ENDS_TOO_SOON
    # The deadline speaks for the duration. The external ID may have been rotated: it was the right
    # one when AWS was asked, and it is no part of the session.
    as_asked = replace(again.terms, duration=terms.duration, external_id=terms.external_id)
    return None if as_asked == terms else Reason.CHANGED_MEANWHILE


def _intent(
    ports: Ports, origin: RequestOrigin, allowed: Allowed, request: SessionRequest, engagement: str
) -> Entry:
    by = replace(allowed.caller, address=origin.address)
    details = {
        "deadline": rfc3339(allowed.deadline),
        "duration": str(allowed.terms.duration),
        "role_arn": allowed.terms.role_arn,
        "said": request.reason,
        "chaining": "" if allowed.terms.session_policy else "allowed",
        **link_details(allowed.link),
    }
    operation = Operation(
        action=Action.VEND,
        outcome=Outcome.INTENDED,
        engagement=engagement,
        role=request.role,
        details=details,
    )
    entry = new_entry(ports, by, operation)
    named = {"session_name": session_name(by.actor, entry.id)}
    return replace(entry, vend=entry.id, details={**entry.details, **named})


def _settle(
    ports: Ports,
    intent: Entry,
    outcome: Outcome,
    reason: str,
    credentials: Credentials | None = None,
) -> Entry:
    """Record what came of the vend, and give what is on record: somebody may have been first."""
    details = {}
    if credentials is not None:
        details = {
            "access_key_id": credentials.access_key_id,
            "assumed_role_arn": credentials.assumed_role_arn,
            "aws_request_id": credentials.request_id,
            "expires_at": rfc3339(credentials.expires_at),
        }
    entry = outcome_of(intent, outcome, at=ports.now(), reason=reason, details=details)
    return ports.trail.put_outcome(intent, entry)
