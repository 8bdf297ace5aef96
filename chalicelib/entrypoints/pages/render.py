"""Render the HTML pages. Templates escape every value, and an undefined value is an error.

Import this module only to render a page. Jinja2 takes long to load, and would delay the start of
the functions that serve other requests.
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
from chalicelib.domain.text import join_words
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.usecases.questions import cell_text, get_value

HTML = "text/html; charset=utf-8"
_FOLDER = Path(__file__).parent

_HEADINGS = {
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.CONFLICT: "Please try again",
    HTTPStatus.SERVICE_UNAVAILABLE: "Please try again later",
}
_OTHER_HEADING = "Something went wrong"


def render_page(template: str, status: int = 200, *, assets: str = "", **values: Any) -> Response:
    """Render a template with these values, and return the page as a response.

    Its Content-Security-Policy allows only the page's own style and script. `assets` is the name
    of a CSS and a JavaScript file that this page has in addition to those of every page.
    """
    style, script = _read_assets("css", assets), _read_assets("js", assets)
    values |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704 - our own files
    body = build_environment().get_template(template).render(values)
    response = make_response(status, body, HTML)
    response.headers["Content-Security-Policy"] = build_content_policy(
        style, script, refreshes=assets.startswith("web/")
    )
    return response


def render_problem_page(
    problem: Response, request_id: str, back_url: str = "", *, heading: str = ""
) -> Response:
    """Render a problem response as a page, with its status and headers.

    `back_url` is the URL of the link "Back to the page". If it is empty, the page has no such link.
    Without a `heading`, the status determines it.
    """
    heading = heading or find_heading(problem)
    rendered = render_page(
        "problem.html",
        problem.status_code,
        heading=heading,
        detail=problem.body["detail"],
        request_id=request_id,
        back_url=back_url,
    )
    headers = {**problem.headers, **rendered.headers}
    return Response(rendered.body, headers, rendered.status_code)


def find_heading(problem: Response) -> str:
    """Return the heading of a page about the problem, by its status."""
    return _HEADINGS.get(HTTPStatus(problem.status_code), _OTHER_HEADING)


@cache
def build_environment() -> Environment:
    """Return the Jinja environment, with the filters that the templates use."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": utc_text,
        "end": end_text,
        "rfc3339": rfc3339,
        "seconds": lambda moment: int(moment.timestamp()),
        "duration": format_duration,
        "join_words": join_words,
        "cell": cell_text,
        "value": get_value,
    }
    return environment


@cache
def build_content_policy(style: str, script: str, *, refreshes: bool = False) -> str:
    """Return a Content-Security-Policy that allows one style and one script, by their hashes.

    It allows forms to the same origin only. If the page refreshes itself, its script may load pages
    of the same origin.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_hash_source(style)}'",
            f"script-src 'sha256-{_hash_source(script)}'",
            *(("connect-src 'self'",) if refreshes else ()),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def format_duration(seconds: int) -> str:
    """Return the duration as text, such as `1 hour 30 minutes`. Omit units that are zero."""
    parts = []
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count != 1)}")
    return " ".join(parts)


@cache
def _read_assets(extension: str, assets: str) -> str:
    """Return the text of every page's file with this extension, then that of the page's own file.

    `assets` is the name of the page's own file, or empty if it has none.
    """
    names = filter(None, ("page", assets))
    return "".join((_FOLDER / f"{name}.{extension}").read_text(encoding="utf-8") for name in names)


def _hash_source(text: str) -> str:
    """Return the SHA-256 hash of a style or script in Base64, as the policy needs it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
