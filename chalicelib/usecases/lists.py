"""Read complete lists of stored items and entries, and the parts of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from itertools import islice
from math import inf
from typing import Any

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import I, Item, ItemKey, Page, T
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.ports import MixedKey, Ports, State, Trail

PAGE_SIZE = 1000
"""How many items each read asks for. DynamoDB returns about this many at once (1 MB)."""


def list_all(state: State, kind: type[I], **by: str) -> tuple[I, ...]:
    """Return all items of a list that the kind declares, such as the roles of an engagement:
    `list_all(ports.state, Role, engagement=…)`.

    Without `by`, return all items of the kind. Use this only for lists of limited length, or in
    jobs that have to read everything. A route returns pages instead.
    """
    return tuple(iterate_list(state, kind, PAGE_SIZE, **by))


def iterate_list(
    state: State, kind: type[I], page_size: int, cursor: str = "", /, **by: str
) -> Iterator[I]:
    """Yield the items of a list like `list_all`, from the cursor on. Read each page only when its
    first item is needed."""
    return iterate_items(partial(state.list, kind, limit=page_size, **by), cursor)


def iterate_items(read: Callable[..., Page[T]], cursor: str = "") -> Iterator[T]:
    """Yield the items of the pages that `read` returns for a cursor, as they are needed."""
    while True:
        page = read(cursor=cursor)
        yield from page.items
        if not page.cursor:
            return
        cursor = page.cursor


def read_trail(
    trail: Trail, query: TrailQuery, most_pages: int, enough: float = inf
) -> tuple[list[Entry], bool]:
    """Return the entries that the query selects, latest first, from at most so many pages of
    `query.limit` entries, and whether these are all. Read no further page once there are `enough`
    entries."""
    entries: list[Entry] = []
    are_all = False
    for page in islice(iterate_trail(trail, query), most_pages):
        entries += page.items
        are_all = not page.cursor
        if len(entries) >= enough:
            break
    return entries, are_all


MOST_CHANGES = 1000
MOST_PAGES = 20
"""With refused attempts, 20,000 entries. From one address, AWS WAF lets 12,000 requests an hour
through."""


def read_latest_changes(
    ports: Ports, engagement: str, lookback: timedelta
) -> tuple[list[Entry], bool]:
    """Return the engagement's entries of the last `lookback` about changes that were made, without
    vends, the latest first. Also return whether these are all, or only about the latest 1,000.

    Refused attempts, which any member can add, are left out after they were read. After many of
    them, a page has few entries or none. If there are too many, earlier changes are missing.
    """
    query = TrailQuery(
        since=ports.now() - lookback,
        until=ports.now() + MAX_CLOCK_LEAD,
        engagement=engagement,
        no_vends=True,
        outcome=Outcome.DONE,
        limit=200,
    )
    return read_trail(ports.trail, query, MOST_PAGES, enough=MOST_CHANGES)


def iterate_trail(trail: Trail, query: TrailQuery) -> Iterator[Page[Entry]]:
    """Yield the pages of the entries that the query selects, latest first. Read each page only when
    it is needed."""
    while True:
        page = trail.page(query)
        yield page
        if not page.cursor:
            return
        query = query.after(page.cursor)


def read_again(state: State, kind: type[I], keys: Iterable[ItemKey]) -> list[I]:
    """Return the items with these keys as they are stored now, in this order: some lists lag
    behind. Leave out those that no longer exist."""
    unique = dict.fromkeys(keys)
    stored = state.get_many(kind, unique)
    return [stored[key] for key in unique if key in stored]


def pick(items: Mapping[MixedKey, Item], kind: type[I], *key: str) -> I | None:
    """Return the item of this kind with this key from the result of `get_together`, or None."""
    item = items.get((kind, key))
    return item if isinstance(item, kind) else None


def find_token_by_id(state: State, member: str, id: str) -> Token | None:
    """Return the member's token with this ID, or None. The read is strongly consistent."""
    page = state.list(Token, member=member, starts_with=id, limit=1)
    return page.items[0] if page.items else None


def find_tokens_ended_with(state: State, member: str, id: str) -> list[Token]:
    """Return the other tokens that end when this token is revoked: the tokens that it replaced by
    rotation, and all tokens that were created with any of these. The token must exist."""
    tokens = list_all(state, Token, member=member)
    (token,) = (token for token in tokens if token.id == id)
    # An enrolment code gives one token, and rotation keeps the code. So tokens with the same code
    # replaced each other. A token without a code replaced none.
    replaced_ids = {
        other.id
        for other in tokens
        if token.enrolment is not None
        and other.enrolment == token.enrolment
        and other.created_at < token.created_at
    }
    replaced = [other for other in tokens if other.id in replaced_ids]
    return [*replaced, *find_tokens_made_with(tokens, id, *replaced_ids)]


def find_tokens_made_with(tokens: Iterable[Token], *ids: str) -> list[Token]:
    """Return the member's tokens that were created with the tokens of these IDs, directly or
    through another token: a Slack user can be linked with a token from a sign-in in the browser."""
    ended, made = set(ids), []
    for token in sorted(tokens, key=lambda token: (token.created_at, token.is_binding)):
        if token.made_with in ended:
            ended.add(token.id)
            made.append(token)
    return made


def pick_block(items: Mapping[MixedKey, Item], scope: str) -> Block | None:
    """Return the block of everything or of an engagement from items that were read, if it is in
    force."""
    block = pick(items, Block, scope)
    return block if block is not None and block.is_in_force else None


def read_part(read: Callable[[], T]) -> T | None:
    """Return the part of a page, or None if a service did not answer."""
    try:
        return read()
    except Unavailable:
        return None


def read_parts(ports: Ports, parts: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return the parts of a page by name, read side by side. A part is None if a service did not
    answer."""
    calls = [partial(read_part, read) for read in parts.values()]
    return dict(zip(parts, ports.side_by_side(calls), strict=True))
