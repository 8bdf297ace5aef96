"""Render the web console's pages: a template within the layout that all of them share."""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

from chalice.app import Response
from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.web.actions.declared import find_done_text
from chalicelib.entrypoints.web.page_errors import PageError
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, READERS

_MEMBERS = frozenset({Kind.LEAD, Kind.MEMBER})


class Section(NamedTuple):
    """A section of the console: its path below the root, its label, the kinds of members who may
    see it, and its group in the menu (empty: none)."""

    path: str
    label: str
    kinds: frozenset[Kind]
    group: str = ""


class NavigationEntry(NamedTuple):
    """A link to a section, as the page shows it."""

    url: str
    label: str
    is_current: bool


class NavigationGroup(NamedTuple):
    """Adjacent entries of the menu, with their common label, which can be empty."""

    label: str
    entries: list[NavigationEntry]


_ACCESS = "Access"
_SUBJECTS = "Clients and people"
_EVIDENCE = "Evidence"
SECTIONS = (
    Section("now", "Now", READERS),
    Section("access", "My access", _MEMBERS, _ACCESS),
    Section("requests", "Requests", EVERYONE, _ACCESS),
    Section("review", "Review", READERS, _ACCESS),
    Section("engagements", "Engagements", READERS, _SUBJECTS),
    Section("people", "People", READERS, _SUBJECTS),
    Section("trail", "Trail", READERS, _EVIDENCE),
    Section("why", "Why", EVERYONE, _EVIDENCE),
    Section("stops", "Stop", READERS),
    Section("health", "Health", READERS),
    Section("me", "My page", EVERYONE),
)
"""The sections in the order of the menu. Those of a group are adjacent."""
_PARENTS = {"sessions": "now", "cut-offs": "stops"}
"""The section to which a page with another path belongs."""


def render_console(
    template: str, web: WebRequest, *, title: str, status: int = 200, **values: Any
) -> Response:
    """Render a template of the console as a response.

    The template gets `web`, `root` (the console's path), `now`, `title`, `navigation`, `firm_name`,
    `done` (a sentence on the action that redirected here), and `values`.
    """
    from chalicelib.entrypoints.pages.render import render_page

    return render_page(
        template,
        status,
        assets="web/web",
        web=web,
        root=web.root,
        now=web.now,
        title=title,
        navigation=_build_navigation(web),
        firm_name=web.ports.firm.name,
        done=find_done_text(web.done),
        **values,
    )


def render_console_problem(
    web: WebRequest, problem: Response, request_id: str, heading: str
) -> Response:
    """Render a problem response as a page of the console, with a link to the page's section."""
    error = PageError(text=problem.body["detail"], status=problem.status_code)
    entries = [entry for group in _build_navigation(web) for entry in group.entries]
    rendered = render_console(
        "web/problem.html",
        replace(web, error=error, done=""),
        title=heading,
        status=error.status,
        request_id=request_id,
        section=next((entry for entry in entries if entry.is_current), None),
    )
    headers = {**problem.headers, **rendered.headers}
    return Response(rendered.body, headers, rendered.status_code)


def _build_navigation(web: WebRequest) -> list[NavigationGroup]:
    """Return the sections that the member may see, by group."""
    page = web.path.removeprefix("/web").strip("/").partition("/")[0] or "now"
    current = _PARENTS.get(page, page)
    seen = (section for section in SECTIONS if web.caller.member.kind in section.kinds)
    return [
        NavigationGroup(
            label,
            [
                NavigationEntry(f"{web.root}/{each.path}", each.label, each.path == current)
                for each in sections
            ],
        )
        for label, sections in groupby(seen, key=lambda section: section.group)
    ]


def redirect_to(web: WebRequest, path: str, *, done: str = "") -> Response:
    """Return a response that redirects the browser to a page of the console.

    `path` is below the root, such as `engagements/acme-prod`. `done` is the name of an action. The
    page shows that action's sentence.
    """
    anchor_at = path.find("#")
    page, anchor = (path, "") if anchor_at < 0 else (path[:anchor_at], path[anchor_at:])
    separator = "&" if "?" in page else "?"
    query = f"{separator}done={done}" if done else ""
    return redirect(f"{web.root}/{page}{query}{anchor}".rstrip("/"))
