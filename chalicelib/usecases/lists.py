"""Lists of which a use case needs all."""

from __future__ import annotations

from chalicelib.domain.people.tokens import Token
from chalicelib.domain.values import I
from chalicelib.usecases.ports import State

MANY = 1000
"""Items a read, where no answer has to carry them: about what DynamoDB gives in one (1 MB)."""


def every(state: State, kind: type[I], **by: str) -> tuple[I, ...]:
    """Return all items of a list, such as `every(ports.state, Role, engagement=…)`: of what is
    bounded, or for work that is about all there is. Routes give pages instead."""
    found: list[I] = []
    cursor = ""
    while True:
        page = state.list(kind, limit=MANY, cursor=cursor, **by)
        found += page.items
        if not page.cursor:
            return tuple(found)
        cursor = page.cursor


def token_with_id(state: State, member: str, id: str) -> Token | None:
    """Return the member's token with this id, or None. The read is consistent."""
    page = state.list(Token, member=member, id=id, limit=1)
    return page.items[0] if page.items else None
