"""Request access to a role."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import list_stops
from chalicelib.domain.errors import Conflict, InvalidRequest, Reason, bad_value
from chalicelib.domain.moments import CLOCK_MARGIN, describe_duration, end_text
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.opening import find_request_problem
from chalicelib.domain.requests.policies import ApprovalPolicy, matches_pattern
from chalicelib.domain.requests.requests import (
    LONGEST_ACCESS,
    LONGEST_AHEAD,
    MAX_OPEN_REQUESTS,
    MAX_REQUESTS_PER_DAY,
    SHORTEST_ACCESS,
    AccessRequest,
    CreateAccessRequest,
    LastRequest,
    RequestStatus,
    member_of_request,
    moment_of_request,
    new_request_id,
)
from chalicelib.domain.requests.view import RequestView, describe_span
from chalicelib.domain.text import count_of, join_words
from chalicelib.domain.trail import Action, build_operation
from chalicelib.domain.values import new_item
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.admission import Target
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import retry_on_conflict, write_operation
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.requests.reading import (
    RoleTerms,
    find_request,
    list_own,
    read_facts,
    read_terms,
    read_view,
)
from chalicelib.usecases.requests.refusing import build_role_error, refuse_new

CHOSEN_WITHIN = timedelta(hours=1)
"""How long a form with the ID of a new request can be sent."""
LONGEST_OPEN = timedelta(days=8)
"""No request waits longer for an answer: at most 7 days, and the clocks may differ."""


def create_request(
    ports: Ports,
    caller: Caller,
    engagement: str,
    request: CreateAccessRequest,
    *,
    request_id: str = "",
) -> RequestView:
    """Request access to a role, and return the request.

    Only a member with a current grant that includes the role can. Raise AccessDenied for others, in
    the same way whether the engagement exists or not. Raise Conflict if the role needs no request,
    if no one can approve it, or if the member has 10 undecided requests. Raise InvalidRequest for
    an invalid span or ticket.

    `request_id` is an ID that the caller chose in the last hour. If a request with this ID is
    stored, the same form was sent twice: return the stored request.
    """
    now = ports.now()
    at, member = moment_of_request(request_id), caller.member.id
    # IDs sort by time, and the limits count by them, so an older one would not count.
    is_recent = at is not None and now - CHOSEN_WITHIN <= at <= now + CLOCK_MARGIN
    if not is_recent or member_of_request(request_id) != member:
        request_id = new_request_id(member, now, ports.random)

    def attempt(by: Caller) -> RequestView:
        # An earlier attempt may have written the request although DynamoDB's answer was lost.
        stored = find_request(ports, request_id)
        if stored is not None:
            return read_view(ports, stored)
        # Two requests at once cannot both follow the same one, so each counts all before it.
        last = ports.state.get(LastRequest, by.member.id)
        new, terms = _build_request(ports, by, engagement, request, request_id)
        details = {
            "said": new.reason,
            "span": describe_span(new),
            "waiting_for": join_words(terms.waiting_for),
        }
        operation = build_operation(Action.REQUEST_CREATE, (None, new), details=details)
        version = 1 if last is None else last.version + 1
        following = LastRequest(member=new.member, request=new.id, version=version)
        write_operation(ports, by, operation, [new, following])
        return read_view(ports, new)

    view = retry_on_conflict(ports, caller, attempt)
    ports.kick(KickedFunction.NOTIFY)  # the approvers should hear of it at once
    return view


def read_request_terms(ports: Ports, caller: Caller, engagement: str, role: str) -> RoleTerms:
    """Return the terms of a request for the role. Raise the same errors as `create_request`, but
    record nothing on the trail, because nothing was requested."""
    facts = read_facts(ports, caller.member.id, engagement, role)
    problem = find_request_problem(facts, CallerKind.PERSON, ports.now())
    if problem is not None:
        raise build_role_error(facts, problem)
    terms = read_terms(ports, facts)
    if not terms.policy.allows_requests:
        raise Conflict(Reason.REQUESTS_NOT_ALLOWED)
    return terms


def _build_request(
    ports: Ports, by: Caller, engagement: str, request: CreateAccessRequest, request_id: str
) -> tuple[AccessRequest, RoleTerms]:
    """Return the new request, and the terms of its role. Raise an error if the member may not send
    it, or if it is invalid."""
    now = ports.now()
    facts = read_facts(ports, by.member.id, engagement, request.role)
    problem = find_request_problem(facts, request.caller, now)
    if problem is Reason.ACCESS_ALREADY_OPEN:
        raise build_role_error(facts, problem)  # not recorded: the member has the access already
    if problem is not None:
        details = {"said": request.reason, "caller": request.caller}
        target = Target(engagement=engagement, role=request.role, details=details)
        raise refuse_new(ports, by, Action.REQUEST_CREATE, facts, target, problem)
    terms = read_terms(ports, facts)
    _require_approvers(ports, terms)
    # `last_end`: the end of the member's grant or of the engagement, if that is earlier.
    starts_at = _check_times(request, terms.policy, terms.last_end, now)
    _check_ticket(request, terms.policy)
    _require_few_requests(ports, by.member.id, now)
    answer_until = now + timedelta(seconds=terms.policy.answer_within)
    new = new_item(
        AccessRequest,
        request,
        id=request_id,
        member=by.member.id,
        engagement=terms.engagement.id,
        role=terms.role.name,
        starts_at=starts_at,
        created_at=now,
        expires_at=min(answer_until, request.ends_at or answer_until),
        # Any later stop (stored revocation) of one of these items ends the request.
        stops=list_stops(by.member, terms.engagement, terms.role, terms.grant),
    )
    return new, terms


def _require_approvers(ports: Ports, terms: RoleTerms) -> None:
    """Raise Conflict if no one could approve a request of the grant's member."""
    policy = terms.policy
    if not policy.allows_requests:
        raise Conflict(Reason.REQUESTS_NOT_ALLOWED)
    if policy.client and not list_client_approvers(ports, policy.engagement):
        raise Conflict(
            Reason.NO_CLIENT_APPROVER,
            "The client has to approve, and has no approver. Ask your lead to name one.",
        )
    if len(terms.approvers - {terms.grant.member}) < policy.people:
        raise Conflict(
            Reason.REQUESTS_NOT_ALLOWED,
            f"The request needs {count_of(policy.people, 'approver')} besides you, but there are"
            " fewer. Ask a lead to name more approvers.",
        )


