"""Implement the State port on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.dynamodb import batches, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.domain.engagements.approved_grants import ApprovedGrant, list_keys
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.stops import Stoppable
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item, ItemKey, JobState, Page, marked_fields
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import EVERYTHING, Block

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.rows import Rows


class DynamoState:
    """The State port on the state table.

    `usecases.ports.State` documents its methods.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, kind: type[I], *key: str) -> I | None:
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: type[I], keys: Iterable[ItemKey]) -> Mapping[ItemKey, I]:
        items: Any = batches.read_items(self._tables, [(kind, key) for key in keys])
        return {key: item for (_, key), item in items.items()}

    def get_together(
        self, keys: Iterable[tuple[type[Item], ItemKey]]
    ) -> Mapping[tuple[type[Item], ItemKey], Item]:
        return batches.read_items(self._tables, keys)

    def list(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        """Return a page of the items whose fields have the values in `by`, with their stops (stored
        revocations) applied."""
        page = self.list_ignoring_stops(
            kind, limit=limit, cursor=cursor, starts_with=starts_with, **by
        )
        if issubclass(kind, Stoppable):
            return Page(tuple(batches.apply_stops(self._tables, page.items)), page.cursor)
        return page

    def list_ignoring_stops(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        """Return a page of the stored items whose fields have the values in `by`. The caller still
        has to apply the stops: the revocations that are stored beside the items. Raise TypeError if
        the kind has no list by these fields."""
        fields = tuple(by)
        # No item follows a cursor that is past all that begin with `starts_with`. DynamoDB refuses
        # such a range, because it ends before it begins.
        if cursor > starts_with + keys.SORTS_LAST:
            return Page((), "")
        # First the index: LISTED_BY is None if the kind has no list there, and "" if one list has
        # all items.
        list_fields = (kind.LISTED_BY,) if kind.LISTED_BY else ()
        # Some kinds also list the items that have no value in the field LISTED_BY. `list_name`
        # without a value names that list.
        is_rest = kind.LISTS_REST and not fields
        if kind.LISTED_BY is not None and (fields == list_fields or is_rest):
            name = keys.list_name(kind, *by.values())
            return self._rows.read_list(kind, name, starts_with, limit, cursor)
        # Or else the table: a partition has the items with the same value in the first key field.
        if len(kind.KEY_FIELDS) < 2 or fields != kind.KEY_FIELDS[:1]:
            raise TypeError(f"there is no list of {kind.__name__} by {fields}")
        pk = keys.partition_key(kind, by[fields[0]])
        prefix = keys.sort_key_prefix(kind)
        if kind.KEY_FIELDS[1] not in marked_fields(kind, "secret"):
            return self._rows.read_partition(kind, pk, prefix, starts_with, limit, cursor)
        # The sort key is a secret's hash, which callers must not see. The hash begins with the
        # item's ID, so the ID is the cursor, and the ID with SORTS_LAST sorts after that hash. An
        # ID has 48 random bits, so no two items in a partition share one.
        key_cursor = cursor and cursor + keys.SORTS_LAST
        page = self._rows.read_partition(kind, pk, prefix, starts_with, limit, key_cursor)
        last_item: Any = page.items[-1] if page.cursor else None
        return Page(page.items, last_item.id if last_item is not None else "")

    def list_ids(
        self, kind: type[Item], *, limit: int, cursor: str = "", starts_with: str = ""
    ) -> Page[str]:
        if kind.LISTED_BY != "" or len(kind.KEY_FIELDS) != 1:
            raise TypeError(f"there is no list of all {kind.__name__} by ID")
        if cursor > starts_with + keys.SORTS_LAST:
            return Page((), "")
        return self._rows.read_ids(keys.list_name(kind), starts_with, limit, cursor)

    def access_facts(self, presented: PresentedToken, engagement: str, role: str) -> AccessFacts:
        """Return all facts that an access decision needs, from one BatchGetItem call."""
        token_key, member = (presented.member, presented.hash), presented.member
        approved = [(ApprovedGrant, key) for key in list_keys(engagement, member, role)]
        find: Any = self.get_together(
            (
                (Token, token_key),
                (Member, (member,)),
                (Engagement, (engagement,)),
                (Role, (engagement, role)),
                (Grant, (engagement, member)),
                *approved,
                *([(AccessLink, (presented.link,))] if presented.link else []),
                (Block, (EVERYTHING,)),
                (Block, (engagement,)),
            )
        ).get
        return AccessFacts(
            token=find((Token, token_key)),
            member=find((Member, (member,))),
            engagement=find((Engagement, (engagement,))),
            role=find((Role, (engagement, role))),
            grant=find((Grant, (engagement, member))),
            approved_grants=tuple(filter(None, map(find, approved))),
            link=find((AccessLink, (presented.link,))),
            freeze=find((Block, (EVERYTHING,))),
            pause=find((Block, (engagement,))),
        )

    def token_and_member(self, presented: PresentedToken) -> tuple[Token | None, Member | None]:
        """Return the token and the member of a request, from one BatchGetItem call."""
        token, member = (presented.member, presented.hash), (presented.member,)
        find: Any = self.get_together(((Token, token), (Member, member))).get
        return find((Token, token)), find((Member, member))

    def find_grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        grants = self._rows.find_grants_since(keys.partition_key(Grant, engagement), since)
        return batches.apply_stops(self._tables, grants)

    def save(self, item: JobState) -> None:
        self._rows.save(item)

    def change(
        self, changed: Sequence[Item], entry: Entry, *, preconditions: Sequence[Item] = ()
    ) -> None:
        self._rows.change(changed, entry, preconditions)

    def apply(self, items: Sequence[Item]) -> None:
        self._rows.apply(items)

    @cached_property
    def _rows(self) -> Rows:
        """Return the reader and writer of rows, which is created when it is first used."""
        # This imports pynamodb, which takes long, and which no member's request for credentials
        # needs.
        from chalicelib.adapters.dynamodb.rows import Rows

        return Rows(self._tables)
