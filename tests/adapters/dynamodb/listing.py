"""What the tests of lists share: each list of the state, its items, and what DynamoDB is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.things import Item
from chalicelib.usecases.ports import Ports, State
from tests.adapters.scene import entry
from tests.builders import NOON, a_grant, a_link, a_member, a_role, a_token, an_engagement


@dataclass(frozen=True, slots=True)
class List:
    """A list of the state, about the member or the engagement of a name, or about everything."""

    name: str
    make: Callable[[str, str], Item]
    """An item of it: of whom or what the list is, and a name of its own."""
    place: Callable[[Any], str]
    """What the list is in the order of."""
    of_one: bool = True

    def page(self, state: State, of: str, **which: Any) -> Any:
        given = (of,) if self.of_one else ()
        return getattr(state, self.name)(*given, **which)

    def __str__(self) -> str:
        return self.name


def _token(of: str, name: str) -> Item:
    return replace(a_token(), member=of, hash=hashlib.sha256(name.encode()).hexdigest())


def _link(of: str, name: str) -> Item:
    """Some of the same moment."""
    days = timedelta(days=sum(map(ord, name)) % 3)
    return a_link(name + of, engagement=of, created_at=NOON - days)


LISTS = (
    List("tokens", _token, lambda token: token.hash),
    List("roles", lambda of, name: a_role(name, engagement=of), lambda role: role.name),
    List("grants_for", lambda of, name: a_grant(name, engagement=of), lambda one: one.member),
    List("grants_to", lambda of, name: a_grant(of, engagement=name), lambda one: one.engagement),
    List("links", _link, lambda link: (link.created_at, link.id)),
    List("members", lambda _, name: a_member(name), lambda member: member.id, of_one=False),
    List(
        "engagements",
        lambda _, name: an_engagement(name, external_id=f"daypass-{name}"),
        lambda place: place.id,
        of_one=False,
    ),
    List(
        "all_roles",
        lambda _, name: a_role("readonly", engagement=name),
        lambda role: f"{role.engagement}#{role.name}",
        of_one=False,
    ),
)


def written(ports: Ports, name: str, items: Sequence[Item]) -> None:
    """Put the items there: a transaction takes a hundred, one of which is the entry."""
    for start in range(0, len(items), 99):
        part = items[start : start + 99]
        ports.state.change(part, entry(f"{name}{start}x{len(items)}", engagement=name))


@contextmanager
def asked(dynamodb: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every request that is made of DynamoDB meanwhile: the operation, and all that is sent."""
    made: list[tuple[str, dict[str, Any]]] = []

    def note(model: Any, params: Any, **_: Any) -> None:
        made.append((model.name, json.loads(params["body"])))

    dynamodb.meta.events.register("before-call.dynamodb.*", note)
    try:
        yield made
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb.*", note)
