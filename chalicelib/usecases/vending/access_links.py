"""Access links: make one for whoever asks in Slack, and revoke one."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller, Denied
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Secret, Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import Wish, decide
from chalicelib.domain.vending.access_links import LIFE, AccessLink
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.deciding import aim_of, read_facts, refused
from chalicelib.usecases.vending.stopping import Order, revoke


class NewAccessLink(Thing, frozen=True):
    """A link at the one moment at which the text is known that makes it unguessable."""

    link: AccessLink
    text: Secret[str]


def make_access_link(
    ports: Ports, asking: Asking, engagement: str, wish: Wish, *, asked_in: str
) -> NewAccessLink:
    """Return a link that vends this session to whoever has it, once and within five minutes.

    Unrecognised or AccessDenied if it would not now; all is decided again when the link is used.
    """
    now = ports.now()
    text, kept = IN_URL.make(ports.random)
    link = AccessLink(
        hash=kept,
        member=asking.presented.member,
        token=asking.presented.hash,
        engagement=engagement,
        role=wish.role,
        duration=wish.duration,
        reason=wish.reason,
        asked_in=asked_in,
        created_at=now,
        expires_at=now + LIFE,
    )
    facts = read_facts(ports, asking.presented, engagement, wish.role)
    as_if_used = replace(facts, link=link.used(now))
    decision = decide(as_if_used, replace(asking.presented, link=kept), wish, now)
    if isinstance(decision, Denied):
        action, reason = Action.ACCESS_LINK_CREATE, decision.reason
        raise refused(ports, asking, action, facts, aim_of(engagement, wish), reason)
    by = replace(decision.caller, address=asking.address)
    details = {"duration": str(decision.terms.duration), "said": wish.reason}
    write(ports, by, Action.ACCESS_LINK_CREATE, (None, link), details=details)
    return NewAccessLink(link, text)


def revoke_access_link(ports: Ports, by: Caller, hash: str, *, why: str = "") -> Revocation:
    """Revoke the link: no vend that came by it hands anything over. Revoking again answers the
    same.

    For its member and for leads; NotFound for anybody else.
    """

    def find() -> Order:
        link = ports.state.get(AccessLink, hash)
        if link is None or (by.member.id != link.member and by.member.kind is not Kind.LEAD):
            raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
        details = {"asked_in": link.asked_in, "said": why}
        return Order(link, Action.ACCESS_LINK_REVOKE, details)

    return revoke(ports, by, find)
