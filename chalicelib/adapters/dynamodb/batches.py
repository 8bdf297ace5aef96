"""Many items by their keys, a hundred a call: a page of what a member may enter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import Busy, plain, records
from chalicelib.adapters.dynamodb.patience import patiently
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, Granted
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.stops import S, Stop, Stoppable, with_stop
from chalicelib.domain.things import I

MOST_KEYS = 100
"""Of one BatchGetItem (DynamoDB API Reference)."""

Found = Mapping[keys.Key, Mapping[str, Any]]


def granted(tables: Tables, grants: Sequence[Grant]) -> list[Granted]:
    """Each grant as it is now, with its engagement and its roles in the order of their names."""
    found = read(tables, with_stops(key for grant in grants for key in _keys_of(grant)))
    return list(_granted(grants, found))


def _keys_of(grant: Grant) -> Iterator[keys.Key]:
    yield keys.grant(grant.engagement, grant.member)
    yield keys.engagement(grant.engagement)
    for role in grant.roles:
        yield keys.role(grant.engagement, role)


def _granted(grants: Sequence[Grant], found: Found) -> Iterator[Granted]:
    for listed in grants:
        grant = made(Grant, found, keys.grant(listed.engagement, listed.member))
        engagement = made(Engagement, found, keys.engagement(listed.engagement))
        if grant is not None and engagement is not None:
            named = (keys.role(listed.engagement, role) for role in sorted(listed.roles))
            roles = (made(Role, found, key) for key in named)
            yield Granted(grant, engagement, tuple(role for role in roles if role is not None))


def read(tables: Tables, wanted: Sequence[keys.Key]) -> Found:
    """The tagged items of these keys that there are, each as of its own moment; consistent.

    Unavailable if DynamoDB keeps leaving some out, as it does when it is throttled: what was not
    read must not pass for what is not there.
    """
    found: dict[keys.Key, Mapping[str, Any]] = {}
    left: Any = None

    def read_on() -> None:
        nonlocal left
        with records():
            answer = tables.client.batch_get_item(RequestItems=left)
        for item in answer["Responses"].get(tables.state, ()):
            found[item["pk"]["S"], item["sk"]["S"]] = item
        left = answer.get("UnprocessedKeys")
        if left:
            raise Busy

    for start in range(0, len(wanted), MOST_KEYS):
        batch = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted[start : start + MOST_KEYS]]
        left = {tables.state: {"Keys": batch, "ConsistentRead": True}}
        patiently(read_on)
    return found


def with_stops(wanted: Iterable[keys.Key]) -> list[keys.Key]:
    """Return the keys, each once, and then the keys of their items' stops."""
    items = list(dict.fromkeys(wanted))
    return [*items, *map(keys.stop, items)]


def made(kind: type[I], found: Found, key: keys.Key) -> I | None:
    """Return the item with this key as it stands beside its stop, or None."""
    item = _made(kind, found.get(key))
    if isinstance(item, Stoppable):
        return with_stop(item, _made(Stop, found.get(keys.stop(key))))
    return item


def stopped(tables: Tables, listed: Sequence[S]) -> Iterator[S]:
    """Yield items that were read without their stops as they stand beside them."""
    found = read(tables, sorted({keys.stop(items.key_of(item)) for item in listed}))
    for item in listed:
        yield with_stop(item, _made(Stop, found.get(keys.stop(items.key_of(item)))))


def _made(kind: type[I], item: Mapping[str, Any] | None) -> I | None:
    if item is None:
        return None
    body = plain(item["body"]["M"])
    body["version"] = int(item["version"]["N"])  # kept beside it, for conditions
    return items.thing_of(kind, body)
