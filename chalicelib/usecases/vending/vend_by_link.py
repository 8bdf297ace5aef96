"""Vend by an access link: for whoever has it, who counts as its member until it has been used."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, NotFound
from chalicelib.domain.one_time_secrets import IN_URL, id_of
from chalicelib.domain.people.authentication import AuthenticationFailure
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import ACCESS_LINK_REASONS, Reason, Surface
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.vending.access import Allowed, SessionRequest, decide
from chalicelib.domain.vending.access_links import PROBLEM_REASONS, AccessLink
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.admission import refusal
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import SystemActor, record, write
from chalicelib.usecases.vending.facts import link_details, read_access_facts, refused_by
from chalicelib.usecases.vending.vend import vend

USED_UP = "Your access link is used up. Type /daypass access … in Slack for another."


def _link_bearer(link: AccessLink, address: str) -> SystemActor:
    """Whoever has the link: its member, as far as anybody knows. The vend recognises them."""
    return SystemActor(link.member, token_id=id_of(link.token), address=address)


def look_at_link(ports: Ports, text: str) -> tuple[AccessLink, Allowed]:
    """Return the link, and what it would give now. However often somebody looks, it is not used.

    NotFound for an unknown link; AccessDenied or Unrecognised, unrecorded, if it would give
    nothing.
    """
    now = ports.now()
    link = _find_link(ports, text)
    fault = _fault_of(link, ports)
    if fault is not None:
        raise refusal(fault)
    presented = _presented(link)
    facts = read_access_facts(ports, presented, link.engagement, link.role)
    decision = decide(replace(facts, link=link.used(now)), presented, _wish(link), now)
    if isinstance(decision, AuthenticationFailure):
        raise refused_by(facts, decision.reason)
    return link, decision


def vend_by_link(ports: Ports, text: str, *, address: str) -> VendedSession:
    """Vend the link's session to whoever has it, if nobody was before them.

    As `vend`, and AccessDenied for a link that is not good any more, NotFound for an unknown one.
    The link is used up first, on record, whatever becomes of the vend.
    """
    link = _redeem(ports, text, address)
    try:
        return vend(ports, RequestOrigin(_presented(link), address), link.engagement, _wish(link))
    except DaypassError as error:
        if error.reason in ACCESS_LINK_REASONS:  # its sentence says how to get another link
            raise
        text = f"{error.text(Surface.PAGE)} {USED_UP}"
        raise type(error)(error.reason, text) from error.__cause__


def _redeem(ports: Ports, text: str, address: str) -> AccessLink:
    """The link, used now: by one conditional write, so that of several only one has it."""
    link = _find_link(ports, text)
    fault = _fault_of(link, ports)
    if fault is not None:
        raise _refused(ports, link, address, fault)
    used = link.used(ports.now())
    action, details = Action.ACCESS_LINK_USE, {"asked_in": link.asked_in}
    try:
        write(ports, _link_bearer(link, address), action, (link, used), details=details)
    except Conflict:
        link = _find_link(ports, text)
        fault = _fault_of(link, ports) or Reason.CHANGED_MEANWHILE
        raise _refused(ports, link, address, fault) from None
    return used


def _find_link(ports: Ports, text: str) -> AccessLink:
    kept = IN_URL.hash_of(text)
    link = ports.state.get(AccessLink, kept) if kept is not None else None
    if link is None:
        raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
    return link


def _fault_of(link: AccessLink, ports: Ports) -> Reason | None:
    """Why the link is not to be used. That it was is said first: it may have been somebody else."""
    problem = link.problem(ports.now())
    return None if problem is None else PROBLEM_REASONS[problem]


def _refused(ports: Ports, link: AccessLink, address: str, reason: Reason) -> DaypassError:
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


def _wish(link: AccessLink) -> SessionRequest:
    return SessionRequest(role=link.role, duration=link.duration, reason=link.reason)
