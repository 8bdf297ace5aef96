"""Create and revoke access links. With such a link, a member gets a session requested in Slack."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.access import Denied, SessionRequest
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.facts import (
    build_session_target,
    read_access_facts,
    record_and_build_refusal_error,
)
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke


class NewAccessLink(Value, kw_only=False):
    """A new access link, and the secret text of its URL. Only a hash of the text is stored."""

    link: AccessLink
    text: Secret[str]
    starts: ApprovedGrant | None = None
    """The approved access whose time begins when the link is used. None if none waits for that."""


def make_access_link(
    ports: Ports, origin: RequestOrigin, engagement: str, request: SessionRequest, *, asked_in: str
) -> NewAccessLink:
    """Return a new link that gives its bearer this session, once and within five minutes.

    `asked_in` is the place in Slack where the member requested the session. Raise Unauthenticated
    or AccessDenied if Daypass would refuse the session now. Daypass decides again when the link is
    used. The result's `starts` is the approved access whose time will begin with that use, or None.
    """
    now = ports.now()
    link_text, link_hash = IN_URL.new_secret(ports.random)
    link = AccessLink(
        hash=link_hash,
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
    # Decide as for the later use of the link, which marks the link as used before it decides.
    facts_with_used_link = replace(facts, link=link.mark_used(now))
    decision, grant_to_start = decide_first_use(
        facts_with_used_link, replace(origin.presented, link=link_hash), request, now
    )
    if isinstance(decision, Denied):
        action, reason = Action.ACCESS_LINK_CREATE, decision.reason
        raise record_and_build_refusal_error(
            ports, origin, action, facts, build_session_target(engagement, request), reason
        )
    by = replace(decision.caller, address=origin.address)
    details = {"duration": str(decision.terms.duration), "said": request.reason}
    write(ports, by, Action.ACCESS_LINK_CREATE, (None, link), details=details)
    return NewAccessLink(link, link_text, grant_to_start)


def revoke_access_link(ports: Ports, by: Caller, hash: str, *, why: str = "") -> Revocation:
    """Revoke the access link with this hash, and return the sessions from it that may be active.

    Raise NotFound if the link does not exist, or if the caller is neither a lead nor the link's
    member.
    """

    def find_order() -> RevocationOrder:
        link = ports.state.get(AccessLink, hash)
        if link is None or (by.member.id != link.member and by.member.kind is not Kind.LEAD):
            raise NotFound(Reason.ACCESS_LINK_UNKNOWN)
        details = {"asked_in": link.asked_in, "said": why}
        return RevocationOrder(link, Action.ACCESS_LINK_REVOKE, details)

    return revoke(ports, by, find_order)
