"""Vend by an access link. Until it is used, its bearer counts as its member."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, NotFound
from chalicelib.domain.one_time_secrets import IN_URL, secret_id_of
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import ACCESS_LINK_REASONS, Reason, Surface
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.vending.access import Allowed, Denied, SessionRequest, decide
from chalicelib.domain.vending.access_links import PROBLEM_REASONS, AccessLink
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.admission import refusal
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import SystemActor, record, write
from chalicelib.usecases.vending.facts import link_details, read_access_facts, refused_by
from chalicelib.usecases.vending.vend import vend

USED_UP = "Your access link is used up. Type /daypass access … in Slack for another."


def _link_bearer(link: AccessLink, address: str) -> SystemActor:
    """Return the actor for the trail: the link's member. The vend authenticates them."""
    return SystemActor(link.member, token_id=secret_id_of(link.token), address=address)


def look_at_link(ports: Ports, text: str) -> tuple[AccessLink, Allowed]:
    """Return the link, and the session that it would give now, without using the link.

    NotFound for an unknown link; AccessDenied or Unauthenticated, not recorded, if it would give no
    session.
    """
    now = ports.now()
    link = _find_link(ports, text)
    reason = _refusal_reason(link, ports)
    if reason is not None:
        raise refusal(reason)
    presented = _presented(link)
    facts = read_access_facts(ports, presented, link.engagement, link.role)
    decision = decide(replace(facts, link=link.mark_used(now)), presented, _request(link), now)
    if isinstance(decision, Denied):
        raise refused_by(facts, decision.reason)
    return link, decision


def vend_by_link(ports: Ports, text: str, *, address: str) -> VendedSession:
    """Use the link, and vend its session to the bearer.

    Raises what `vend` raises; AccessDenied for a link that is used, revoked or expired; and
    NotFound for an unknown one. The use is recorded first, and stays even if the vend fails.
    """
    link = _redeem(ports, text, address)
    try:
        return vend(
            ports, RequestOrigin(_presented(link), address), link.engagement, _request(link)
        )
    except DaypassError as error:
        if error.reason in ACCESS_LINK_REASONS:  # its sentence says how to get another link
            raise
        text = f"{error.text(Surface.PAGE)} {USED_UP}"
        raise type(error)(error.reason, text) from error.__cause__


def _redeem(ports: Ports, text: str, address: str) -> AccessLink:
    """Mark the link as used, and return it. The conditional write lets only one bearer succeed."""
    link = _find_link(ports, text)
    reason = _refusal_reason(link, ports)
    if reason is not None:
        raise _record_refusal(ports, link, address, reason)
    used = link.mark_used(ports.now())
    action, details = Action.ACCESS_LINK_USE, {"asked_in": link.asked_in}
    try:
        write(ports, _link_bearer(link, address), action, (link, used), details=details)
    except Conflict:
        link = _find_link(ports, text)
        reason = _refusal_reason(link, ports) or Reason.CHANGED_MEANWHILE
        raise _record_refusal(ports, link, address, reason) from None
    return used


def _find_link(ports: Ports, text: str) -> AccessLink:
    link_hash = IN_URL.hash_of(text)
    link = ports.state.get(AccessLink, link_hash) if link_hash is not None else None
    if link is None:
        raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
    return link


def _refusal_reason(link: AccessLink, ports: Ports) -> Reason | None:
    """Return why the link cannot be used. Earlier use, perhaps by someone else, comes first."""
    problem = link.problem(ports.now())
    return None if problem is None else PROBLEM_REASONS[problem]


def _record_refusal(ports: Ports, link: AccessLink, address: str, reason: Reason) -> DaypassError:
    operation = Operation(
        action=Action.ACCESS_LINK_USE,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=link.engagement,
        role=link.role,
        details=link_details(link),
    )
    record(ports, _link_bearer(link, address), operation)
    return refusal(reason)


def _presented(link: AccessLink) -> PresentedToken:
    return PresentedToken(link.member, link.token, link=link.hash)


def _request(link: AccessLink) -> SessionRequest:
    return SessionRequest(role=link.role, duration=link.duration, reason=link.reason)
