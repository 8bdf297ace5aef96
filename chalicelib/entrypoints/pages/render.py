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

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chalicelib.domain.moments import end_text, last_moment_text, rfc3339, utc_text
from chalicelib.domain.rows import cell_text, get_value
from chalicelib.domain.text import join_words
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.pages.assets import read_asset

HTML = "text/html; charset=utf-8"

_HEADINGS = {
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.CONFLICT: "Please try again",
    HTTPStatus.SERVICE_UNAVAILABLE: "Please try again later",
}
_OTHER_HEADING = "Something went wrong"


def render_page(
    template: str,
    status: int = 200,
    *,
    assets: str = "",
    style_url: str = "",
    form_target: str = "",
    **values: Any,
) -> Response:
    """Render a template with these values, and return the page as a response.

    Its Content-Security-Policy allows only the page's own style and script. `assets` is the name
    of a CSS and a JavaScript file that this page has in addition to those of every page. A page of
    the console has no style of its own, but the URL of the style that all its pages load.
    `form_target` is the one other site to which a form of the page may go.
    """
    style = "" if style_url else read_asset("css", assets)
    script = read_asset("js", assets)
    values |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704 - our own files
    values |= {"style_url": style_url, "form_target": form_target}
    body = build_environment().get_template(template).render(values)
    response = make_response(status, body, HTML)
    response.headers["Content-Security-Policy"] = build_content_policy(style, script, form_target)
    return response


def render_problem_page(
    problem: Response,
    request_id: str,
    back_url: str = "",
    *,
    heading: str = "",
    back_label: str = "Back to the page",
) -> Response:
    """Render a problem response as a page, with its status and headers.

    `back_url` is the URL of its link, and `back_label` the link's text. If the URL is empty, the
    page has no link. Without a `heading`, the status determines it.
    """
    heading = heading or find_heading(problem)
    rendered = render_page(
        "problem.html",
        problem.status_code,
        heading=heading,
        detail=problem.body["detail"],
        request_id=request_id,
        back_url=back_url,
        back_label=back_label,
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
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": utc_text,
        "last_moment": last_moment_text,
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
def build_content_policy(style: str, script: str, form_target: str = "") -> str:
    """Return a Content-Security-Policy that allows one style and one script, by their hashes.

    Forms go to the same origin, and to `form_target` if there is one, and nowhere else. Without a
    style of its own, the page is one of the console: it loads styles from the same origin, has an
    inline icon (`data:`), and refreshes itself from the same origin.
    """
    is_console = not style
    styles = "'self'" if is_console else f"'sha256-{_hash_source(style)}'"
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {styles}",
            *(("img-src data:",) if is_console else ()),
            f"script-src 'sha256-{_hash_source(script)}'",
            *(("connect-src 'self'",) if is_console else ()),
            f"form-action 'self' {form_target}".rstrip(),
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


def _hash_source(text: str) -> str:
    """Return the SHA-256 hash of a style or script in Base64, as the policy needs it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
