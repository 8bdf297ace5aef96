"""Read the stored item that a stop is about, and whether it is stopped already."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, member_of_request
from chalicelib.domain.values import I, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.web.stops.targets import Concern, StopScope, StopTarget, build_concern
from chalicelib.usecases.lists import find_token_by_id, select_tokens_ended_with
from chalicelib.usecases.ports import Ports

MAX_TOKENS = 100
"""The tokens of a member that are read. One call reads the stops of so many."""


class StoredTarget(Value, frozen=True, kw_only=True):
    """The present state of what a stop is about."""

    concern: Concern
    """The sessions that the stop is about."""
    stopped_at: datetime | None = None
    """When it was stopped. None if it is not."""
    is_complete: bool = True
    """False if the stop may be about further sessions, of tokens that were not read."""
    block: Block | None = None
    """For everything: the freeze, in force or lifted. None: there never was one."""


def read_stored(ports: Ports, target: StopTarget) -> StoredTarget:
    """Return the present state of the target, with at most three calls to AWS. A session's and a
    client's state are not read here: the trail and the engagements have them.

    Raise NotFound if the target does not exist.
    """
    concern = build_concern(target)
    engagement, member = target.engagement, target.member
    match target.scope:
        case StopScope.TOKEN:
            return _read_token(ports, target)
        case StopScope.GRANT:
            grant = _require(ports.state.get(Grant, engagement, member), Reason.NO_SUCH_GRANT)
            return StoredTarget(concern=concern, stopped_at=grant.revoked_at)
        case StopScope.REQUEST:
            return _read_request(ports, target)
        case StopScope.SESSION | StopScope.MEMBER | StopScope.LEAVE:
            person = _require(ports.state.get(Member, member), Reason.NO_SUCH_MEMBER)
            ends = {
                StopScope.MEMBER: person.suspended_at,
                StopScope.LEAVE: person.left_at,
            }
            return StoredTarget(concern=concern, stopped_at=ends.get(target.scope))
        case StopScope.ROLE:
            role = _require(ports.state.get(Role, engagement, target.role), Reason.NO_SUCH_ROLE)
            return StoredTarget(concern=concern, stopped_at=role.ended_at)
        case StopScope.ENGAGEMENT | StopScope.CLOSE:
            stored = _require(ports.state.get(Engagement, engagement), Reason.NO_SUCH_ENGAGEMENT)
            is_close = target.scope is StopScope.CLOSE
            stopped_at = stored.closed_at if is_close else stored.revoked_at
            return StoredTarget(concern=concern, stopped_at=stopped_at)
        case StopScope.EVERYTHING:
            block = ports.state.get(Block, EVERYTHING)
            is_frozen = block is not None and block.is_in_force
            began_at = block.began_at if block is not None and is_frozen else None
            return StoredTarget(concern=concern, stopped_at=began_at, block=block)
        case StopScope.CLIENT:
            return StoredTarget(concern=concern)


def _require(item: I | None, reason: Reason) -> I:
    if item is None:
        raise NotFound(reason)
    return item


def _read_token(ports: Ports, target: StopTarget) -> StoredTarget:
    """Return the token's state, with the sessions of the tokens that it replaced and of the Slack
    bindings that end with it."""
    page = ports.state.list(Token, limit=MAX_TOKENS, member=target.member)
    token = next((each for each in page.items if each.id == target.token), None)
    concern = build_concern(target)
    if token is None:
        token = find_token_by_id(ports.state, target.member, target.token) if page.cursor else None
        stopped_at = _require(token, Reason.NO_SUCH_TOKEN).revoked_at
        return StoredTarget(concern=concern, stopped_at=stopped_at, is_complete=False)
    others = select_tokens_ended_with(page.items, token.id)
    tokens = frozenset({token.id, *(each.id for each in others)})
    return StoredTarget(
        concern=replace(concern, tokens=tokens),
        stopped_at=token.revoked_at,
        is_complete=not page.cursor,
    )


def _read_request(ports: Ports, target: StopTarget) -> StoredTarget:
    key = member_of_request(target.request), target.request
    request = _require(ports.state.get(AccessRequest, *key), Reason.NO_SUCH_REQUEST)
    opened = ports.state.get(ApprovedGrant, *request.grant_key) if request.number else None
    is_own = opened is not None and request.has_opened(opened)
    stopped_at = opened.revoked_at if opened is not None and is_own else None
    return StoredTarget(concern=build_concern(target), stopped_at=stopped_at)
