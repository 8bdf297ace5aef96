"""The State port on DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import plain, records
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Presented, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import I, Item
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.verification.rounds import Sweep

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.rows import Rows


class DynamoState:
    """Members, tokens, engagements, roles and grants in the state table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

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
        return self._rows.get(Leads, keys.LEADS)

    def member(self, member: str) -> Member | None:
        return self._rows.get(Member, keys.member(member))

    def engagement(self, engagement: str) -> Engagement | None:
        return self._rows.get(Engagement, keys.engagement(engagement))

    def role(self, engagement: str, role: str) -> Role | None:
        return self._rows.get(Role, keys.role(engagement, role))

    def grant(self, engagement: str, member: str) -> Grant | None:
        return self._rows.get(Grant, keys.grant(engagement, member))

    def setup(self, engagement: str, role: str) -> RoleSetup | None:
        return self._rows.get(RoleSetup, keys.setup(engagement, role))

    def link(self, hash: str) -> SetupLink | None:
        return self._rows.get(SetupLink, keys.link(hash))

    def sweep(self) -> Sweep | None:
        return self._rows.get(Sweep, keys.SWEEP)

    def tokens(self, member: str) -> Sequence[Token]:
        pk, _ = keys.member(member)
        return self._rows.partition(Token, pk, keys.TOKEN_PREFIX)

    def roles(self, engagement: str) -> Sequence[Role]:
        pk, _ = keys.engagement(engagement)
        return self._rows.partition(Role, pk, keys.ROLE_PREFIX)

    def grants_for(self, engagement: str) -> Sequence[Grant]:
        pk, _ = keys.engagement(engagement)
        return self._rows.partition(Grant, pk, keys.GRANT_PREFIX)

    def members(self) -> Sequence[Member]:
        return self._rows.listed(Member, keys.MEMBERS)

    def engagements(self) -> Sequence[Engagement]:
        return self._rows.listed(Engagement, keys.ENGAGEMENTS)

    def grants_to(self, member: str) -> Sequence[Grant]:
        return self._rows.listed(Grant, keys.grants_to(member))

    def links(self, engagement: str) -> Sequence[SetupLink]:
        return self._rows.listed(SetupLink, keys.links(engagement))

    def remember(self, sweep: Sweep) -> None:
        self._rows.save(sweep)

    def change(
        self, changed: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()
    ) -> None:
        self._rows.change(changed, entry, standing)

    @cached_property
    def _rows(self) -> Rows:
        from chalicelib.adapters.dynamodb.rows import Rows  # with pynamodb: no vend waits for it

        return Rows(self._tables)

    def _batch(self, *wanted: keys.Key) -> list[Mapping[str, Any] | None]:
        """Tagged items by their keys in one consistent BatchGetItem, each as of its own moment."""
        table = self._tables.state
        request = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
        with records():
            answer = self._tables.client.batch_get_item(
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
    body = plain(item["body"]["M"])
    body["version"] = int(item["version"]["N"])  # kept beside it, for conditions
    return items.thing_of(kind, body)
