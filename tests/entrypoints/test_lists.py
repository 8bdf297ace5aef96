"""Lists over HTTP: a page at a time, each item once, and never another list's."""

import re
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from typing import get_args, get_type_hints

from msgspec.structs import replace

from app import app
from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.values import (
    Item,
    Limit,
    NameCursor,
    PairCursor,
    RowCursor,
    TimeCursor,
)
from chalicelib.entrypoints.http.routes import ROUTES, inputs_of
from chalicelib.usecases.evidence.access_review import PackageCursor
from tests.builders import (
    NOON,
    a_grant,
    a_link,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_engagement,
    token_text_of,
)
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.matrix import ask, path_of
from tests.entrypoints.valid import QUERIES, VEND
from tests.rows import every
from tests.running import read_file

API = read_file("docs/api.md")
Makes = Callable[[str], list[Item]]


def _a_request(name):
    return a_request(id=a_request_id(number=int(name[1:])), stops=("", "", "", ""))


# A list's route, the field that has it, who reads it, and what makes one more item of it.
LISTS = {
    "GET /v1/members": ("members", "lena", lambda name: [a_member(name)]),
    "GET /v1/members/{member}/tokens": (
        "tokens",
        "lena",
        lambda name: [replace(a_token(name), member="alice")],
    ),
    "GET /v1/me/tokens": (
        "tokens",
        "alice",
        lambda name: [replace(a_token(name), member="alice")],
    ),
    "GET /v1/engagements": ("engagements", "lena", lambda name: [an_engagement(name)]),
    "GET /v1/engagements/{engagement}/roles": ("roles", "lena", lambda name: [a_role(name)]),
    "GET /v1/engagements/{engagement}/grants": ("grants", "lena", lambda name: [a_grant(name)]),
    "GET /v1/members/{member}/grants": (
        "grants",
        "lena",
        lambda name: [an_engagement(name), a_grant("alice", engagement=name)],
    ),
    "GET /v1/engagements/{engagement}/links": (
        "links",
        "lena",
        lambda name: [a_link(name, created_at=NOON - timedelta(days=int(name[1:]) % 7))],
    ),
    "GET /v1/me/requests": (
        "requests",
        "alice",
        lambda name: [_a_request(name)],
    ),
    "GET /v1/requests": ("requests", "ada", lambda name: [_a_request(name)]),
}
OF_QUESTIONS = ("requests", "members", "tokens", "engagements", "links")
REVIEW = "GET /v1/review"
CUT_OFFS = "GET /v1/cut-offs"
PACKAGE = "GET /v1/review/package"
ACCESS = "GET /v1/access"
ALL = [
    *LISTS,
    REVIEW,
    CUT_OFFS,
    ACCESS,
    "GET /v1/trail",
    PACKAGE,
    "GET /v1/sessions",
    "GET /v1/me/sessions",
]


def fill(api, route, count):
    """The whole list, with so many more items than the scene has."""
    names, member, makes = LISTS[route]
    for number in range(count):
        api.world.add(*makes(f"n{number:03}"))
    json = api.get(path_of(route), member, query={"limit": "200"}).json
    assert json["cursor"] is None
    assert len(json[names]) >= count
    return json[names]


def pages(api, route, limit):
    names, member, _ = LISTS[route]
    query = {"limit": str(limit)}
    while True:
        page = api.get(path_of(route), member, query=query).json
        yield page[names]
        if page["cursor"] is None:
            return
        query["cursor"] = page["cursor"]


@every("route", LISTS, api=fresh_api)
def test_pages_give_every_item_once_and_in_order(api, route):
    """A page has so many items unless another number is asked for."""
    names, member, makes = LISTS[route]
    whole = fill(api, route, 7)
    for limit in (1, 2, 7, 8):
        read = list(pages(api, route, limit))
        assert [item for page in read for item in page] == whole
        assert {len(page) for page in read[:-1]} <= {limit}
        assert 1 <= len(read[-1]) <= limit
    for number in range(60):
        api.world.add(*makes(f"n{number:03}"))
    page = api.get(path_of(route), member).json
    assert len(page[names]) == (25 if names in OF_QUESTIONS else 50)
    assert page["cursor"]


def test_the_pages_example_in_the_documents_reads_everything(api):
    (example,) = re.findall(r"```python\n(def every.*?)```", API, re.DOTALL)

    def get(path):
        path, _, query = path.partition("?")
        return api.get(path, "lena", query=dict(urllib.parse.parse_qsl(query))).json

    for count in (0, 450):
        whole = {item.id for item in (an_engagement(f"n{number:03}") for number in range(count))}
        api.world.add(*map(an_engagement, whole))
        fields = {"urllib": urllib, "get": get}
        exec(example, fields)  # noqa: S102 - our own document
        ids = [engagement["id"] for engagement in fields["engagements"]]
        assert set(ids) == whole | {"acme-prod", "globex"}
        assert len(ids) == len(set(ids))
    api.world.add(*(a_link(f"n{n}", created_at=NOON + timedelta(seconds=n)) for n in range(3)))
    links = "/v1/engagements/acme-prod/links"
    assert len(list(fields["every"](get, links, "links", limit=1))) == 4


