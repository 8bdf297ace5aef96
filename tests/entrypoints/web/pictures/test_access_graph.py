"""The access graph."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.web.access_edges import AccessEdge, EdgeChange
from chalicelib.entrypoints.web.pictures.access_graph import MAX_EDGES, draw_access
from tests.builders import NOON
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn

NAMES = st.sampled_from(HOSTILE) | st.text(max_size=60)
EDGES = st.lists(
    st.builds(
        AccessEdge,
        engagement=NAMES,
        client=NAMES,
        member=NAMES,
        role=NAMES,
        is_on_request=st.booleans(),
        until=st.just(NOON),
        change=st.sampled_from(EdgeChange),
    ),
    max_size=20,
)


def edge(member: str = "alice", role: str = "readonly", **changes: object) -> AccessEdge:
    fields = {"engagement": "acme-prod", "client": "Acme", "is_on_request": False, "until": NOON}
    return AccessEdge(member=member, role=role, **(fields | changes))  # type: ignore[arg-type]


@given(edges=EDGES, is_comparison=st.booleans())
def test_any_edges_give_a_sound_picture_whose_table_has_them(
    *, edges: list[AccessEdge], is_comparison: bool
) -> None:
    picture = Drawn(draw_access(edges, root="/api/web", is_comparison=is_comparison))
    picture.require_sound()
    assert len(picture.rows) == len(edges)
    assert picture.count("path", "edge") == len(edges) + len(picture.texts("li"))
    for cells, drawn in zip(picture.rows, edges, strict=True):
        assert cells[4] == "24 Nov 2026, 12:00 UTC"
        assert cells[5:] == ([drawn.change.value] if is_comparison else [])


@pytest.mark.parametrize("name", HOSTILE[-5:-1])
def test_a_long_name_is_short_in_the_picture_and_whole_in_the_table(name: str) -> None:
    picture = Drawn(draw_access([edge(name, name, client=name, engagement=name)]))
    assert picture.rows[0][:4] == [name] * 4
    labels = [text for text in picture.texts("text") if text.startswith("\u2068")]
    assert len(labels) == 3
    assert all(len(label) <= 44 for label in labels)


def test_edges_that_changed_are_drawn_and_listed_differently() -> None:
    edges = [edge(f"m{n}", change=change) for n, change in enumerate(EdgeChange)]
    picture = Drawn(draw_access(edges, is_comparison=True))
    for change in EdgeChange:
        in_the_key = change is not EdgeChange.SAME
        assert picture.count("path", change.value) == 1 + in_the_key
    assert [text for text in picture.texts("text") if text in "+−~"] == ["+", "−", "~"]
    assert [cells[-1] for cells in picture.rows] == ["same", "new", "gone", "changed"]
    assert picture.texts("title")[-1] == "m3 → acme-prod/readonly, until 24 Nov 2026, changed"


def test_access_on_request_is_dashed_and_said() -> None:
    picture = Drawn(draw_access([edge(is_on_request=True)]))
    assert picture.count("path", "request") == 2  # one of them is the key's
    assert picture.rows[0][3] == "readonly (on request)"
    assert "on request" in picture.texts("title")[1]


def test_the_key_explains_the_lines_that_there_are() -> None:
    edges = [edge(), edge("bob", change=EdgeChange.GONE)]
    assert Drawn(draw_access(edges)).texts("li") == ["access", "gone (−)"]
    assert Drawn(draw_access([edge(is_on_request=True)])).texts("li")[1:] == ["access on request"]
    assert Drawn(draw_access([])).texts("li") == []


def test_each_person_and_each_role_is_one_point() -> None:
    edges = [edge(m, r) for m in ("alice", "bob") for r in ("deploy", "readonly")]
    picture = Drawn(draw_access(edges))
    assert picture.count("circle", "node") == 4
    assert picture.count("text", "heading") == 1


def test_a_picture_has_sixty_edges_at_most() -> None:
    edges = [edge(f"m{n}", until=NOON + timedelta(days=n)) for n in range(MAX_EDGES + 1)]
    assert len(Drawn(draw_access(edges[:-1])).rows) == MAX_EDGES
    with pytest.raises(ValueError, match=r"^a picture has at most 60 edges$"):
        draw_access(edges)


def test_names_link_to_their_pages() -> None:
    links = [a.get("href") for a in Drawn(draw_access([edge()], root="/api/web")).root.iter("a")]
    assert links == ["/api/web/people/alice", "/api/web/engagements/acme-prod"]
