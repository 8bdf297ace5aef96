"""Render the pages. Templates escape every value, and an undefined value is an error.

Import this module only for a page: loading Jinja2 would delay every cold start of a vend.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chalice.app import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.domain.moments import end_text, rfc3339, utc_text
from chalicelib.entrypoints.http.responses import make_response

HTML = "text/html; charset=utf-8"
_HERE = Path(__file__).parent

_HEADINGS = {
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.CONFLICT: "Please try again",
    HTTPStatus.SERVICE_UNAVAILABLE: "Please try again later",
}
_OTHER_HEADING = "Something went wrong"


def render_page(template: str, status: int = 200, *, assets: str = "", **values: Any) -> Response:
    """Render a page, with a Content-Security-Policy that allows only its own style and script.

    `assets` names a style and a script that this page has besides those of every page.
    """
    style, script = _read_assets("css", assets), _read_assets("js", assets)
    values |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704 - our own files
    body = build_environment().get_template(template).render(values)
    response = make_response(status, body, HTML)
    response.headers["Content-Security-Policy"] = build_content_policy(style, script)
    return response


def render_problem_page(
    problem: Response, request_id: str, back: str = "", *, heading: str = ""
) -> Response:
    """Render a problem as a page. `back` is the URL of a link back, or empty."""
    heading = heading or _HEADINGS.get(HTTPStatus(problem.status_code), _OTHER_HEADING)
    rendered = render_page(
        "problem.html",
        problem.status_code,
        heading=heading,
        detail=problem.body["detail"],
        request_id=request_id,
        back=back,
    )
    headers = {**problem.headers, **rendered.headers}
    return Response(rendered.body, headers, rendered.status_code)


@cache
def build_environment() -> Environment:
    """Return the Jinja environment, which escapes values in every template."""
    result = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    result.filters |= {
        "moment": utc_text,
        "end": end_text,
        "rfc3339": rfc3339,
        "seconds": lambda moment: int(moment.timestamp()),
        "duration": format_duration,
    }
    return result


@cache
def build_content_policy(style: str, script: str) -> str:
    """Allow one style and one script, by their hashes, and forms to the same origin only."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_hash_source(style)}'",
            f"script-src 'sha256-{_hash_source(script)}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def format_duration(seconds: int) -> str:
    """Return a duration such as `1 hour 30 minutes`. Omit units that are zero."""
    parts = []
    for name, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count != 1)}")
    return " ".join(parts)


@cache
def _read_assets(extension: str, assets: str) -> str:
    names = filter(None, ("page", assets))
    return "".join((_HERE / f"{name}.{extension}").read_text(encoding="utf-8") for name in names)


def _hash_source(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
