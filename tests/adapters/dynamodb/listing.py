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

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.values import Item
from chalicelib.usecases.ports import Ports, State
from tests.adapters.scene import entry
from tests.builders import NOON, a_grant, a_link, a_member, a_role, a_token, an_engagement


@dataclass(frozen=True, slots=True)
class List:
    """A list of the state, about the member or the engagement of a name, or about everything."""

    name: str
    kind: type[Item]
    by: str
    """The field that the list is by; empty for that of all."""
    make: Callable[[str, str], Item]
    """An item of it: of whom or what the list is, and a name of its own."""
    place: Callable[[Any], str]
    """What the list is in the order of."""

    @property
    def of_one(self) -> bool:
        return bool(self.by)

    def page(self, state: State, of: str, **which: Any) -> Any:
        return state.list(self.kind, **which, **({self.by: of} if self.by else {}))

    def __str__(self) -> str:
        return self.name


def _token(of: str, name: str) -> Item:
    return replace(a_token(), member=of, hash=hashlib.sha256(name.encode()).hexdigest())


def _link(of: str, name: str) -> Item:
    """Some of the same moment."""
    days = timedelta(days=sum(map(ord, name)) % 3)
    return a_link(name + of, engagement=of, created_at=NOON - days)


LISTS = (
    List("tokens", Token, "member", _token, lambda token: token.hash),
    List(
        "roles",
        Role,
        "engagement",
        lambda of, name: a_role(name, engagement=of),
        lambda role: role.name,
    ),
    List(
        "grants_for",
        Grant,
        "engagement",
        lambda of, name: a_grant(name, engagement=of),
        lambda one: one.member,
    ),
    List(
        "grants_to",
        Grant,
        "member",
        lambda of, name: a_grant(of, engagement=name),
        lambda one: one.engagement,
    ),
    List("links", SetupLink, "engagement", _link, lambda link: (link.created_at, link.id)),
    List("members", Member, "", lambda _, name: a_member(name), lambda member: member.id),
    List(
        "engagements",
        Engagement,
        "",
        lambda _, name: an_engagement(name, external_id=f"daypass-{name}"),
        lambda place: place.id,
    ),
    List(
        "all_roles",
        Role,
        "",
        lambda _, name: a_role("readonly", engagement=name),
        lambda role: f"{role.engagement}#{role.name}",
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
