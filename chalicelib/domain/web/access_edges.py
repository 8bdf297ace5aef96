"""The access graph: who may enter which roles, and the changes between two days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.clients import normalise_client_name
from chalicelib.domain.values import Value
from chalicelib.domain.web.overview.days import AccessRecord, EngagementAccess


class EdgeChange(StrEnum):
    """The difference of an edge between two days."""

    SAME = "same"
    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    """The access needs an approved request on one of the days only."""


class AccessEdge(Value, frozen=True, kw_only=True):
    """The access of one member to one role of an engagement."""

    engagement: str
    client: str
    member: str
    role: str
    is_on_request: bool
    """True if the access needs an approved request: on the later day, if it exists on that day."""
    until: datetime
    """When the access ends, as recorded on that day."""
    change: EdgeChange = EdgeChange.SAME

    @property
    def identity(self) -> tuple[str, str, str]:
        """Return the engagement, the role and the member: the order of the edges."""
        return self.engagement, self.role, self.member


class EdgeFilter(Value, frozen=True, kw_only=True):
    """The edges to show. An empty text selects all."""

    member: str = ""
    engagement: str = ""
    client: str = ""
    """The client's name, without regard to case and spaces."""
    changes_only: bool = False

    def select_rows(self, record: AccessRecord | None) -> dict[str, list[EngagementAccess]]:
        """Return the record's rows with access that is to be shown, by engagement. Without a
        record, return none."""
        client = normalise_client_name(self.client)
        rows: dict[str, list[EngagementAccess]] = {}
        for row in record.rows if record else ():
            if self.engagement not in ("", row.engagement):
                continue
            if client and normalise_client_name(row.client) != client:
                continue
            members = row.members
            if self.member:
                members = tuple(each for each in members if each.member == self.member)
            if members:
                shown = EngagementAccess(row.engagement, row.client, members)
                rows.setdefault(row.engagement, []).append(shown)
        return rows


class EdgeGroup(Value, frozen=True, kw_only=True):
    """The edges of one engagement. Edges are made when they are needed: of 10,000 engagements, a
    page shows a few."""

    before: Sequence[EngagementAccess]
    after: Sequence[EngagementAccess]
    edges: tuple[AccessEdge, ...] | None
    """The edges, if the two days differ. None: all are the same as those of `after`."""
    count: int

    def list_edges(self) -> tuple[AccessEdge, ...]:
        """Return the edges in order."""
        if self.edges is not None:
            return self.edges
        return tuple(sorted(_make_edges(self.after), key=lambda edge: edge.identity))


class AccessChanges(Value, frozen=True, kw_only=True):
    """The edges of two days, each with its change, by engagement."""

    groups: tuple[EdgeGroup, ...]
    count: int
    """The number of all edges."""
    changes: Mapping[EdgeChange, int]
    """The number of edges with each change."""

    def list_edges(self, start: int, stop: int) -> tuple[AccessEdge, ...]:
        """Return the edges from position `start` up to but excluding `stop`."""
        edges: list[AccessEdge] = []
        position = 0
        for group in self.groups:
            if position < stop and start < position + group.count:
                edges += group.list_edges()[max(start - position, 0) : stop - position]
            position += group.count
        return tuple(edges)


def compare_access(
    before: AccessRecord | None, after: AccessRecord, edge_filter: EdgeFilter
) -> AccessChanges:
    """Return the edges of both days. Without `before`, return those of `after`, all as the same."""
    current = edge_filter.select_rows(after)
    earlier = edge_filter.select_rows(before)
    groups: list[EdgeGroup] = []
    changes = Counter[EdgeChange]()
    for engagement in sorted(current.keys() | earlier.keys()):
        group = _compare_rows(
            current.get(engagement, []) if before is None else earlier.get(engagement, []),
            current.get(engagement, []),
            edge_filter,
        )
        if group.edges is None:
            changes[EdgeChange.SAME] += group.count
        else:
            changes.update(edge.change for edge in group.edges)
        groups.append(group)
    return AccessChanges(
        groups=tuple(groups), count=sum(group.count for group in groups), changes=+changes
    )


def _compare_rows(
    before: Sequence[EngagementAccess], after: Sequence[EngagementAccess], edge_filter: EdgeFilter
) -> EdgeGroup:
    """Return the edges of one engagement on two days."""
    if before == after and not edge_filter.changes_only:
        count = sum(
            len(access.roles) + len(access.on_request) for row in after for access in row.members
        )
        return EdgeGroup(before=before, after=after, edges=None, count=count)
    edges = _compare_edges(before, after) if before != after else ()
    if edge_filter.changes_only:
        edges = tuple(edge for edge in edges if edge.change is not EdgeChange.SAME)
    return EdgeGroup(before=before, after=after, edges=edges, count=len(edges))


def _compare_edges(
    before: Sequence[EngagementAccess], after: Sequence[EngagementAccess]
) -> tuple[AccessEdge, ...]:
    """Return the edges of these rows in order, each with its change."""
    earlier = {edge.identity: edge for edge in _make_edges(before)}
    edges = {key: replace(edge, change=EdgeChange.GONE) for key, edge in earlier.items()}
    edges |= {
        edge.identity: replace(edge, change=_compare(earlier.get(edge.identity), edge))
        for edge in _make_edges(after)
    }
    return tuple(edges[key] for key in sorted(edges))


def _make_edges(rows: Sequence[EngagementAccess]) -> Iterator[AccessEdge]:
    """Yield the edges of these rows."""
    for row in rows:
        for access in row.members:
            for role in (*access.roles, *access.on_request):
                yield AccessEdge(
                    engagement=row.engagement,
                    client=row.client,
                    member=access.member,
                    role=role,
                    is_on_request=role in access.on_request,
                    until=access.until,
                )


def _compare(before: AccessEdge | None, after: AccessEdge) -> EdgeChange:
    """Return the change of an edge that exists on the later day."""
    if before is None:
        return EdgeChange.NEW
    is_changed = before.is_on_request != after.is_on_request
    return EdgeChange.CHANGED if is_changed else EdgeChange.SAME
