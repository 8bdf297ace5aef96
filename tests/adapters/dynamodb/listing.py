"""The lists of the State port, makers of their items, and a recorder of DynamoDB calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.values import Item
from chalicelib.usecases.ports import Ports, State
from tests.adapters.scene import entry, listening
from tests.builders import NOON, a_grant, a_link, a_member, a_role, a_token, an_engagement


@dataclass(frozen=True, slots=True)
class List:
    """A list of the state: of one member, of one engagement, or of all items of a kind."""

    name: str
    kind: type[Item]
    by: str
    """The field that selects the items. Empty for a list of all items."""
    make: Callable[[str, str], Item]
    """Make an item from the name that the list is by, and a name of its own."""
    sort_key: Callable[[Any], str]
    """Return the value that the list is ordered by."""

    @property
    def of_one(self) -> bool:
        return bool(self.by)

    def page(self, state: State, of: str, **span: Any) -> Any:
        return state.list(self.kind, **span, **({self.by: of} if self.by else {}))

    def __str__(self) -> str:
        return self.name


def _token(of: str, name: str) -> Item:
    return a_token(of, hash=hash_of(name))


def _link(of: str, name: str) -> Item:
    """Make a link. Several links have the same creation time."""
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
        lambda grant: grant.member,
    ),
    List(
        "grants_to",
        Grant,
        "member",
        lambda of, name: a_grant(of, engagement=name),
        lambda grant: grant.engagement,
    ),
    List("links", SetupLink, "engagement", _link, lambda link: (link.created_at, link.id)),
    List("members", Member, "", lambda _, name: a_member(name), lambda member: member.id),
    List(
        "engagements",
        Engagement,
        "",
        lambda _, name: an_engagement(name, external_id=f"daypass-{name}"),
        lambda engagement: engagement.id,
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
    """Write the items, 99 in each transaction beside its entry: the limit is 100."""
    for start in range(0, len(items), 99):
        batch = items[start : start + 99]
        ports.state.change(batch, entry(f"{name}{start}x{len(items)}", engagement=name))


@contextmanager
def recorded_calls(dynamodb: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Yield the list of DynamoDB requests made in the block: operation and parameters."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def note(model: Any, params: Any, **_: Any) -> None:
        calls.append((model.name, json.loads(params["body"])))

    with listening(dynamodb, "before-call.dynamodb.*", note):
        yield calls
