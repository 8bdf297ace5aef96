"""The State port on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb import items, keys, onboarding_items
from chalicelib.adapters.dynamodb.failures import plain, records
from chalicelib.adapters.dynamodb.tables import (
    EngagementRow,
    ExternalIdRow,
    GrantRow,
    LeadsRow,
    LinkRow,
    MemberRow,
    RoleRow,
    SetupRow,
    StateRow,
    SweepRow,
    TokenRow,
    TrailRow,
)
from chalicelib.adapters.dynamodb.versions import versions_to_check
from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Presented, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.verification.rounds import Sweep

T = TypeVar("T")

_ROWS: dict[type, type[StateRow]] = {
    Member: MemberRow,
    Leads: LeadsRow,
    Token: TokenRow,
    Engagement: EngagementRow,
    ExternalIdTaken: ExternalIdRow,
    Role: RoleRow,
    Grant: GrantRow,
    RoleSetup: SetupRow,
    SetupLink: LinkRow,
    Sweep: SweepRow,
}


class DynamoState:
    """Members, tokens, engagements, roles and grants in the state table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def facts(self, presented: Presented, engagement: str, role: str) -> Facts:
        found = self._batch(
            keys.token(presented.member, presented.hash),
            keys.member(presented.member),
            keys.engagement(engagement),
            keys.role(engagement, role),
            keys.grant(engagement, presented.member),
        )
        token, member, place, part, grant = found
        return Facts(
            token=_made(items.token_of, token),
            member=_made(items.member_of, member),
            engagement=_made(items.engagement_of, place),
            role=_made(items.role_of, part),
            grant=_made(items.grant_of, grant),
        )

    def who(self, presented: Presented) -> tuple[Token | None, Member | None]:
        token, member = self._batch(
            keys.token(presented.member, presented.hash), keys.member(presented.member)
        )
        return _made(items.token_of, token), _made(items.member_of, member)

    def leads(self) -> Leads | None:
        return _made(items.leads_of, _get(keys.LEADS))

    def member(self, member: str) -> Member | None:
        return _made(items.member_of, _get(keys.member(member)))

    def engagement(self, engagement: str) -> Engagement | None:
        return _made(items.engagement_of, _get(keys.engagement(engagement)))

    def role(self, engagement: str, role: str) -> Role | None:
        return _made(items.role_of, _get(keys.role(engagement, role)))

    def grant(self, engagement: str, member: str) -> Grant | None:
        return _made(items.grant_of, _get(keys.grant(engagement, member)))

    def setup(self, engagement: str, role: str) -> RoleSetup | None:
        return _made(onboarding_items.setup_of, _get(keys.setup(engagement, role)))

    def link(self, hash: str) -> SetupLink | None:
        return _made(onboarding_items.link_of, _get(keys.link(hash)))

    def sweep(self) -> Sweep | None:
        return _made(onboarding_items.sweep_of, _get(keys.SWEEP))

    def tokens(self, member: str) -> Sequence[Token]:
        pk, _ = keys.member(member)
        return [items.token_of(values) for values in _partition(pk, keys.TOKEN_PREFIX)]

    def roles(self, engagement: str) -> Sequence[Role]:
        pk, _ = keys.engagement(engagement)
        return [items.role_of(values) for values in _partition(pk, keys.ROLE_PREFIX)]

    def grants_to(self, member: str) -> Sequence[Grant]:
        pk, _ = keys.member(member)
        return [items.grant_of(values) for values in _partition(pk, keys.GRANT_PREFIX)]

    def members(self) -> Sequence[Member]:
        return [items.member_of(values) for values in _listed(keys.MEMBERS)]

    def engagements(self) -> Sequence[Engagement]:
        return [items.engagement_of(values) for values in _listed(keys.ENGAGEMENTS)]

    def grants_for(self, engagement: str) -> Sequence[Grant]:
        return [items.grant_of(values) for values in _listed(keys.grants_for(engagement))]

    def links(self, engagement: str) -> Sequence[SetupLink]:
        return [onboarding_items.link_of(values) for values in _listed(keys.links(engagement))]

    def remember(self, sweep: Sweep) -> None:
        with records():
            _row(sweep).save(condition=_over(sweep.version - 1))

    def change(
        self, changed: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()
    ) -> None:
        checks = versions_to_check(changed, standing)
        with records(), TransactWrite(connection=self._connection) as transaction:
            for key, version in checks.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(_row(item), condition=_over(item.version - 1))
            transaction.save(
                TrailRow(**items.entry_values(entry)), condition=TrailRow.pk.does_not_exist()
            )

    def _batch(self, *wanted: keys.Key) -> list[dict[str, Any] | None]:
        """Items by their keys in one consistent BatchGetItem, each as of its own moment."""
        table = StateRow.Meta.table_name
        request = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
        with records():
            answer = self._connection.client.batch_get_item(
                RequestItems={table: {"Keys": request, "ConsistentRead": True}}
            )
        if answer.get("UnprocessedKeys"):  # throttled: a missing item would read as absent
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        found = {
            (item["pk"]["S"], item["sk"]["S"]): plain(item)
            for item in answer["Responses"].get(table, ())
        }
        return [found.get(key) for key in wanted]


def _made(of: Callable[[Mapping[str, Any]], T], values: Mapping[str, Any] | None) -> T | None:
    return of(values) if values else None


def _row(item: Item) -> StateRow:
    pk, sk = items.key_of(item)
    return _ROWS[type(item)](pk=pk, sk=sk, **items.values_of(item))


def _over(version: int) -> Any:
    return StateRow.version == version if version else StateRow.pk.does_not_exist()


def _get(key: keys.Key) -> dict[str, Any] | None:
    with records():
        try:
            return _values(StateRow.get(*key, consistent_read=True))
        except DoesNotExist:
            return None


def _partition(pk: str, prefix: str) -> Iterable[dict[str, Any]]:
    with records():
        rows = StateRow.query(pk, StateRow.sk.startswith(prefix), consistent_read=True)
        return [_values(row) for row in rows]


def _listed(name: str) -> Iterable[dict[str, Any]]:
    with records():
        return [_values(row) for row in StateRow.by_list.query(name)]


def _values(row: StateRow) -> dict[str, Any]:
    values: dict[str, Any] = row.attribute_values
    return values
