"""Read the stored item that a stop is about, and whether it is stopped already."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, request_of_stop
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, member_of_request
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import I, ItemKey, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.web.stops.records import StopRecord, build_record
from chalicelib.domain.web.stops.targets import Concern, StopScope, StopTarget, build_concern
from chalicelib.usecases.lists import find_token_by_id, pick, select_tokens_ended_with
from chalicelib.usecases.ports import Ports

MAX_TOKENS = 100
"""The tokens of a member that are read. One call reads the stops of so many."""


class StoredTarget(Value, frozen=True, kw_only=True):
    """The present state of what a stop is about."""

    concern: Concern
    """The sessions that the stop is about."""
    record: StopRecord | None = None
    """The last stop. None: it was never stopped."""
    left_at: datetime | None = None
    """When Daypass recorded that the member left the firm."""
    has_led: bool = False
    """True if the member leads or has led."""
    is_complete: bool = True
    """False if the stop may be about further sessions, of tokens that were not read."""
    block: Block | None = None
    """For everything: the freeze, in force or lifted. None: there never was one."""

    @property
    def stopped_at(self) -> datetime | None:
        """Return when it was stopped. None if it is not stopped now."""
        return self.record.at if self.record is not None and self.record.is_in_force else None


def read_stored(ports: Ports, target: StopTarget) -> StoredTarget:
    """Return the present state of the target, with at most three calls to AWS. A session's and a
    client's state are not read here: the trail and the engagements have them.

    Raise NotFound if the target does not exist.
    """
    concern = build_concern(target)
    engagement, member, role = target.engagement, target.member, target.role
    match target.scope:
        case StopScope.TOKEN:
            return _read_token(ports, target)
        case StopScope.GRANT:
            record = _read(ports, Grant, (engagement, member), Action.GRANT_REVOKE)[1]
        case StopScope.REQUEST:
            record = _read_request(ports, target)
        case StopScope.SESSION:
            _require(ports.state.get(Member, member), Reason.NO_SUCH_MEMBER)
            record = None
        case StopScope.MEMBER | StopScope.LEAVE:
            person, record = _read(ports, Member, (member,), Action.MEMBER_REVOKE)
            return StoredTarget(
                concern=concern,
                record=record,
                left_at=person.left_at,
                has_led=person.has_ever_led,
            )
        case StopScope.ROLE:
            record = _read(ports, Role, (engagement, role), Action.ROLE_END)[1]
        case StopScope.ENGAGEMENT:
            record = _read(ports, Engagement, (engagement,), Action.ENGAGEMENT_REVOKE)[1]
        case StopScope.CLOSE:
            record = _read(ports, Engagement, (engagement,), Action.ENGAGEMENT_CLOSE)[1]
        case StopScope.EVERYTHING:
            return _read_freeze(ports, concern)
        case StopScope.CLIENT:
            record = None
    return StoredTarget(concern=concern, record=record)


_MISSING = {
    Grant: Reason.NO_SUCH_GRANT,
    Member: Reason.NO_SUCH_MEMBER,
    Role: Reason.NO_SUCH_ROLE,
    Engagement: Reason.NO_SUCH_ENGAGEMENT,
}
S = TypeVar("S", bound=Stoppable)


def _read(ports: Ports, kind: type[S], key: ItemKey, action: Action) -> tuple[S, StopRecord | None]:
    """Return the item and its stop by this action, in one call."""
    stop_key = kind.__name__, *key
    items = ports.state.get_together([(kind, key), (Stop, stop_key)])
    item = _require(pick(items, kind, *key), _MISSING[kind])
    return item, build_record(item, pick(items, Stop, *stop_key), action)


def _require(item: I | None, reason: Reason) -> I:
    if item is None:
        raise NotFound(reason)
    return item


def _read_freeze(ports: Ports, concern: Concern) -> StoredTarget:
    block = ports.state.get(Block, EVERYTHING)
    if block is None:
        return StoredTarget(concern=concern)
    record = StopRecord(
        at=block.began_at,
        by=block.began_by,
        reason=block.reason,
        is_finished=block.is_finished,
        is_in_force=block.is_in_force,
    )
    return StoredTarget(concern=concern, record=record, block=block)


def _read_token(ports: Ports, target: StopTarget) -> StoredTarget:
    """Return the token's state, with the sessions of the tokens that it replaced and of the Slack
    bindings that end with it."""
    page = ports.state.list(Token, limit=MAX_TOKENS, member=target.member)
    token = next((each for each in page.items if each.id == target.token), None)
    concern = build_concern(target)
    if token is not None:
        others = select_tokens_ended_with(page.items, token.id)
        tokens = frozenset({token.id, *(each.id for each in others)})
        concern = replace(concern, tokens=tokens)
    elif page.cursor:
        token = find_token_by_id(ports.state, target.member, target.token)
    token = _require(token, Reason.NO_SUCH_TOKEN)
    stop = ports.state.get(Stop, *token.stop_key) if token.revoked_at is not None else None
    return StoredTarget(
        concern=concern,
        record=build_record(token, stop, Action.TOKEN_REVOKE),
        is_complete=not page.cursor,
    )


def _read_request(ports: Ports, target: StopTarget) -> StopRecord | None:
    key = member_of_request(target.request), target.request
    request = _require(ports.state.get(AccessRequest, *key), Reason.NO_SUCH_REQUEST)
    if not request.number:
        return None
    stop_key = ApprovedGrant.__name__, *request.grant_key
    items = ports.state.get_together([(ApprovedGrant, request.grant_key), (Stop, stop_key)])
    opened = pick(items, ApprovedGrant, *request.grant_key)
    if opened is None or not request.has_opened(opened):
        return None
    stop = pick(items, Stop, *stop_key)
    is_own = stop is not None and request_of_stop(stop) in ("", request.id)
    return build_record(opened, stop if is_own else None, Action.REQUEST_REVOKE)
