"""Vend by an access link: issue the link's session to its bearer.

The bearer counts as the link's member.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, NotFound
from chalicelib.domain.one_time_secrets import IN_URL, secret_id_of
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import ACCESS_LINK_REASONS, Reason, Surface
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.vending.access import Allowed, Denied, SessionRequest
from chalicelib.domain.vending.access_links import PROBLEM_REASONS, AccessLink
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.admission import build_refusal_error
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import SystemActor, record, write
from chalicelib.usecases.vending.facts import (
    build_link_details,
    build_session_refusal_error,
    read_access_facts,
)
from chalicelib.usecases.vending.vend import vend

StartAccess = Callable[[Ports, AccessLink, str], None]
"""Starts the approved access to the link's role that waits for its first use, as the link's member.
The text is the address of the link's bearer."""
LINK_USED_UP = (
    "Your access link cannot be used again. To get another link, type /daypass access … in Slack."
)


def _build_link_bearer(link: AccessLink, address: str) -> SystemActor:
    """Return the link's member as the actor on the trail. `vend` authenticates the member later."""
    return SystemActor(link.member, token_id=secret_id_of(link.token), address=address)


def check_link_without_use(
    ports: Ports, link_text: str
) -> tuple[AccessLink, Allowed, ApprovedGrant | None]:
    """Return the access link, and the decision that its use would get now, without using the link.
    The third value is the approved access whose time would begin with the use, or None.

    Raise NotFound for an unknown link. Raise AccessDenied or Unauthenticated if the link would give
    no session now. Do not record that refusal.
    """
    now = ports.now()
    link = _find_link(ports, link_text)
    reason = _find_refusal_reason(link, ports)
    if reason is not None:
        raise build_refusal_error(reason)
    presented = _build_presented_token(link)
    facts = read_access_facts(ports, presented, link.engagement, link.role)
    decision, grant_to_start = decide_first_use(
        replace(facts, link=link.mark_used(now)), presented, _build_session_request(link), now
    )
    if isinstance(decision, Denied):
        raise build_session_refusal_error(facts, decision.reason)
    return link, decision, grant_to_start


def vend_by_link(
    ports: Ports, link_text: str, *, address: str, start_access: StartAccess
) -> VendedSession:
    """Use the access link, and return its session for the bearer.

    The link is marked as used first, and stays used even if Daypass then refuses the session.
    `start_access` begins the time of approved access, if the session needs that. Raise its errors,
    and the errors of `vend`. Raise AccessDenied for a used, revoked or expired link, and NotFound
    for an unknown one.
    """
    link = _use_link(ports, link_text, address)
    try:
        return _vend(ports, link, address, start_access)
    except DaypassError as error:
        if error.reason in ACCESS_LINK_REASONS:  # this error's text says how to get another link
            raise
        text = f"{error.text(Surface.PAGE)} {LINK_USED_UP}"
        raise type(error)(error.reason, text) from error.__cause__


def _vend(ports: Ports, link: AccessLink, address: str, start_access: StartAccess) -> VendedSession:
    """Vend the used link's session. If approved access waits for its first use, start it with
    `start_access`, and vend again."""
    origin = RequestOrigin(_build_presented_token(link), address)
    request = _build_session_request(link)
    try:
        return vend(ports, origin, link.engagement, request)
    except AccessDenied as error:
        if error.reason is not Reason.ACCESS_NOT_STARTED:
            raise
    start_access(ports, link, address)
    return vend(ports, origin, link.engagement, request)


def _use_link(ports: Ports, link_text: str, address: str) -> AccessLink:
    """Mark the link as used, and return the used link.

    The write is conditional, so only one of several simultaneous requests succeeds. Record the
    refusal of the others.
    """
    link = _find_link(ports, link_text)
    reason = _find_refusal_reason(link, ports)
    if reason is not None:
        raise _record_and_build_refusal_error(ports, link, address, reason)
    used_link = link.mark_used(ports.now())
    action, details = Action.ACCESS_LINK_USE, {"asked_in": link.asked_in}
    try:
        write(ports, _build_link_bearer(link, address), action, (link, used_link), details=details)
    except Conflict:
        link = _find_link(ports, link_text)
        reason = _find_refusal_reason(link, ports) or Reason.CHANGED_MEANWHILE
        raise _record_and_build_refusal_error(ports, link, address, reason) from None
    return used_link


def _find_link(ports: Ports, link_text: str) -> AccessLink:
    """Return the stored link with this secret text. Raise NotFound if it does not exist."""
    link_hash = IN_URL.hash_of(link_text)
    link = ports.state.get(AccessLink, link_hash) if link_hash is not None else None
    if link is None:
        raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
    return link


def _find_refusal_reason(link: AccessLink, ports: Ports) -> Reason | None:
    """Return why the link cannot be used, or None if it can.

    If there are several reasons, return that the link was used: someone else may have used it.
    """
    problem = link.find_problem(ports.now())
    return None if problem is None else PROBLEM_REASONS[problem]


def _record_and_build_refusal_error(
    ports: Ports, link: AccessLink, address: str, reason: Reason
) -> DaypassError:
    """Record the refusal of the link on the trail, and return the error to raise."""
    operation = Operation(
        action=Action.ACCESS_LINK_USE,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=link.engagement,
        role=link.role,
        details=build_link_details(link),
    )
    record(ports, _build_link_bearer(link, address), operation)
    return build_refusal_error(reason)


def _build_presented_token(link: AccessLink) -> PresentedToken:
    """Return the link's token, as if its bearer had presented token and link."""
    return PresentedToken(link.member, link.token, link=link.hash)


def _build_session_request(link: AccessLink) -> SessionRequest:
    """Return the request for the session that the link gives."""
    return SessionRequest(role=link.role, duration=link.duration, reason=link.reason)
