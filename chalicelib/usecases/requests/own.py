"""Withdraw a request, and start, give back or revoke the access that it opened."""

from __future__ import annotations

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, Reason
from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.requests.decisions import find_opening_problem, find_status_problem
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import ANY_REASON, Denied, SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.first_use import decide_first_use, find_grant_to_start
from chalicelib.domain.vending.sessions import Revocation, Session
from chalicelib.usecases.admission import EVERYONE, Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.requests.reading import read_facts, read_view
from chalicelib.usecases.requests.refusing import refuse, require_request
from chalicelib.usecases.vending.facts import build_session_refusal_error, read_access_facts
from chalicelib.usecases.vending.revoking import revoke_approved_grant
from chalicelib.usecases.vending.sessions import list_sessions


def withdraw_request(ports: Ports, caller: Caller, request: str) -> RequestView:
    """Withdraw the caller's own request, and return it. Withdrawing it again changes nothing. Raise
    NotFound if the caller has no such request, and Conflict if it was decided or has expired."""

    def attempt(by: Caller) -> RequestView:
        action, now = Action.REQUEST_WITHDRAW, ports.now()
        stored = require_request(ports, by, action, request, member=by.member.id)
        if stored.status is RequestStatus.WITHDRAWN:
            return read_view(ports, stored)
        problem = find_status_problem(stored, now)
        if problem is not None:
            raise refuse(ports, by, action, problem, stored)
        withdrawn = stored.decided(RequestStatus.WITHDRAWN, by.member.id, now)
        write(ports, by, action, (stored, withdrawn))
        return read_view(ports, withdrawn)

    return retry_on_conflict(ports, caller, attempt)


def start_access(ports: Ports, caller: Caller, request: str) -> RequestView:
    """Start the access that the caller's own request opened, and return the request. The access
    then lasts for its duration. If it has started, or has a fixed start, change nothing, even if
    the access is over by now.

    Raise NotFound if the caller has no such request. Raise Conflict if it opened no access, if its
    access can no longer give sessions, or if the last moment for the start (`ends_at`, until then)
    has passed. Raise AccessDenied if the access was revoked, or while access is frozen or paused:
    its time must not pass then.
    """

    def attempt(by: Caller) -> RequestView:
        action, now = Action.REQUEST_START, ports.now()
        stored = require_request(ports, by, action, request, member=by.member.id)
        facts = read_facts(ports, stored.member, stored.engagement, stored.role)
        opened = next(filter(stored.has_opened, facts.approved_grants), None)
        problem: Reason | None = None
        if opened is None:
            problem = Reason.NO_OPEN_ACCESS
        elif opened.revoked_at is not None:
            problem = Reason.APPROVAL_REVOKED
        elif opened.needs_start:
            problem = find_opening_problem(stored, facts, now)
            if problem is None and now >= opened.ends_at:
                problem = Reason.NO_OPEN_ACCESS
            if problem is None:
                # This write fails if someone has changed the grant meanwhile, so access starts only
                # once. It needs no condition on stops: every vend reads the stops too, so a stop
                # that is stored meanwhile ends the access although it has started.
                write(ports, by, action, (opened, opened.started(now)))
        if problem is not None:
            raise refuse(ports, by, action, problem, stored)
        return read_view(ports, stored)

    return retry_on_conflict(ports, caller, attempt)


def start_access_of_link(ports: Ports, link: AccessLink, address: str) -> None:
    """Start, as the link's member, the approved access to the link's role. Without approved access
    that has not started, change nothing: the vend that follows decides. `address` is the browser's
    IP address.

    Raise the errors of `start_access`. Raise Unauthenticated or AccessDenied if the link's token is
    no longer valid.
    """
    origin = RequestOrigin(PresentedToken(link.member, link.token), address)
    target = Target(engagement=link.engagement, role=link.role)
    caller = admit(ports, origin, EVERYONE, Action.REQUEST_START, target=target)
    start_waiting_access(ports, caller, link.engagement, link.role)


def start_waiting_access(ports: Ports, caller: Caller, engagement: str, role: str) -> None:
    """Start the caller's approved access to the role. If none waits for its start, change nothing.
    Raise the errors of `start_access`."""
    facts = read_facts(ports, caller.member.id, engagement, role)
    grant = find_grant_to_start(facts, ports.now())
    if grant is not None:
        start_access(ports, caller, grant.request)


def revoke_request(ports: Ports, lead: Caller, request: str, *, why: str) -> Revocation:
    """Revoke the access that the request opened, and return its sessions that may be active. If it
    was revoked before, return its sessions again. Cut off these sessions, and no others of the
    member.

    Raise NotFound if there is no such request. Raise Conflict if it opened no access, or the access
    is over.
    """
    return _revoke(ports, lead, request, {"said": why})


def end_own_access(ports: Ports, caller: Caller, request: str) -> Revocation:
    """Give back the access that the caller's own request opened, and return its sessions that may
    be active. Do the same, and raise the same errors, as `revoke_request`."""
    return _revoke(ports, caller, request, {}, member=caller.member.id)


def _revoke(
    ports: Ports, by: Caller, request: str, details: dict[str, str], *, member: str = ""
) -> Revocation:
    stored = require_request(ports, by, Action.REQUEST_REVOKE, request, member=member)
    if not stored.number:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    return revoke_approved_grant(ports, by, stored.grant_key, stored.id, details)


class SessionOffer(Value):
    """The terms of the session that the caller would get now."""

    engagement: Engagement
    role: Role
    longest: int
    """The session's longest duration, in seconds."""
    starts: ApprovedGrant | None
    """The approved access whose time begins with the session. None if none waits."""


def read_session_offer(
    ports: Ports, presented: PresentedToken, engagement: str, role: str
) -> SessionOffer:
    """Return the terms of the session that the presented token would get now. Raise the error that
    a vend would raise, but record nothing on the trail."""
    facts = read_access_facts(ports, presented, engagement, role)
    request = SessionRequest(role=role, reason=ANY_REASON)
    decision, grant_to_start = decide_first_use(facts, presented, request, ports.now())
    if isinstance(decision, Denied):
        raise build_session_refusal_error(facts, decision.reason)
    if facts.engagement is None or facts.role is None:
        raise AssertionError("a session is allowed only in an engagement, of a role")
    return SessionOffer(
        engagement=facts.engagement,
        role=facts.role,
        longest=decision.terms.duration,
        starts=grant_to_start,
    )


def find_own_session(ports: Ports, caller: Caller, session: str) -> Session:
    """Return the caller's session with this ID that may be active, even if they gave it back. Raise
    NotFound if it is not among their latest ones."""
    page = list_sessions(ports, member=caller.member.id, limit=300, with_given_back=True)
    for each in page.items:
        if each.vend == session:
            return each
    raise NotFound(Reason.NO_SUCH_SESSION)
