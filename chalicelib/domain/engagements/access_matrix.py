"""Show the access of people to clients: people in rows, engagements in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement, Grant, needs_approval
from chalicelib.domain.people.members import Member
from chalicelib.domain.text import count_of, join_words
from chalicelib.domain.values import Value


class AccessKind(StrEnum):
    """The access of a person to an engagement. Of several, the first counts."""

    LIVE = "live"
    """A session of theirs may be active."""
    UNUSED = "unused"
    """They have a current grant that was unused for 30 days."""
    STANDING = "standing"
    """They have a current grant with a role that needs no approval."""
    ON_REQUEST = "request"
    """They have a current grant, and each of its roles needs an approval."""


class Cell(Value):
    """The access of one person to one engagement."""

    standing: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()
    is_unused: bool = False
    live: int = 0
    """The sessions that may be active."""

    @property
    def kind(self) -> AccessKind:
        if self.live:
            return AccessKind.LIVE
        if self.is_unused:
            return AccessKind.UNUSED
        return AccessKind.STANDING if self.standing else AccessKind.ON_REQUEST

    @property
    def only_role(self) -> str:
        """Return the grant's role if it has only one."""
        roles = (*self.standing, *self.on_request)
        return roles[0] if len(roles) == 1 else ""

    @property
    def text(self) -> str:
        """Return the access in words."""
        words = [count_of(self.live, "live session")] if self.live else []
        words += [f"{join_words(self.standing)} standing"] if self.standing else []
        words += [f"{join_words(self.on_request)} on request"] if self.on_request else []
        words += ["unused for 30 days"] if self.is_unused else []
        return ", ".join(words)


class PersonRow(Value):
    """A person with their cells by engagement. Without access there is no cell."""

    id: str
    name: str
    """Empty: the member is unknown."""
    cells: Mapping[str, Cell]


def list_rows(
    engagements: Sequence[Engagement],
    members: Mapping[str, Member],
    grants: Iterable[Grant],
    unused: frozenset[tuple[str, str]],
    live: Mapping[tuple[str, str], int],
    now: datetime,
) -> tuple[PersonRow, ...]:
    """Return the people with access to one of these engagements, or with a live session in one,
    sorted by name.

    A grant gives access while it is current, its engagement allows sessions and its member is not
    suspended. `unused` has the engagement and the member of each unused grant. `live` counts, by
    engagement and member, the sessions that may be active.
    """
    by_id = {each.id: each for each in engagements}
    cells = {key: Cell(live=count) for key, count in live.items() if key[0] in by_id}
    for grant in grants:
        engagement, member = by_id.get(grant.engagement), members.get(grant.member)
        if engagement is None or member is None or member.suspended_at is not None:
            continue
        if engagement.allows_sessions(now) and grant.is_current(now):
            key = grant.engagement, grant.member
            on_request = {r for r in grant.roles if needs_approval(engagement, grant, r)}
            cells[key] = Cell(
                standing=tuple(sorted(grant.roles - on_request)),
                on_request=tuple(sorted(on_request)),
                is_unused=key in unused,
                live=live.get(key, 0),
            )
    rows = [
        PersonRow(
            id=person,
            name=members[person].name if person in members else "",
            cells={key[0]: cell for key, cell in cells.items() if key[1] == person},
        )
        for person in {key[1] for key in cells}
    ]
    return tuple(sorted(rows, key=lambda row: (row.name.casefold() or row.id, row.id)))
