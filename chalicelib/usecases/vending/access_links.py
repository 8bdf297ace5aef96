"""Create access links for members in Slack, and revoke them."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.access import Denied, SessionRequest, decide
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.facts import read_access_facts, record_refusal_of_vend, target_of
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke


class NewAccessLink(Value, frozen=True):
    """A new link with its text, which is not stored."""

    link: AccessLink
    text: Secret[str]


def make_access_link(
    ports: Ports, origin: RequestOrigin, engagement: str, request: SessionRequest, *, asked_in: str
) -> NewAccessLink:
    """Return a link that vends this session to its bearer, once and within five minutes.

    Unauthenticated or AccessDenied if a vend would be refused now. Using the link decides again.
    """
    now = ports.now()
    text, kept = IN_URL.new_secret(ports.random)
    link = AccessLink(
        hash=kept,
        member=origin.presented.member,
        token=origin.presented.hash,
        engagement=engagement,
        role=request.role,
        duration=request.duration,
        reason=request.reason,
        asked_in=asked_in,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    facts = read_access_facts(ports, origin.presented, engagement, request.role)
    as_if_used = replace(facts, link=link.mark_used(now))
    decision = decide(as_if_used, replace(origin.presented, link=kept), request, now)
    if isinstance(decision, Denied):
        action, reason = Action.ACCESS_LINK_CREATE, decision.reason
        raise record_refusal_of_vend(
            ports, origin, action, facts, target_of(engagement, request), reason
        )
    by = replace(decision.caller, address=origin.address)
    details = {"duration": str(decision.terms.duration), "said": request.reason}
    write(ports, by, Action.ACCESS_LINK_CREATE, (None, link), details=details)
    return NewAccessLink(link, text)


def revoke_access_link(ports: Ports, by: Caller, hash: str, *, why: str = "") -> Revocation:
    """Revoke the link, and withhold its open vends. Revoking it again returns the same.

    For its member and for leads; NotFound for others.
    """

    def find() -> RevocationOrder:
        link = ports.state.get(AccessLink, hash)
        if link is None or (by.member.id != link.member and by.member.kind is not Kind.LEAD):
            raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
        details = {"asked_in": link.asked_in, "said": why}
        return RevocationOrder(link, Action.ACCESS_LINK_REVOKE, details)

    return revoke(ports, by, find)
