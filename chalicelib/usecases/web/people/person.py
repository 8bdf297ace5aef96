"""Read the page of one member, in at most seven calls to AWS however much there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.emergencies import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, earliest_id_since
from chalicelib.domain.stops import Stop
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.domain.vending.session_states import SessionState, describe_sessions
from chalicelib.usecases.lists import PAGE_SIZE, pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.ask import LONGEST_OPEN
from chalicelib.usecases.web.parts import KEYS_PER_CALL, count_keys, read_part
from chalicelib.usecases.web.people.access import GrantAccess, GrantFacts, describe_grant
from chalicelib.usecases.web.people.tokens import (
    CodeStatus,
    TokenStatus,
    cut_token_page,
    describe_code,
    describe_tokens,
    may_work,
)
from chalicelib.usecases.web.people.uses import Uses, read_uses
from chalicelib.usecases.web.role_cut_offs import list_cut_off_keys, pick_cut_offs

GRANTS_PER_PAGE = 25
TOKENS_READ = 100
MOST_CUT_OFFS = 25
"""The roles of live sessions whose cut-offs are read, those with sessions that end last first."""
MORE_THAN_LONGEST_OPEN = LONGEST_OPEN + timedelta(days=1)


class GrantsPart(Value, frozen=True, kw_only=True):
    """A page of a member's grants."""

    current: tuple[GrantAccess, ...]
    """Current and upcoming grants, by engagement."""
    ended: tuple[Grant, ...]
    cursor: str
    """The cursor of the next page. Empty on the last."""


class TokensPart(Value, frozen=True, kw_only=True):
    """A page of a member's tokens, identities and Slack bindings, those that work first."""

    tokens: tuple[TokenStatus, ...]
    cursor: str

    @property
    def working(self) -> tuple[TokenStatus, ...]:
        return tuple(token for token in self.tokens if token.works)

    @property
    def ended(self) -> tuple[TokenStatus, ...]:
        return tuple(token for token in self.tokens if not token.works)


class PersonPage(Value, frozen=True, kw_only=True):
    """A member, and what their page shows. A part is None if it could not be read."""

    member: Member
    grants: GrantsPart | None
    tokens: TokensPart | None
    uses: Uses | None
    states: Mapping[str, SessionState]
    """The state of each session that may be alive, by its ID."""
    requests: tuple[AccessRequest, ...] | None
    """Their requests that wait for a decision, the oldest first."""
    unreviewed_emergency: str
    """The ID of the request of their emergency that no lead has reviewed. Empty if there is
    none."""
    code: CodeStatus | None
    """Their last enrolment code. None if they never had one."""

    @property
    def was_lead(self) -> bool:
        """Return whether they led, and do so no more: their changes may need a look."""
        is_lead = self.member.kind is Kind.LEAD and self.member.suspended_at is None
        return self.member.has_ever_led and not is_lead


