"""Draw who may enter which roles: people on the left, engagements with their roles on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value
from chalicelib.domain.web.access_edges import AccessEdge, EdgeChange
from chalicelib.entrypoints.web.pictures import svg

MAX_EDGES = 60
"""The most edges of one picture. More lines would hide one another."""
WIDTH = 960.0
_PEOPLE_X, _ROLES_X = 210.0, 680.0
_TOP, _ROW = 16.0, 24.0
_PERSON_WIDTH, _ROLE_WIDTH = 32, 42
"""Narrow characters."""

CHANGE_TEXTS: Mapping[EdgeChange, str] = {
    EdgeChange.SAME: "same",
    EdgeChange.NEW: "new",
    EdgeChange.GONE: "gone",
    EdgeChange.CHANGED: "changed",
}
_MARKS = {EdgeChange.NEW: "+", EdgeChange.GONE: "−", EdgeChange.CHANGED: "~"}


def draw_access(
    edges: Sequence[AccessEdge],
    *,
    name: str = "access",
    root: str = "",
    is_comparison: bool = False,
) -> Markup:
    """Return a picture of these edges, in the order of engagement and role, with its table.

    Raise ValueError for more than MAX_EDGES: pass one page of them. `is_comparison` is true if the
    edges are of two days, so that the table says of each whether it changed.
    """
    if len(edges) > MAX_EDGES:
        raise ValueError(f"a picture has at most {MAX_EDGES} edges")
    layout = _Layout.of(edges)
    people, roles = len(layout.people), len(layout.roles)
    changes = [edge for edge in edges if edge.change is not EdgeChange.SAME]
    description = (
        f"{count_of(people, 'person', 'people')} and {count_of(roles, 'role')}, with"
        f" {count_of(len(edges), 'line')}, {len(changes)} of them changed."
    )
    parts = [
        *(_draw_edge(layout, edge) for edge in edges if edge.change is EdgeChange.SAME),
        *(_draw_edge(layout, edge) for edge in changes),
        *(_draw_mark(layout, edge) for edge in changes),
        *_draw_nodes(layout),
    ]
    return svg.figure(
        _build_key(edges),
        svg.chart(name, "Access graph", description, (WIDTH, layout.height), parts),
        _build_table(edges, root, is_comparison=is_comparison),
    )


class _Layout(Value, frozen=True, kw_only=True):
    """The vertical positions of people, of engagements' names and of roles."""

    people: Mapping[str, float]
    engagements: Mapping[str, float]
    roles: Mapping[tuple[str, str], float]
    height: float

    @classmethod
    def of(cls, edges: Sequence[AccessEdge]) -> _Layout:
        """Return the layout for these edges. People are in the order of their average role, so that
        few edges cross."""
        engagements: dict[str, float] = {}
        roles: dict[tuple[str, str], float] = {}
        y = _TOP
        by_engagement = sorted(edges, key=lambda edge: edge.identity)
        for engagement, of_engagement in groupby(by_engagement, lambda edge: edge.engagement):
            engagements[engagement] = y
            for role in dict.fromkeys(edge.role for edge in of_engagement):
                y += _ROW
                roles[engagement, role] = y
            y += _ROW * 1.25
        members = list(dict.fromkeys(edge.member for edge in edges))
        height = max(y, _TOP + len(members) * _ROW, _TOP + _ROW * 2)
        heights = {
            member: [roles[e.engagement, e.role] for e in edges if e.member == member]
            for member in members
        }
        members.sort(key=lambda member: sum(heights[member]) / len(heights[member]))
        step = (height - _TOP) / max(len(members), 1)
        people = {member: _TOP + step * (n + 0.5) - 6 for n, member in enumerate(members)}
        return cls(people=people, engagements=engagements, roles=roles, height=height)

    def ends(self, edge: AccessEdge) -> tuple[float, float]:
        """Return the vertical positions of the edge's person and of its role."""
        return self.people[edge.member], self.roles[edge.engagement, edge.role]


