"""Vend a session: issue temporary credentials for a client's role to a member.

No other code hands credentials out.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.errors import AwsRefused, Reason, Unavailable
from chalicelib.domain.identifiers import build_session_name
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Action, Entry, Operation, Outcome
from chalicelib.domain.vending.access import (
    Allowed,
    CallerKind,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.vending.vends import (
    Credentials,
    VendedSession,
    build_approval_details,
    build_outcome_entry,
)
from chalicelib.usecases.admission import build_refusal_error
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import build_entry
from chalicelib.usecases.vending.facts import (
    build_link_details,
    build_session_target,
    explain_aws_refusal,
    read_access_facts,
    record_and_build_refusal_error,
)


def vend(
    ports: Ports, origin: RequestOrigin, engagement: str, request: SessionRequest
) -> VendedSession:
    """Vend a session to the caller, or raise the refusal.

    1. Read the facts, and decide whether the caller gets the session.
    2. Record the intent on the trail. Only then call AWS.
    3. Read the facts again, and decide again: access may have been revoked meanwhile.
    4. Record the outcome. Hand the session over only if the trail had no outcome before: a
       revocation may have recorded `withheld` (docs/decisions/0003).

    Raise Unauthenticated or AccessDenied if the caller does not get the session, Conflict if the
    session's terms changed meanwhile, AwsRefused or Unavailable if AWS or DynamoDB failed.
    """
    facts = read_access_facts(ports, origin.presented, engagement, request.role)
    decision = decide_access(facts, origin.presented, request, ports.now())
    if isinstance(decision, Denied):
        target = build_session_target(engagement, request)
        raise record_and_build_refusal_error(
            ports, origin, Action.VEND, facts, target, decision.reason
        )

    intent = _build_intent(ports, origin, decision, request, engagement)
    ports.trail.record(intent)
    try:
        credentials = ports.sts.issue(decision.terms, intent.details["session_name"])
    except (AwsRefused, Unavailable) as error:
        # If AWS did not refuse, it may have issued a session that no one received: the SDK tries
        # twice, and AWS may have answered the first try although it throttled the second.
        outcome = Outcome.FAILED if isinstance(error, AwsRefused) else Outcome.WITHHELD
        _record_outcome(
            ports, intent, outcome, error.reason, details={"aws_request_id": error.aws_request_id}
        )
        aws_refusal = explain_aws_refusal(facts, error, ports.now())
        if aws_refusal is None:
            raise
        raise aws_refusal from error.__cause__

    withheld_for = _find_reason_to_withhold(ports, origin, decision, request, intent, credentials)
    outcome = Outcome.WITHHELD if withheld_for else Outcome.ISSUED
    recorded_outcome = _record_outcome(
        ports, intent, outcome, withheld_for or "", details=_describe(credentials)
    )
    if recorded_outcome.outcome is not Outcome.ISSUED:
        raise build_refusal_error(withheld_for or Reason(recorded_outcome.reason))
    return VendedSession(
        vend=intent.vend,
        engagement=engagement,
        role=request.role,
        account_id=decision.account_id,
        session_name=intent.details["session_name"],
        credentials=credentials,
    )


def _find_reason_to_withhold(
    ports: Ports,
    origin: RequestOrigin,
    allowed: Allowed,
    request: SessionRequest,
    intent: Entry,
    credentials: Credentials,
) -> Reason | None:
    """Read the facts again, and decide again. Return why Daypass must withhold the session, or None
    if it may hand the session over."""
    terms = allowed.terms
    facts = read_access_facts(ports, origin.presented, intent.engagement, request.role)
    # Decide about the issued session's duration: the role may allow only shorter sessions by now.
    request = replace(request, duration=terms.duration)
    second_decision = decide_access(
        facts,
        origin.presented,
        request,
        ports.now(),
        first_decided_at=intent.at,
        approved_request=intent.details.get("request", ""),
    )
    if isinstance(second_decision, Denied):
        return second_decision.reason
    if credentials.expires_at > second_decision.deadline:
        return Reason.ENDS_TOO_SOON
    approved = second_decision.approved
    if approved is not None and approved.request != intent.details.get("request"):
        # The intent names another request. If this one is revoked, Daypass finds its sessions by
        # their intents, and would not find this one.
        return Reason.CHANGED_MEANWHILE
    # Two terms may differ from the issued session's: the duration, because the deadline was checked
    # above; and the external ID, which may have been rotated since AWS accepted the previous one.
    expected_terms = replace(
        second_decision.terms, duration=terms.duration, external_id=terms.external_id
    )
    return None if expected_terms == terms else Reason.CHANGED_MEANWHILE


def _build_intent(
    ports: Ports, origin: RequestOrigin, allowed: Allowed, request: SessionRequest, engagement: str
) -> Entry:
    """Return the vend's intent: the entry that is recorded before Daypass calls AWS."""
    by = replace(allowed.caller, address=origin.address)
    details = {
        "deadline": rfc3339(allowed.deadline),
        "duration": str(allowed.terms.duration),
        "role_arn": allowed.terms.role_arn,
        "said": request.reason,
        "caller": request.caller,
        "access": AgentAccess.READ_ONLY if allowed.terms.is_read_only else "",
        # Without a session policy, the session may assume other roles (role chaining).
        "chaining": "" if allowed.terms.session_policy else "allowed",
        **build_approval_details(allowed.approved, allowed.granted_by),
        **build_link_details(allowed.link),
    }
    operation = Operation(
        action=Action.VEND,
        outcome=Outcome.INTENDED,
        engagement=engagement,
        role=request.role,
        details=details,
    )
    entry = build_entry(ports, by, operation)
    is_agent = request.caller is CallerKind.AGENT
    name = build_session_name(by.actor, entry.id, is_agent=is_agent)
    return replace(entry, vend=entry.id, details={**entry.details, "session_name": name})


def _record_outcome(
    ports: Ports, intent: Entry, outcome: Outcome, reason: str, *, details: dict[str, str]
) -> Entry:
    """Record the vend's outcome, unless the trail has one already. Return the outcome on the trail.

    A revocation may have recorded `withheld` first.
    """
    details = {name: text for name, text in details.items() if text}
    entry = build_outcome_entry(intent, outcome, at=ports.now(), reason=reason, details=details)
    return ports.trail.put_outcome(intent, entry)


def _describe(credentials: Credentials) -> dict[str, str]:
    """Return what the trail records of the session. CloudTrail has the same request ID and key."""
    return {
        "access_key_id": credentials.access_key_id,
        "assumed_role_arn": credentials.assumed_role_arn,
        "aws_request_id": credentials.request_id,
        "expires_at": rfc3339(credentials.expires_at),
    }
