"""Render the web console's pages: a template within the layout that all of them share."""

from __future__ import annotations

from typing import Any, NamedTuple

from chalice.app import Response

from chalicelib.domain.people.members import Kind
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.web.actions.declared import find_done_text
from chalicelib.entrypoints.web.request import WebRequest

_ALL = frozenset(Kind)
_READERS = frozenset({Kind.LEAD, Kind.AUDITOR})
_MEMBERS = frozenset({Kind.LEAD, Kind.MEMBER})


class Section(NamedTuple):
    """A section of the console: its path below the root, its label, and the kinds of members who
    may see it."""

    path: str
    label: str
    kinds: frozenset[Kind]


class NavigationEntry(NamedTuple):
    """A link to a section, as the page shows it."""

    url: str
    label: str
    is_current: bool


SECTIONS = (
    Section("now", "Now", _READERS),
    Section("access", "My access", _MEMBERS),
    Section("requests", "Requests", _ALL),
    Section("engagements", "Engagements", _READERS),
    Section("people", "People", _READERS),
    Section("me", "My page", _ALL),
    Section("review", "Review", _READERS),
    Section("trail", "Trail", _READERS),
    Section("why", "Why", _ALL),
    Section("pictures", "Pictures", _READERS),
    Section("stops", "Stop", _READERS),
    Section("health", "Health", _READERS),
)


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


def _build_navigation(web: WebRequest) -> list[NavigationEntry]:
    """Return the sections that the member may see."""
    current = web.path.removeprefix("/web").strip("/").partition("/")[0] or "now"
    return [
        NavigationEntry(f"{web.root}/{section.path}", section.label, section.path == current)
        for section in SECTIONS
        if web.caller.member.kind in section.kinds
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
