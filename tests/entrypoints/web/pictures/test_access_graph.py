"""The access graph."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.web.access_edges import AccessEdge, EdgeChange
from chalicelib.entrypoints.web.pictures.access_graph import MAX_EDGES, draw_access
from tests.builders import NOON
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn, markup_of
from tests.golden import hold_against_file
from tests.rows import every

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


@settings(max_examples=40)
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


@every("name", HOSTILE[-5:-1])
def test_a_long_name_is_short_in_the_picture_and_whole_in_the_table(name: str) -> None:
    picture = Drawn(draw_access([edge(name, name, client=name, engagement=name)]))
    assert picture.rows[0][:4] == [name] * 4
    labels = [text for text in picture.texts("text") if text.startswith("\u2068")]
    assert len(labels) == 3
    assert all(len(label) <= 44 for label in labels)


def test_a_picture_has_sixty_edges_at_most() -> None:
    edges = [edge(f"m{n}", until=NOON + timedelta(days=n)) for n in range(MAX_EDGES + 1)]
    assert len(Drawn(draw_access(edges[:-1])).rows) == MAX_EDGES
    with pytest.raises(ValueError, match=r"^a picture has at most 60 edges$"):
        draw_access(edges)


EXAMPLES = {
    "two people with two roles": [
        edge(m, r) for m in ("alice", "bob") for r in ("deploy", "readonly")
    ],
    "on request": [edge(is_on_request=True)],
    "one is gone": [edge(), edge("bob", change=EdgeChange.GONE)],
    "nobody": [],
}


@pytest.mark.golden
def test_examples_are_as_the_file_says() -> None:
    parts = [
        f"=== {name}\n{markup_of(draw_access(edges, root='/api/web'))}"
        for name, edges in EXAMPLES.items()
    ]
    changed = [edge(f"m{n}", change=change) for n, change in enumerate(EdgeChange)]
    picture = markup_of(draw_access(changed, is_comparison=True))
    parts.append(f"=== a comparison\n{picture}")
    hold_against_file("console/pictures-access.txt", "\n".join(parts))