def _check_times(
    request: CreateAccessRequest, policy: ApprovalPolicy, last_end: datetime, now: datetime
) -> datetime | None:
    """Return when the requested access is to start, or None if it starts with its approval or its
    first use. Raise InvalidRequest for an invalid duration, start or end. `last_end` is the end of
    the member's grant or of the engagement. The caller's clock may differ by 5 seconds."""
    if request.duration is not None:
        if request.starts_at is not None or request.ends_at is not None:
            raise bad_value("duration", "Send a duration, or an end, but not both.")
        _check_length(timedelta(seconds=request.duration), policy, "duration")
        return None
    if request.ends_at is None:
        raise bad_value(
            "ends_at", "Send a duration or an end. Access is always for a limited time."
        )
    starts_at = request.starts_at
    if starts_at is not None and starts_at < now - CLOCK_MARGIN:
        raise bad_value("starts_at", "This start is in the past. Choose a later start.")
    if starts_at is not None and starts_at <= now:
        starts_at = None
    start = starts_at or now
    if request.ends_at <= start:
        raise InvalidRequest(Reason.ENDS_BEFORE_IT_STARTS, field="ends_at")
    if start > now + LONGEST_AHEAD + CLOCK_MARGIN:
        raise bad_value("starts_at", "Access can be requested at most 30 days before it starts.")
    _check_length(request.ends_at - start, policy, "ends_at")
    if request.ends_at > last_end:
        raise bad_value(
            "ends_at",
            f"Your own grant or the engagement lasts until {end_text(last_end)}. Request access"
            " that ends before that.",
        )
    return starts_at


def _check_length(length: timedelta, policy: ApprovalPolicy, field: str) -> None:
    """Raise InvalidRequest if the access is too short or too long."""
    longest = min(timedelta(seconds=policy.longest), LONGEST_ACCESS)
    if length < SHORTEST_ACCESS - CLOCK_MARGIN:
        raise bad_value(field, "Access lasts at least 15 minutes. Request a longer time.")
    if length > longest + CLOCK_MARGIN:
        text = describe_duration(int(longest.total_seconds()))
        raise bad_value(
            field, f"Access to this role can last up to {text}. Request a shorter time."
        )


def _check_ticket(request: CreateAccessRequest, policy: ApprovalPolicy) -> None:
    """Raise InvalidRequest if the ticket is missing, or does not have the policy's form."""
    pattern = policy.ticket_pattern
    if pattern is not None and not matches_pattern(request.ticket, pattern):
        example = pattern.replace("#", "1234")
        problem = "This ticket has a different form." if request.ticket else "Add a ticket."
        raise bad_value("ticket", f"A request needs a ticket, such as {example}. {problem}")


def _require_few_requests(ports: Ports, member: str, now: datetime) -> None:
    """Raise Conflict if the member has 10 undecided requests already, or sent 100 in 24 hours."""
    requests = list_own(ports, member, now - LONGEST_OPEN)
    if sum(each.status_at(now) is RequestStatus.WAITING for each in requests) >= MAX_OPEN_REQUESTS:
        raise Conflict(Reason.TOO_MANY_OPEN_REQUESTS)
    day_ago = now - timedelta(days=1)
    if sum(each.created_at > day_ago for each in requests) >= MAX_REQUESTS_PER_DAY:
        raise Conflict(Reason.DAILY_REQUESTS_USED)