def read_person(
    ports: Ports, member: str, *, grants_cursor: str = "", tokens_cursor: str = ""
) -> PersonPage:
    """Return the page of the member. Raise NotFound if no such member exists.

    A part whose list could not be read is None. Raise Unavailable if nothing could be read.
    """
    now, state = ports.now(), ports.state
    since = earliest_id_since(member, now - MORE_THAN_LONGEST_OPEN)
    uses = read_part(lambda: read_uses(ports, member))
    grants = read_part(
        lambda: state.list_without_stops(
            Grant, member=member, limit=GRANTS_PER_PAGE, cursor=grants_cursor
        )
    )
    approved = read_part(
        lambda: state.list_without_stops(
            ApprovedGrant, member=member, limit=PAGE_SIZE, cursor=grants_cursor
        )
    )
    tokens = read_part(
        lambda: cut_token_page(
            state.list_without_stops(Token, member=member, limit=TOKENS_READ, cursor=tokens_cursor),
            now,
        )
    )
    requests = read_part(
        lambda: state.list(AccessRequest, member=member, limit=PAGE_SIZE, cursor=since)
    )
    alive = uses.alive if uses is not None else ()
    keys = [*_keys_of_member(member), *_keys_of_tokens(tokens, now)]
    keys += list_cut_off_keys(alive, MOST_CUT_OFFS)
    # The search of the trail may have taken a call more, if it did not read everything.
    max_keys = KEYS_PER_CALL if uses is not None and uses.has_more else 2 * KEYS_PER_CALL
    if grants is not None and approved is not None:
        budget = max_keys - sum(map(count_keys, keys))
        grants = cut_grant_page(grants, approved.items, now, budget)
        keys += _limit_keys(_keys_of_grants(grants.items, approved.items, now), budget)
    items = state.get_together(dict.fromkeys(keys))
    stored = pick(items, Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    lock = pick(items, EmergencyLock, member)
    return PersonPage(
        member=stored,
        grants=None
        if grants is None or approved is None
        else _build_grants(stored, grants, approved.items, items, uses, now),
        tokens=None
        if tokens is None
        else TokensPart(
            tokens=describe_tokens(stored, tokens.items, items, now), cursor=tokens.cursor
        ),
        uses=uses,
        states=describe_sessions(alive, pick_cut_offs(items)),
        requests=None
        if requests is None
        else tuple(r for r in requests.items if r.status_at(now) is RequestStatus.PENDING),
        unreviewed_emergency=lock.request or "" if lock is not None else "",
        code=describe_code(pick(items, Enrolment, member), stored, pick(items, Leads), now),
    )


def _keys_of_member(member: str) -> list[MixedKey]:
    return [
        (Member, (member,)),
        (Enrolment, (member,)),
        (EmergencyLock, (member,)),
        (Leads, ()),
        (Block, (EVERYTHING,)),
    ]


def _keys_of_tokens(tokens: Page[Token] | None, now: datetime) -> Iterator[MixedKey]:
    """Yield the keys of the stops of tokens that are valid as they are stored. Their list is
    consistent, so the tokens themselves need no second read."""
    for token in () if tokens is None else tokens.items:
        if may_work(token, now):
            yield Stop, token.stop_key


def _keys_of_grants(
    grants: Sequence[Grant], approved: Sequence[ApprovedGrant], now: datetime
) -> Iterator[MixedKey]:
    """Yield the keys of the items that decide about these grants. Their list may lag behind, so
    each grant is read again."""
    for grant in grants:
        yield Grant, grant.key
        if grant.is_current_or_upcoming(now):
            yield Engagement, (grant.engagement,)
            yield Block, (grant.engagement,)
            for role in sorted(grant.roles):
                yield Role, (grant.engagement, role)
                yield RoleCutOffs, (grant.engagement, role)
            for each in approved:
                if each.engagement == grant.engagement and now < each.ends_at:
                    yield ApprovedGrant, each.key


def _limit_keys(keys: Iterator[MixedKey], budget: int) -> list[MixedKey]:
    """Return the keys. If they cost more than the budget, as a single grant of very many roles can,
    leave out the cut-offs: the page then does not say whether those roles are shut."""
    listed = list(keys)
    if sum(map(count_keys, listed)) <= budget:
        return listed
    return [key for key in listed if key[0] is not RoleCutOffs]


def cut_grant_page(
    page: Page[Grant], approved: Sequence[ApprovedGrant], now: datetime, budget: int
) -> Page[Grant]:
    """Return the page's first grants that cost no more than this many keys, and one at least. The
    next page begins with the others."""
    for count, grant in enumerate(page.items):
        budget -= sum(map(count_keys, _keys_of_grants([grant], approved, now)))
        if budget < 0 and count > 0:
            return Page(page.items[:count], page.items[count - 1].engagement)
    return page


def _build_grants(
    member: Member,
    page: Page[Grant],
    approved: Sequence[ApprovedGrant],
    items: Mapping[MixedKey, Item],
    uses: Uses | None,
    now: datetime,
) -> GrantsPart:
    """Return the grants as they are stored now, each with what the access rule decides."""
    grants = [pick(items, Grant, *grant.key) or grant for grant in page.items]
    last_used = {} if uses is None else uses.last_used
    approved_now = [pick(items, ApprovedGrant, *each.key) for each in approved]

    def describe(grant: Grant) -> GrantAccess:
        facts = GrantFacts(
            member=member,
            grant=grant,
            engagement=pick(items, Engagement, grant.engagement),
            approved_grants=tuple(
                each
                for each in approved_now
                if each is not None and each.engagement == grant.engagement
            ),
            freeze=pick(items, Block, EVERYTHING),
            pause=pick(items, Block, grant.engagement),
            find_role=lambda name: pick(items, Role, grant.engagement, name),
            find_shut=lambda role: find_shut_role(pick(items, RoleCutOffs, *role.key), role.arn),
        )
        return describe_grant(facts, now, last_used.get(grant.engagement))

    return GrantsPart(
        current=tuple(describe(g) for g in grants if g.is_current_or_upcoming(now)),
        ended=tuple(g for g in grants if not g.is_current_or_upcoming(now)),
        cursor=page.cursor,
    )
