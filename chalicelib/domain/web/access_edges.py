"""The access graph: who may enter which roles, and the changes between two days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.clients import normalise_client_name
from chalicelib.domain.values import Value
from chalicelib.domain.web.overview import AccessRecord


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

    def list_edges(self, record: AccessRecord) -> Iterator[AccessEdge]:
        """Yield the edges of a day for the member, the engagement and the client."""
        client = normalise_client_name(self.client)
        for row in record.rows:
            if self.engagement not in ("", row.engagement):
                continue
            if client and normalise_client_name(row.client) != client:
                continue
            for access in row.members:
                if self.member not in ("", access.member):
                    continue
                roles = (
                    *((role, False) for role in access.roles),
                    *((role, True) for role in access.on_request),
                )
                for role, is_on_request in roles:
                    yield AccessEdge(
                        engagement=row.engagement,
                        client=row.client,
                        member=access.member,
                        role=role,
                        is_on_request=is_on_request,
                        until=access.until,
                    )


def compare_access(
    before: AccessRecord | None, after: AccessRecord, edge_filter: EdgeFilter
) -> tuple[AccessEdge, ...]:
    """Return the edges of both days in order, each with its change. Without `before`, return those
    of `after`, all as the same."""
    edges = {edge.identity: edge for edge in edge_filter.list_edges(after)}
    if before is not None:
        earlier = {edge.identity: edge for edge in edge_filter.list_edges(before)}
        for key, edge in edges.items():
            change = _compare(earlier.get(key), edge)
            if change is not EdgeChange.SAME:  # most edges are the same, and stay as they are
                edges[key] = replace(edge, change=change)
        for key in earlier.keys() - edges.keys():
            edges[key] = replace(earlier[key], change=EdgeChange.GONE)
    return tuple(
        edges[key]
        for key in sorted(edges)
        if not edge_filter.changes_only or edges[key].change is not EdgeChange.SAME
    )


def _compare(before: AccessEdge | None, after: AccessEdge) -> EdgeChange:
    """Return the change of an edge that exists on the later day."""
    if before is None:
        return EdgeChange.NEW
    is_changed = before.is_on_request != after.is_on_request
    return EdgeChange.CHANGED if is_changed else EdgeChange.SAME
