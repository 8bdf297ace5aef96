"""The edges of the access graph, their changes between two days, and their filter."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chalicelib.domain.web.access_edges import (
    AccessChanges,
    AccessEdge,
    EdgeChange,
    EdgeFilter,
    compare_access,
)
from chalicelib.domain.web.overview.days import AccessRecord, EngagementAccess, MemberAccess
from tests.builders import AFTER, NOON
from tests.rows import every

SAME, NEW, GONE, CHANGED = EdgeChange


def record(*rows: EngagementAccess) -> AccessRecord:
    return AccessRecord(day="2026-11-24", taken_at=NOON, rows=rows)


def row(engagement: str, *members: MemberAccess, client: str = "Acme") -> EngagementAccess:
    return EngagementAccess(engagement, client, members)


ALICE = MemberAccess("alice", AFTER, ("readonly",), ("deploy",))
BOB = MemberAccess("bob", AFTER, ("readonly",))
EARLIER = record(row("acme-prod", ALICE), row("globex", BOB, client="Globex"))
LATER = record(
    row("acme-prod", MemberAccess("alice", NOON, ("deploy", "readonly")), BOB),
    row("acme-test", ALICE),
)


def all_of(access: AccessChanges) -> tuple[AccessEdge, ...]:
    edges = access.list_edges(0, access.count)
    assert len(edges) == access.count
    assert Counter(edge.change for edge in edges) == access.changes
    return edges


def compare(
    before: AccessRecord | None, after: AccessRecord, edge_filter: EdgeFilter
) -> tuple[AccessEdge, ...]:
    return all_of(compare_access(before, after, edge_filter))


def shown(edges: tuple[AccessEdge, ...]) -> list[tuple[str, str, str, EdgeChange]]:
    return [(*edge.identity, edge.change) for edge in edges]


def test_without_an_earlier_day_all_edges_are_the_same() -> None:
    edges = compare(None, EARLIER, EdgeFilter())
    assert shown(edges) == [
        ("acme-prod", "deploy", "alice", SAME),
        ("acme-prod", "readonly", "alice", SAME),
        ("globex", "readonly", "bob", SAME),
    ]
    assert [edge.is_on_request for edge in edges] == [True, False, False]


def test_the_changes_between_two_days() -> None:
    edges = compare(EARLIER, LATER, EdgeFilter())
    assert shown(edges) == [
        ("acme-prod", "deploy", "alice", CHANGED),
        ("acme-prod", "readonly", "alice", SAME),
        ("acme-prod", "readonly", "bob", NEW),
        ("acme-test", "deploy", "alice", NEW),
        ("acme-test", "readonly", "alice", NEW),
        ("globex", "readonly", "bob", GONE),
    ]
    assert edges[0].is_on_request is False  # as on the later day
    assert edges[1].until == NOON


def test_the_changes_the_other_way_round() -> None:
    changes = [change for *_, change in shown(compare(LATER, EARLIER, EdgeFilter()))]
    assert changes == [CHANGED, SAME, GONE, GONE, GONE, NEW]


@every(
    "changes, count",
    [
        ({}, 6),
        ({"member": "bob"}, 2),
        ({"member": "nobody"}, 0),
        ({"engagement": "acme-prod"}, 3),
        ({"engagement": "acme"}, 0),
        ({"client": "acme"}, 5),
        ({"client": " ACME "}, 5),
        ({"client": "Acm"}, 0),
        ({"changes_only": True}, 5),
        ({"changes_only": True, "member": "alice", "engagement": "acme-prod"}, 1),
    ],
)
def test_a_filter_selects_edges(changes: dict[str, Any], count: int) -> None:
    assert len(compare(EARLIER, LATER, EdgeFilter(**changes))) == count


@every("start", range(7))
@every("count", [1, 2, 6])
def test_any_part_of_the_edges_can_be_listed(start: int, count: int) -> None:
    for earlier in (EARLIER, LATER, None):
        access = compare_access(earlier, LATER, EdgeFilter())
        expected = all_of(access)[start : start + count]
        assert access.list_edges(start, start + count) == expected


def test_an_engagement_whose_rows_are_in_two_parts_is_one_group() -> None:
    parts = record(row("acme-prod", ALICE), row("acme-prod", BOB))
    access = compare_access(parts, parts, EdgeFilter())
    assert len(access.groups) == 1
    assert [edge.identity for edge in all_of(access)] == [
        ("acme-prod", "deploy", "alice"),
        ("acme-prod", "readonly", "alice"),
        ("acme-prod", "readonly", "bob"),
    ]
