"""Serve what anyone may read: the way into the console, the page of an unknown address below it,
the health check, the OpenAPI document, the `daypass` command and the console's style."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError, NotFound, bad_value
from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request as RequestFields
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.authentication import NO_AUTHENTICATION, call_view
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.parsing import build_base_url, parse
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.responses import make_response, redirect
from chalicelib.entrypoints.http.routes import Route, inputs_of
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


SOURCES = Path(__file__).parents[3] / "cli" / "daypass"
ZIP = "application/zip"
FILE_NAME = "cli"
"""The name under which curl saves the file: the last part of its route."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold
_MAIN = "from daypass.__main__ import main\n\nmain()\n"


def _serve_file(route: Route, request: Request) -> Response:
    """Serve the file. A request for a zip must name its type: API Gateway decodes a binary answer
    only then ("Binary media types for REST APIs in API Gateway", API Gateway Developer Guide)."""
    if route.media == ZIP and ZIP not in (request.headers.get("accept") or ""):
        raise bad_value(
            "Accept", f"This file is a zip archive. Send the header Accept: {ZIP} to download it."
        )
    return call_view(route, {"path": parse(inputs_of(route.view).path, request.uri_params or {})})


FILES = replace(NO_AUTHENTICATION, serve=_serve_file, response_types=(str,))
files = Routes(authentication=FILES)


@cache
def zipapp() -> bytes:
    """Return the command as an executable zip ("zipapp", The Python Standard Library).

    The same sources give the same bytes on every Python, because nothing is compressed.
    """
    buffer = io.BytesIO()
    buffer.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as packed:
        packed.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), _MAIN)
        for path in sorted(SOURCES.rglob("*.py")):
            name = path.relative_to(SOURCES.parent).as_posix()
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes())
    return buffer.getvalue()


@files.get("/cli", media=ZIP)
def download_command() -> Response:
    """Download the `daypass` command: an executable zip for Python 3.9 or newer"""
    return make_response(200, zipapp(), ZIP)


@files.get("/cli.sha256", media="text/plain")
def show_command_checksum() -> Response:
    """Show the command's SHA-256, as `sha256sum -c` reads it"""
    text = f"{sha256(zipapp()).hexdigest()}  {FILE_NAME}\n"
    return make_response(200, text, "text/plain; charset=utf-8")


class StylePath(RequestFields):
    file: Annotated[
        str, constrain_identifier("the name of a style", r"console-[0-9a-f]{16}\.css", 28, 28)
    ]


@files.get("/assets/{file}", media="text/css")
def show_style(path: StylePath) -> Response:
    """Show the style of the web console's pages"""
    from chalicelib.entrypoints.pages.assets import CONSOLE, name_console_style, read_asset

    response = make_response(200, read_asset("css", CONSOLE), "text/css; charset=utf-8")
    if path.file == name_console_style():  # a page from before an update names another file
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
