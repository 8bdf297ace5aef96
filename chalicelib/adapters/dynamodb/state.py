"""The State port on DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.failures import plain, records
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow
from chalicelib.adapters.dynamodb.versions import versions_to_check
from chalicelib.domain.engagements.engagements import Engagement
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

I = TypeVar("I", bound=Item)  # noqa: E741 - an item of some kind


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
            token=_made(Token, token),
            member=_made(Member, member),
            engagement=_made(Engagement, place),
            role=_made(Role, part),
            grant=_made(Grant, grant),
        )

    def who(self, presented: Presented) -> tuple[Token | None, Member | None]:
        token, member = self._batch(
            keys.token(presented.member, presented.hash), keys.member(presented.member)
        )
        return _made(Token, token), _made(Member, member)

    def leads(self) -> Leads | None:
        return _get(Leads, keys.LEADS)

    def member(self, member: str) -> Member | None:
        return _get(Member, keys.member(member))

    def engagement(self, engagement: str) -> Engagement | None:
        return _get(Engagement, keys.engagement(engagement))

    def role(self, engagement: str, role: str) -> Role | None:
        return _get(Role, keys.role(engagement, role))

    def grant(self, engagement: str, member: str) -> Grant | None:
        return _get(Grant, keys.grant(engagement, member))

    def setup(self, engagement: str, role: str) -> RoleSetup | None:
        return _get(RoleSetup, keys.setup(engagement, role))

    def link(self, hash: str) -> SetupLink | None:
        return _get(SetupLink, keys.link(hash))

    def sweep(self) -> Sweep | None:
        return _get(Sweep, keys.SWEEP)

    def tokens(self, member: str) -> Sequence[Token]:
        pk, _ = keys.member(member)
        return _partition(Token, pk, keys.TOKEN_PREFIX)

    def roles(self, engagement: str) -> Sequence[Role]:
        pk, _ = keys.engagement(engagement)
        return _partition(Role, pk, keys.ROLE_PREFIX)

    def grants_to(self, member: str) -> Sequence[Grant]:
        pk, _ = keys.member(member)
        return _partition(Grant, pk, keys.GRANT_PREFIX)

    def members(self) -> Sequence[Member]:
        return _listed(Member, keys.MEMBERS)

    def engagements(self) -> Sequence[Engagement]:
        return _listed(Engagement, keys.ENGAGEMENTS)

    def grants_for(self, engagement: str) -> Sequence[Grant]:
        return _listed(Grant, keys.grants_for(engagement))

    def links(self, engagement: str) -> Sequence[SetupLink]:
        return _listed(SetupLink, keys.links(engagement))

    def remember(self, sweep: Sweep) -> None:
        with records():
            row_of(sweep).save(condition=_over(sweep.version - 1))

    def change(
        self, changed: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()
    ) -> None:
        checks = versions_to_check(changed, standing)
        with records(), TransactWrite(connection=self._connection) as transaction:
            for key, version in checks.items():
                transaction.condition_check(StateRow, *key, condition=StateRow.version == version)
            for item in changed:
                transaction.save(row_of(item), condition=_over(item.version - 1))
            transaction.save(
                TrailRow(**items.entry_attributes(entry)), condition=TrailRow.pk.does_not_exist()
            )

    def _batch(self, *wanted: keys.Key) -> list[Mapping[str, Any] | None]:
        """Tagged items by their keys in one consistent BatchGetItem, each as of its own moment."""
        table = StateRow.Meta.table_name
        request = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
        with records():
            answer = self._connection.client.batch_get_item(
                RequestItems={table: {"Keys": request, "ConsistentRead": True}}
            )
        if answer.get("UnprocessedKeys"):  # throttled: a missing item would read as absent
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        found = {
            (item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(table, ())
        }
        return [found.get(key) for key in wanted]


def _made(kind: type[I], item: Mapping[str, Any] | None) -> I | None:
    if item is None:
        return None
    return items.thing_of(kind, plain(item["body"]["M"]), version=int(item["version"]["N"]))


def row_of(item: Item) -> StateRow:
    """The item as pynamodb writes it."""
    return StateRow(**items.attributes_of(item))


def _over(version: int) -> Any:
    return StateRow.version == version if version else StateRow.pk.does_not_exist()


def _get(kind: type[I], key: keys.Key) -> I | None:
    with records():
        try:
            return _of(kind, StateRow.get(*key, consistent_read=True))
        except DoesNotExist:
            return None


def _partition(kind: type[I], pk: str, prefix: str) -> list[I]:
    with records():
        rows = StateRow.query(pk, StateRow.sk.startswith(prefix), consistent_read=True)
        return [_of(kind, row) for row in rows]


def _listed(kind: type[I], name: str) -> list[I]:
    with records():
        return [_of(kind, row) for row in StateRow.by_list.query(name)]


def _of(kind: type[I], row: StateRow) -> I:
    return items.thing_of(kind, row.body.as_dict(), version=row.version)
