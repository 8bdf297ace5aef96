"""Render the web console's pages: a template within the layout that all of them share."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.web.actions.declared import find_done_text
from chalicelib.entrypoints.web.navigation import SECTIONS, find_section, list_crumbs
from chalicelib.entrypoints.web.page_errors import PageError
from chalicelib.entrypoints.web.request import WebRequest


def render_console(
    template: str,
    web: WebRequest,
    *,
    title: str,
    status: int = 200,
    above: str | None = None,
    **values: Any,
) -> Response:
    """Render a template of the console as a response.

    The template gets `web`, `root` (the console's path), `now`, `title`, `navigation` (the sections
    that the member may see), `current` (the path of the page's section), `crumbs` (the
    pages above it), `firm_name`, `done` (a sentence on the action that redirected here), and
    `values`. `above` is the path of the page above a form.
    """
    from chalicelib.entrypoints.pages.assets import CONSOLE, name_console_style
    from chalicelib.entrypoints.pages.render import render_page

    sections = [each for each in SECTIONS if web.caller.member.kind in each.kinds]
    page = web.path.removeprefix("/web").strip("/")
    crumbs = list_crumbs(page, sections)[:-1] if above is None else list_crumbs(above, sections)
    return render_page(
        template,
        status,
        assets=CONSOLE,
        style_url=f"{web.root.removesuffix('/web')}/assets/{name_console_style()}",
        web=web,
        root=web.root,
        now=web.now,
        title=title,
        navigation=sections,
        current=find_section(page if above is None else above),
        crumbs=crumbs,
        firm_name=web.ports.firm.name,
        done=find_done_text(web.done, web.tally),
        **values,
    )


def render_console_problem(
    web: WebRequest, problem: Response, request_id: str, heading: str
) -> Response:
    """Render a problem response as a page of the console, with a link to the page's section."""
    error = PageError(text=problem.body["detail"], status=problem.status_code)
    rendered = render_console(
        "web/problem.html",
        replace(web, error=error, done=""),
        title=heading,
        status=error.status,
        request_id=request_id,
    )
    headers = {**problem.headers, **rendered.headers}
    return Response(rendered.body, headers, rendered.status_code)
