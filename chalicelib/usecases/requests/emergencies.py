"""Open a role oneself in an emergency, and confirm that afterwards.

One transaction writes the request, the approved grant, the count and the lock, with their trail
entry. Every lead is notified from the entry. The lock blocks another emergency of the same member,
in any engagement, until a lead has confirmed it.
"""

from __future__ import annotations

from chalicelib.domain.engagements.approved_grants import EmergencyLock, EmergencyRecord
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import (
    OpenEmergency,
    build_emergency,
    find_confirmation_problem,
    find_emergency_problem,
    find_open_emergency,
)
from chalicelib.domain.requests.requests import AccessRequest, new_request_id
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action, Edit, build_operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.admission import Target
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import retry_on_conflict, write, write_operation
from chalicelib.usecases.requests.reading import (
    RoleTerms,
    find_request,
    read_facts,
    read_terms,
    read_view,
)
from chalicelib.usecases.requests.refusing import (
    build_role_error,
    refuse,
    refuse_new,
    require_request,
)


def open_emergency(
    ports: Ports, caller: Caller, engagement: str, role: str, opening: OpenEmergency
) -> RequestView:
    """Open the role to the caller at once, and return the request that stands for it.

    If an earlier emergency of the caller still opens the role, return its request: the answer to
    the first call may have been lost. Raise AccessDenied or Conflict if the caller may not open the
    role themself. Raise Unavailable if DynamoDB does not answer.
    """
    request_id = new_request_id(caller.member.id, ports.now(), ports.random)

    def attempt(by: Caller) -> RequestView:
        # An earlier attempt may have written the request although DynamoDB's answer was lost.
        request = find_request(ports, request_id)
        if request is None:
            request = _open(ports, by, engagement, role, opening, request_id)
        return read_view(ports, request)

    return retry_on_conflict(ports, caller, attempt)


def confirm_emergency(ports: Ports, lead: Caller, request: str, *, why: str) -> RequestView:
    """Confirm the emergency, so that its member can use emergency access again, and return the
    request. Sending the same words again changes nothing.

    Raise NotFound if there is no such request. Raise AccessDenied for the lead's own emergency, and
    if the lead's own right is less than 24 hours old. Raise Conflict if the request is not an
    emergency, or if someone has confirmed it already: the error says who.
    """

    def attempt(by: Caller) -> RequestView:
        stored = require_request(ports, by, Action.EMERGENCY_CONFIRM, request)
        if (stored.confirmed_by, stored.confirmation) == (by.member.id, why):
            return read_view(ports, stored)
        problem = find_confirmation_problem(stored, by, ports.now())
        if problem is not None:
            raise refuse(ports, by, Action.EMERGENCY_CONFIRM, problem, stored)
        confirmed = next_version(
            stored, confirmed_at=ports.now(), confirmed_by=by.member.id, confirmation=why
        )
        edits: list[Edit] = [(stored, confirmed)]
        lock = ports.state.get(EmergencyLock, stored.member)
        if lock is not None and lock.request == stored.id:
            edits.append((lock, next_version(lock, request=None)))
        write(ports, by, Action.EMERGENCY_CONFIRM, *edits, details={"said": why})
        return read_view(ports, confirmed)

    return retry_on_conflict(ports, lead, attempt)


def _open(
    ports: Ports, by: Caller, engagement: str, role: str, opening: OpenEmergency, request_id: str
) -> AccessRequest:
    """Make one attempt to open the role, and return the request. If an earlier emergency of the
    caller still opens the role, return its request. Raise any other refusal."""
    facts, now = read_facts(ports, by.member.id, engagement, role), ports.now()
    lock = ports.state.get(EmergencyLock, by.member.id)
    problem = find_emergency_problem(facts, lock, opening.caller, now)
    if problem is Reason.EMERGENCY_UNCONFIRMED:
        # The caller may repeat a call whose answer was lost.
        open_request = find_open_emergency(facts, lock, by.member, now)
        stored = find_request(ports, open_request) if open_request is not None else None
        if stored is not None:
            return stored
    if problem is not None:
        said = {"said": opening.reason, "caller": opening.caller}
        target = Target(engagement=engagement, role=role, details=said)
        raise refuse_new(ports, by, Action.EMERGENCY_BEGIN, facts, target, problem)
    record = ports.state.get(EmergencyRecord, engagement, by.member.id)
    emergency = build_emergency(facts, lock, record, by.member, request_id, opening, now)
    request = emergency.request
    details = {
        "said": opening.reason,
        "span": f"until {utc_text(emergency.grant.ends_at)}",
        "count": str(emergency.record.count),
    }
    # The entry's target is the request. The other items would only repeat its details.
    operation = build_operation(Action.EMERGENCY_BEGIN, (None, request), details=details)
    write_operation(
        ports,
        by,
        operation,
        emergency.items,
        preconditions=[*filter(None, (facts.engagement, facts.role, facts.grant))],
    )
    return request


def read_emergency_terms(ports: Ports, caller: Caller, engagement: str, role: str) -> RoleTerms:
    """Return the terms of an emergency in the role. Raise the same errors as `open_emergency`, but
    record nothing on the trail, because nothing was opened."""
    facts = read_facts(ports, caller.member.id, engagement, role)
    lock = ports.state.get(EmergencyLock, caller.member.id)
    problem = find_emergency_problem(facts, lock, CallerKind.PERSON, ports.now())
    if problem is not None:
        raise build_role_error(facts, problem)
    return read_terms(ports, facts)