@every("route", ALL)
def test_all_lists_take_the_same_limit_and_cursor(route):
    assert app
    first = next(item for item in ROUTES if f"{item.method} {item.path}" == route)
    takes = get_type_hints(inputs_of(first.view).query, include_extras=True)
    gives = first.response_types[0]
    shown = get_args(get_type_hints(gives, include_extras=True)["cursor"])[0]
    assert takes["limit"] == Limit
    assert takes["cursor"] == shown
    cursors = (NameCursor, PackageCursor, PairCursor, TimeCursor, RequestId, RowCursor)
    assert shown in cursors
    assert set(QUERIES[route]) >= {"limit", "cursor"}


def test_no_other_route_returns_a_cursor():
    assert app
    gives = {
        f"{route.method} {route.path}"
        for route in ROUTES
        for kind in route.response_types
        if "cursor" in getattr(kind, "__struct_fields__", ())
    }
    assert gives == set(ALL)


NAMES = ("", "A", "a b", "a--b", "-a", "a-", "a\n", "a#b", "ä", "%61", "a" * 41, "*", "MEMBER#a")
PAIRS = (*(name for name in NAMES if len(name) < 41), "a:", ":a", "a:b:c", "a:B", "a" * 81)
OTHERS = ("", "a b", "a\n", "ä", "%61", "a" * 101, "a/b", "a?")
"""Texts that are no cursor of any list of requests."""
MOMENTS = (
    "",
    "acme-prod",
    "2026-11-31T12:00:00.000000Z#aaaa",
    "2026-11-24T12:00:00Z#aaaa",
    "2026-11-24T12:00:00.000000Z",
    "2026-11-24T12:00:00.000000Z#aaaa\n",
    "2026-11-24T12:00:00.000000Z#" + "a" * 33,
)


@every("route", ALL)
def test_a_made_up_cursor_is_refused(api, route):
    member = LISTS[route][1] if route in LISTS else "lena"
    searched = (*OF_QUESTIONS, "sessions", "review", "access")
    names = OTHERS if route.endswith(searched) else PAIRS if route == CUT_OFFS else NAMES
    for cursor in MOMENTS if route.endswith("trail") else names:
        answer = api.get(path_of(route), member, query={"cursor": cursor})
        assert (answer.status, answer.reason) == (400, "bad-value"), cursor
        assert answer.json["field"] == "cursor"


def test_the_cursor_of_a_list_of_tokens_is_a_token_id_and_reveals_no_secret(api):
    tokens = fill(api, "GET /v1/members/{member}/tokens", 3)
    page = api.get("/v1/members/alice/tokens", "lena", query={"limit": "2"})
    assert page.json["cursor"] == tokens[1]["id"]
    assert token_text_of("alice") not in page.text
    assert not re.search("[0-9a-f]{13}", page.text)


SESSIONS, TRAIL = "sessions", "trail"
FILTERED = [
    (SESSIONS, "lena", {}, ["alice", "bob", "alice"]),
    (SESSIONS, "lena", {"member": "alice"}, ["alice", "alice"]),
    (SESSIONS, "lena", {"engagement": "globex"}, ["bob"]),
    (SESSIONS, "lena", {"engagement": "acme-prod", "member": "bob"}, []),
    ("me/sessions", "alice", {}, ["alice", "alice"]),
    ("me/sessions", "lena", {}, []),
    (TRAIL, "ada", {}, ["bob", "alice", "alice", "bob", "bob", "alice", "alice"]),
    (TRAIL, "ada", {"member": "bob"}, ["bob", "bob", "bob"]),
    (TRAIL, "ada", {"outcome": "refused"}, ["bob"]),
    (TRAIL, "ada", {"engagement": "globex"}, ["bob", "bob"]),
    (TRAIL, "ada", {"when": "2026-11-24T12:01:00Z to 2026-11-24T12:02:00Z"}, ["bob", "bob"]),
    (TRAIL, "ada", {"limit": "3"}, ["bob", "alice", "alice"]),
    (TRAIL, "ada", {"cursor": "2026-11-24T12:01:00.000000Z#0"}, ["alice", "alice"]),
]
"""A list, its reader, a query, and the members of the sessions or entries that match it."""


def test_sessions_and_entries_are_filtered_by_the_query(api):
    """alice draws two sessions at acme-prod, bob one at globex; bob is refused at acme-prod."""
    for member, engagement in (("alice", "acme-prod"), ("bob", "globex"), ("alice", "acme-prod")):
        path = f"/v1/engagements/{engagement}/sessions"
        assert api.post(path, member, {"role": "readonly"}).status == 201
        api.world.later(minutes=1)
    assert ask(api, VEND, "other").status == 403
    for path, reader, query, members in FILTERED:
        listed = api.get(f"/v1/{path}", reader, query=query).json
        items = listed["entries"] if path == TRAIL else listed["sessions"]
        field = "actor" if path == TRAIL else "member"
        assert [item[field] for item in items] == members, (path, query)
