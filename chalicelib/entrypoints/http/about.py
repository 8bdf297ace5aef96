"""Serve the public routes: the way into the console, the page of an unknown address below it, the
health check and the OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError, NotFound
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.authentication import NO_AUTHENTICATION, call_view
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.parsing import build_base_url
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Route
from chalicelib.entrypoints.http.routing import Routes

public = Routes(authentication=NO_AUTHENTICATION)
ENTRANCE = replace(
    NO_AUTHENTICATION,
    serve=lambda route, request: call_view(route, {"base_url": build_base_url(request)}),
    response_types=(str,),
)
entrance = Routes(authentication=ENTRANCE)


def _serve_nothing(_route: Route, _request: Request) -> Response:
    raise NotFound(Reason.NO_SUCH_WEB_PAGE)


def _render_unknown_page(error: DaypassError, _route: Route, request: Request) -> Response:
    from chalicelib.entrypoints.pages.render import render_problem_page

    problem, url = build_problem(error, Surface.WEB), f"{build_base_url(request)}/web"
    label = "Go to the first page"
    return render_problem_page(problem, read_request_id(request), url, back_label=label)


NOWHERE = replace(
    ENTRANCE,
    serve=_serve_nothing,
    render_problem=_render_unknown_page,
    body_types=(),
    media="text/html",
    problem_response="ProblemPage",
)
nowhere = Routes(authentication=NOWHERE)

OPENAPI = Path(__file__).parents[2] / "openapi.json"
VERSION = "0.1.0"
OLDEST_COMMAND = "0.1.0"


class Health(Value):
    """The state of the API."""

    status: Literal["ok"] = "ok"
    version: str = VERSION
    """Daypass's version."""
    oldest_command: str = OLDEST_COMMAND
    """The oldest version of the `daypass` command that this API still serves."""


@entrance.get("/", status=303)
def go_to_console(base_url: str) -> Response:
    """Go to the web console. People who type the API's address look for it"""
    return redirect(f"{base_url}/web")


@nowhere.get("/web/{page+}", status=404)
def show_unknown_page() -> None:  # pragma: no cover - its authentication serves it
    """Show that the web console has no such page. Everyone gets the same, signed in or not"""


@public.get("/healthz")
def healthz() -> Health:
    """Check that the function answers. It makes no calls to AWS"""
    return Health()


@public.get("/openapi.json")
@cache
def openapi() -> dict[str, Any]:
    """Show this API as OpenAPI 3.1"""
    document: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    return document
