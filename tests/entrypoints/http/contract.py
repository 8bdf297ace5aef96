"""Checks that every response meets: the OpenAPI document and the common headers."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.entrypoints.http.about import OPENAPI
from chalicelib.entrypoints.vending.formats import AWS_VARIABLES
from local.documents.reference import find_statuses
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import ask, prepare, served_by
from tests.entrypoints.valid import BODIES
from tests.running import read_file

DOCUMENT = json.loads(read_file(OPENAPI))
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:daypass", Resource(DOCUMENT, specification=DRAFT202012)
)
PROBLEM = "application/problem+json"
PLAIN, HTML, CSS, ZIP = "text/plain", "text/html", "text/css", "application/zip"
CSV = "text/csv"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
}


def check(route: str, answer: Response) -> None:
    """The answer is as documented for the route: status, type and body. It has every header."""
    check_headers(answer)
    method, _, path = route.partition(" ")
    operation = DOCUMENT["paths"][path][method.lower()]
    media = answer.headers["Content-Type"].partition(";")[0]
    pointer = f"#/paths/{path.replace('/', '~1')}/{method.lower()}/responses/{answer.status}"
    response = operation["responses"][str(answer.status)]
    if "$ref" in response:
        pointer = response["$ref"]
        response = REGISTRY.resolver("urn:daypass").lookup(pointer).contents
    if "content" not in response:
        assert (answer.text, "Location" in answer.headers) == ("", answer.status == 303)
        return
    assert media in response["content"]
    schema = f"urn:daypass{pointer}/content/{media.replace('/', '~1')}/schema"
    body = answer.text if media in (PLAIN, HTML, CSS, ZIP, CSV) else answer.json
    # A shell's prompt does not stick to it.
    assert media in (HTML, ZIP) or answer.text.endswith("\n")
    Draft202012Validator(
        {"$ref": schema}, registry=REGISTRY, format_checker=FormatChecker()
    ).validate(body)
    if media == HTML:
        check_page(answer)
    elif answer.status >= 400:
        check_problem(answer)


def check_page(answer: Response) -> None:
    """Check that a page is complete, has one title, and asks not to be indexed."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<!doctype html>\n<html lang="en">')
    assert answer.text.endswith("</html>")
    assert (
        len(re.findall("<h1[ >]", answer.text))
        == len(re.findall("<title>.+</title>", answer.text))
        == 1
    )
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text
    if answer.status >= 400:
        assert answer.text.count(answer.headers["X-Request-Id"]) == 1
    assert ("Retry-After" in answer.headers) == (answer.status == 503)


def check_headers(answer: Response) -> None:
    expected = dict(HEADERS)
    if answer.headers["Content-Type"].startswith(CSS):
        expected["Cache-Control"] = "public, max-age=31536000, immutable"
    if answer.headers["Content-Type"].startswith(HTML):
        # What a page lets in is its own test: tests/entrypoints/test_page.py.
        expected.pop("Content-Security-Policy")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert expected.items() <= answer.headers.items()
    assert re.fullmatch("request-[0-9]+", answer.headers["X-Request-Id"])


def check_problem(answer: Response) -> None:
    if answer.headers["Content-Type"].startswith(PLAIN):
        check_lines(answer)
    else:
        assert answer.headers["Content-Type"] == PROBLEM
        assert answer.json["status"] == answer.status
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]
        assert answer.status in find_statuses()[Reason(answer.reason)]
        assert answer.json["detail"]
    assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    assert ("Retry-After" in answer.headers) == (answer.status == 503)


def check_lines(answer: Response) -> None:
    """Check that a problem in text has its reason and request ID in one line."""
    (said,) = (line for line in answer.text.splitlines() if "Daypass: " in line)
    match = re.search(r"Daypass: .+ \(([a-z-]+), request ([a-z0-9-]+)\)", said)
    assert match is not None, said
    assert answer.status in find_statuses()[Reason(match[1])]
    assert match[2] == answer.headers["X-Request-Id"]
    assert answer.text == f"{said}\n" or all(name in answer.text for name in AWS_VARIABLES)


def refused(api: Api, route: str, caller: str = "", **changes: Any) -> Response:
    """The answer to a request that makes no sense: as documented, and nothing has changed."""
    prepare(api.world, route)
    items, entries = dict(api.world.items), list(api.world.entries)
    answer = ask(api, route, caller or served_by(route), **changes)

    assert 400 <= answer.status < 500, answer.text
    check(route, answer)
    assert api.world.items == items
    recorded = api.world.entries[len(entries) :]
    # A refusal to show someone a request, or to end a session, is on the trail.
    assert not recorded or "{request}" in route or "{session}" in route
    assert all(entry.outcome is Outcome.REFUSED for entry in recorded)
    assert not {"change", "issue", "probe", "put_outcome issued"} & set(api.world.steps)
    return answer


def bad(api: Api, route: str, name: str, value: Any) -> str:
    """The reason for refusing this one value, in an otherwise valid request."""
    answer = refused(api, route, body=BODIES[route] | {name: value})
    assert answer.status == 400
    assert answer.json["field"] == name
    return answer.reason
