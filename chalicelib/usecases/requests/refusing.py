"""Refuse what someone wants to do with a request, and record that."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, NotFound, Reason
from chalicelib.domain.moments import utc_text
from chalicelib.domain.requests.decisions import RequestContext
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import describe_decision
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record
from chalicelib.usecases.requests.reading import find_request, read_context
from chalicelib.usecases.vending.facts import build_session_refusal_error

CONFLICTS = frozenset(
    {
        Reason.REQUEST_DECIDED,
        Reason.REQUEST_EXPIRED,
        Reason.REQUEST_ENDED,
        Reason.ALREADY_APPROVED_BY_YOU,
        Reason.ACCESS_ALREADY_OPEN,
        Reason.NO_OPEN_ACCESS,
        Reason.TOO_MANY_APPROVED_GRANTS,
        Reason.EMERGENCY_UNCONFIRMED,
        Reason.EMERGENCY_CONFIRMED,
        Reason.NOT_AN_EMERGENCY,
    }
)
"""The reasons that follow from the current state, not from a rule about the caller. They are not on
the trail."""


def require_request(
    ports: Ports, by: Actor, action: Action, request_id: str, *, member: str = ""
) -> AccessRequest:
    """Return the request with this ID, which must be this member's if `member` is given. If there
    is none, record that, and raise NotFound."""
    request = find_request(ports, request_id)
    if request is None or member not in ("", request.member):
        raise refuse(ports, by, action, Reason.NO_SUCH_REQUEST, request or request_id)
    return request


def require_visible(
    ports: Ports,
    by: Actor,
    action: Action,
    request_id: str,
    may_see: Callable[[RequestContext], bool],
    *,
    engagement: str = "",
) -> RequestContext:
    """Return the request with its context. If there is none, or the caller may not know of it,
    record that, and raise NotFound in the same way. With `engagement`, the entry names this
    engagement and the ID only: it must not name the engagement that the request belongs to."""
    request = find_request(ports, request_id)
    if request is not None:
        context = read_context(ports, request)
        if may_see(context):
            return context
    target = request_id if engagement else request or request_id
    raise refuse(ports, by, action, Reason.NO_SUCH_REQUEST, target, engagement=engagement)


def build_problem(
    reason: Reason, request: AccessRequest | None = None, detail: str = ""
) -> DaypassError:
    """Return the error for this reason. If the request was decided or has expired, or a lead has
    confirmed its emergency, the error says who did it and when."""
    if request is not None and reason is Reason.REQUEST_DECIDED:
        detail = describe_decision(request)
    if request is not None and reason is Reason.REQUEST_EXPIRED:
        detail = (
            f"This request expired on {utc_text(request.expires_at)}, before anyone decided on it."
            f" {request.member} can send a new request."
        )
    if request is not None and request.confirmed_at and reason is Reason.EMERGENCY_CONFIRMED:
        at = utc_text(request.confirmed_at)
        detail = f"{request.confirmed_by} confirmed this emergency on {at}."
    if reason is Reason.NO_SUCH_REQUEST:
        return NotFound(reason)
    return Conflict(reason, detail) if reason in CONFLICTS else AccessDenied(reason, detail)


def refuse(
    ports: Ports,
    by: Actor,
    action: Action,
    reason: Reason,
    request: AccessRequest | str,
    *,
    engagement: str = "",
    detail: str = "",
) -> DaypassError:
    """Record the refusal of a decision about the request, or about an ID that no request has, and
    return the error to raise. A Conflict is not recorded, because it follows from the request's
    state. If no request has the ID, the entry belongs to `engagement`. `detail` replaces the
    reason's sentence."""
    stored = None if isinstance(request, str) else request
    error = build_problem(reason, stored, detail)
    if isinstance(error, Conflict):  # the reason is one of CONFLICTS
        return error
    details = {"request": request if isinstance(request, str) else request.id}
    target = Target(engagement=engagement, details=details)
    if stored is not None:
        target = Target(
            engagement=stored.engagement, role=stored.role, member=stored.member, details=details
        )
    record(ports, by, build_refusal(action, reason, target))
    return error


def refuse_new(
    ports: Ports, by: Actor, action: Action, facts: AccessFacts, target: Target, reason: Reason
) -> DaypassError:
    """Record that the member may not request access to this role, or not open it themself. Return
    the error to raise."""
    target = target.for_trail(engagement_exists=facts.engagement is not None)
    record(ports, by, build_refusal(action, reason, target))
    return build_role_error(facts, reason)


def build_role_error(facts: AccessFacts, reason: Reason) -> DaypassError:
    """Return the error for someone who may not get access to this role for this reason."""
    if reason in CONFLICTS:
        return build_problem(reason)
    return build_session_refusal_error(facts, reason)
