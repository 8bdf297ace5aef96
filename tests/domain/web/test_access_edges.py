"""The edges of the access graph, their changes between two days, and their filter."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.web.access_edges import AccessEdge, EdgeChange, EdgeFilter, compare_access
from chalicelib.domain.web.overview import AccessRecord, EngagementAccess, MemberAccess
from tests.builders import AFTER, NOON

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


def shown(edges: tuple[AccessEdge, ...]) -> list[tuple[str, str, str, EdgeChange]]:
    return [(*edge.identity, edge.change) for edge in edges]


def test_without_an_earlier_day_all_edges_are_the_same() -> None:
    edges = compare_access(None, EARLIER, EdgeFilter())
    assert shown(edges) == [
        ("acme-prod", "deploy", "alice", SAME),
        ("acme-prod", "readonly", "alice", SAME),
        ("globex", "readonly", "bob", SAME),
    ]
    assert [edge.is_on_request for edge in edges] == [True, False, False]


def test_the_changes_between_two_days() -> None:
    edges = compare_access(EARLIER, LATER, EdgeFilter())
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
    changes = [change for *_, change in shown(compare_access(LATER, EARLIER, EdgeFilter()))]
    assert changes == [CHANGED, SAME, GONE, GONE, GONE, NEW]


@pytest.mark.parametrize(
    ("changes", "count"),
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
    assert len(compare_access(EARLIER, LATER, EdgeFilter(**changes))) == count
