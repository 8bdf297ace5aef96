"""Renders the pages. Everything that a template shows is escaped, and nothing undefined is shown.

Imported only where a page is asked for: Jinja2 would make the container of every vend start later.
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

# What went wrong, for somebody who only wanted to look or to press a button.
_HEADINGS = {
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.CONFLICT: "Not just now",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not just now",
}
_ANY_OTHER = "Something went wrong on our side"


def page(template: str, status: int = 200, *, also: str = "", **facts: Any) -> Response:
    """The page, with a policy that lets nothing else in. `also` names what it has of style and
    script besides those of every page.
    """
    style, script = _texts("css", also), _texts("js", also)
    facts |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704 - our own files
    body = environment().get_template(template).render(facts)
    response = make_response(status, body, HTML)
    response.headers["Content-Security-Policy"] = content_policy(style, script)
    return response


def problem_page(
    problem: Response, request_id: str, back: str = "", *, heading: str = ""
) -> Response:
    """The same problem for people. `back` is where they can go on, or empty."""
    heading = heading or _HEADINGS.get(HTTPStatus(problem.status_code), _ANY_OTHER)
    told = page(
        "problem.html",
        problem.status_code,
        heading=heading,
        detail=problem.body["detail"],
        request_id=request_id,
        back=back,
    )
    return Response(told.body, {**problem.headers, **told.headers}, told.status_code)


@cache
def environment() -> Environment:
    """Escapes always, whatever a template is called."""
    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "moment": utc_text,
        "end": end_text,
        "rfc3339": rfc3339,
        "seconds": lambda moment: int(moment.timestamp()),
        "span": span,
    }
    return made


@cache
def content_policy(style: str, script: str) -> str:
    """One style and one script, known by their hashes; forms to ourselves; and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_hash(style)}'",
            f"script-src 'sha256-{_hash(script)}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def span(seconds: int) -> str:
    """`1 hour`, `1 hour 30 minutes`, `15 minutes`; seconds only where there are any."""
    parts = []
    for name, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count != 1)}")
    return " ".join(parts)


@cache
def _texts(ending: str, also: str) -> str:
    names = filter(None, ("page", also))
    return "".join((_HERE / f"{name}.{ending}").read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
