"""Vend a session: the only path on which credentials leave Daypass."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.identifiers import session_name
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Operation, Outcome
from chalicelib.domain.vending.access import Allowed, Denied, SessionRequest, decide
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

    Daypass calls AWS only after it has recorded the intent. Then it reads the facts and decides
    again. It hands the session over only if its own outcome is the first (docs/decisions/0003).
    """
    facts = read_access_facts(ports, origin.presented, engagement, request.role)
    decision = decide(facts, origin.presented, request, ports.now())
    if isinstance(decision, Denied):
        target = target_of(engagement, request)
        raise record_refusal_of_vend(ports, origin, Action.VEND, facts, target, decision.reason)

    intent = _intent(ports, origin, decision, request, engagement)
    ports.trail.record(intent)
    try:
        credentials = ports.sts.issue(decision.terms, intent.details["session_name"])
    except (AwsRefused, Unavailable) as error:
        # Unless AWS refused, it may have issued a session that no one received: the SDK tries
        # twice, and a throttled second try says nothing about the first.
        outcome = Outcome.FAILED if isinstance(error, AwsRefused) else Outcome.WITHHELD
        _settle(ports, intent, outcome, error.reason)
        explained = refused_by_aws(facts, error, ports.now())
        if explained is None:
            raise
        raise explained from error.__cause__

    withheld_for = _reason_to_withhold(ports, origin, decision, request, intent, credentials)
    outcome = Outcome.WITHHELD if withheld_for else Outcome.ISSUED
    settled = _settle(ports, intent, outcome, withheld_for or "", credentials)
    if settled.outcome is not Outcome.ISSUED:
        raise refusal(withheld_for or Reason(settled.reason))
    return VendedSession(
        vend=intent.vend,
        engagement=engagement,
        role=request.role,
        account_id=decision.account_id,
        session_name=intent.details["session_name"],
        credentials=credentials,
    )


def _reason_to_withhold(
    ports: Ports,
    origin: RequestOrigin,
    allowed: Allowed,
    request: SessionRequest,
    intent: Entry,
    credentials: Credentials,
) -> Reason | None:
    """Read the facts again, and return why the session must be withheld; None if it need not be."""
    terms = allowed.terms
    facts = read_access_facts(ports, origin.presented, intent.engagement, request.role)
    # Decide on this very session, for a role that may allow only shorter ones by now.
    request = replace(request, duration=terms.duration)
    again = decide(facts, origin.presented, request, ports.now(), decided_at=intent.at)
    if isinstance(again, Denied):
        return again.reason
    if credentials.expires_at > again.deadline:
        return Reason.ENDS_TOO_SOON
    # The deadline covers the duration. The external ID may have been rotated since. AWS accepted
    # the earlier one, which is no part of the session.
    same_session = replace(again.terms, duration=terms.duration, external_id=terms.external_id)
    return None if same_session == terms else Reason.CHANGED_MEANWHILE


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
    name = session_name(by.actor, entry.id)
    return replace(entry, vend=entry.id, details={**entry.details, "session_name": name})


def _settle(
    ports: Ports,
    intent: Entry,
    outcome: Outcome,
    reason: str,
    credentials: Credentials | None = None,
) -> Entry:
    """Record the outcome, and return the first recorded one, which may be someone else's."""
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
