"""Serve files: the `daypass` command, its checksum, and the style of the web console."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from msgspec.structs import replace

from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.authentication import NO_AUTHENTICATION, call_view
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routes import Route, inputs_of
from chalicelib.entrypoints.http.routing import Routes

SOURCES = Path(__file__).parents[3] / "cli" / "daypass"
ZIP = "application/zip"
FILE_NAME = "cli"
"""The name under which curl saves the file: the last part of its route."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold
_MAIN = "from daypass.__main__ import main\n\nmain()\n"


def _serve_file(route: Route, request: ChaliceRequest) -> Response:
    """Serve the file. A request for a zip must name its type: API Gateway decodes a binary answer
    only then ("Binary media types for REST APIs in API Gateway", API Gateway Developer Guide)."""
    if route.media == ZIP and ZIP not in (request.headers.get("accept") or ""):
        raise bad_value(
            "Accept", f"This file is a zip archive. Send the header Accept: {ZIP} to download it."
        )
    return call_view(route, {"path": parse(inputs_of(route.view).path, request.uri_params or {})})


FILES = replace(NO_AUTHENTICATION, serve=_serve_file, response_types=(str,))
public = Routes(authentication=FILES)


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


@public.get("/cli", media=ZIP)
def download_command() -> Response:
    """Download the `daypass` command: an executable zip for Python 3.9 or newer"""
    return make_response(200, zipapp(), ZIP)


@public.get("/cli.sha256", media="text/plain")
def show_command_checksum() -> Response:
    """Show the command's SHA-256, as `sha256sum -c` reads it"""
    text = f"{sha256(zipapp()).hexdigest()}  {FILE_NAME}\n"
    return make_response(200, text, "text/plain; charset=utf-8")


class StylePath(Request):
    file: Annotated[
        str, constrain_identifier("the name of a style", r"console-[0-9a-f]{16}\.css", 28, 28)
    ]


@public.get("/assets/{file}", media="text/css")
def show_style(path: StylePath) -> Response:
    """Show the style of the web console's pages"""
    from chalicelib.entrypoints.pages.assets import CONSOLE, name_console_style, read_asset

    response = make_response(200, read_asset("css", CONSOLE), "text/css; charset=utf-8")
    if path.file == name_console_style():  # a page from before an update names another file
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