def _draw_edge(layout: _Layout, edge: AccessEdge) -> Markup:
    """Return the line of an edge, with its description."""
    left, right = layout.ends(edge)
    middle = (_PEOPLE_X + _ROLES_X) / 2
    classes = ["edge", edge.change.value, *(["request"] if edge.is_on_request else [])]
    return svg.element(
        "path",
        svg.element("title", describe(edge)),
        class_=" ".join(classes),
        d=f"M{_PEOPLE_X + 5:.1f} {left:.1f}"
        f"C{middle:.1f} {left:.1f} {middle:.1f} {right:.1f} {_ROLES_X - 5:.1f} {right:.1f}",
    )


def _draw_mark(layout: _Layout, edge: AccessEdge) -> Markup:
    """Return the sign of a change, in the middle of its edge."""
    left, right = layout.ends(edge)
    x, y = (_PEOPLE_X + _ROLES_X) / 2, (left + right) / 2
    return svg.element(
        "g",
        (
            svg.element("circle", cx=x, cy=y, r=7),
            svg.element("text", _MARKS[edge.change], x=x, y=y + 4, text_anchor="middle"),
        ),
        class_=f"mark-of {edge.change.value}",
    )


def _draw_nodes(layout: _Layout) -> Iterator[Markup]:
    """Yield the people, the engagements and the roles."""
    for member, y in layout.people.items():
        yield svg.element("circle", class_="node", cx=_PEOPLE_X, cy=y, r=4)
        yield svg.label(
            member, _PERSON_WIDTH, class_="name", x=_PEOPLE_X - 12, y=y + 4, text_anchor="end"
        )
    for engagement, y in layout.engagements.items():
        yield svg.label(engagement, _ROLE_WIDTH, class_="heading", x=_ROLES_X - 4, y=y + 4)
    for (_, role), y in layout.roles.items():
        yield svg.element("circle", class_="node", cx=_ROLES_X, cy=y, r=4)
        yield svg.label(role, _ROLE_WIDTH, class_="name", x=_ROLES_X + 12, y=y + 4)


def describe(edge: AccessEdge) -> str:
    """Return the edge in words."""
    request = " on request" if edge.is_on_request else ""
    change = "" if edge.change is EdgeChange.SAME else f", {CHANGE_TEXTS[edge.change]}"
    target = f"{edge.engagement}/{edge.role}"
    return f"{edge.member} → {target}{request}, until {edge.until:%-d %b %Y}{change}"


def _build_key(edges: Sequence[AccessEdge]) -> Markup:
    """Return the list that explains the kinds of lines among these edges."""
    changes = {edge.change for edge in edges}
    entries = [
        *([("edge", "access")] if edges else []),
        *([("edge request", "access on request")] if any(e.is_on_request for e in edges) else []),
        *((f"edge {kind}", f"{kind} ({mark})") for kind, mark in _MARKS.items() if kind in changes),
    ]
    items = (
        svg.element(
            "li",
            (
                svg.element(
                    "svg",
                    svg.element("path", class_=css_class, d="M0 6H24"),
                    viewBox="0 0 24 12",
                    class_="line",
                    aria_hidden="true",
                    focusable="false",
                ),
                svg.clean(text),
            ),
        )
        for css_class, text in entries
    )
    return svg.element("ul", items, class_="key")


def _build_table(edges: Sequence[AccessEdge], root: str, *, is_comparison: bool) -> Markup:
    """Return the table of the edges."""
    rows = [
        [
            svg.name_cell(edge.member, f"{root}/people/{edge.member}" if root else ""),
            svg.name_cell(edge.engagement, f"{root}/engagements/{edge.engagement}" if root else ""),
            svg.name_cell(edge.client),
            edge.role + (" (on request)" if edge.is_on_request else ""),
            svg.moment_cell(edge.until),
            *([CHANGE_TEXTS[edge.change]] if is_comparison else []),
        ]
        for edge in edges
    ]
    headings = ["Person", "Engagement", "Client", "Role", "Until"]
    if is_comparison:
        headings.append("Change")
    return svg.table("Access as a table", headings, rows)
