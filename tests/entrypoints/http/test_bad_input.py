"""Bad input of every kind, made up or random, is refused in the same form, and causes no error."""

import base64
from urllib.parse import quote

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.entrypoints.http.routes import ROUTES
from tests.builders import LINK_TEXT, a_scene, token_text_of
from tests.entrypoints.driver import NO_BODY, fresh_api, served
from tests.entrypoints.http.contract import check, refused
from tests.entrypoints.matrix import PATH, ask, routes
from tests.entrypoints.valid import BODIES, QUERIES, VEND
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.rows import every

OPEN = "POST /v1/engagements"
NAME = "POST /v1/members"
TRAIL = "GET /v1/trail"
SESSIONS = "GET /v1/sessions"

WITH_BODY = sorted(BODIES)
LEADS_ROUTES = [route for route in routes() if "/v1/" in route]


MALFORMED = {
    "not JSON": "{",
    "no quotes": "{role: readonly}",
    "a list": '["role"]',
    "null": "null",
    "a form": "role=readonly",
    "a field twice": '{"role": "readonly", "role": "admin"}',
    "a field twice, further in": '{"role": {"a": 1, "a": 2}}',
    "NaN": '{"role": "readonly", "duration": NaN}',
    "Infinity": '{"role": "readonly", "duration": Infinity}',
    "-Infinity": '{"role": "readonly", "duration": -Infinity}',
    "nested deeply": "[" * 16_000,
    "objects nested deeply": '{"a":' * 3_000,
    "a byte order mark": '\ufeff{"role": "readonly"}',
    "a number of 5,000 digits": '{"role": "readonly", "duration": ' + "9" * 5_000 + "}",
    "a lone surrogate, unescaped": '{"role": "\ud800"}',
    "a control character, unescaped": '{"role": "read\nonly"}',
}


BYTES = {
    "bytes that are not UTF-8": base64.b64encode(b'{"role": "\xff\xfe"}').decode(),
    "UTF-16": base64.b64encode('{"role": "readonly"}'.encode("utf-16")).decode(),
    "base64 with letters of another alphabet": "ключ",
    "too short for base64": "e",
}


@every("what", MALFORMED | BYTES)
def test_a_body_that_is_no_json_object_is_refused(api, what):
    raw = (MALFORMED | BYTES)[what]
    answer = refused(api, VEND, raw=raw, isBase64Encoded=what in BYTES)

    assert (answer.status, answer.reason) == (400, "malformed-body")


@every("route", WITH_BODY, api=fresh_api)
def test_every_body_must_be_a_json_object(api, route):
    assert refused(api, route, raw=MALFORMED["a list"]).reason == "malformed-body"


def test_a_body_in_base64_is_read_like_any_other(api):
    body = base64.b64encode(b'{"role": "readonly"}').decode()

    assert ask(api, VEND, "member", raw=body, isBase64Encoded=True).status == 201


@every(
    "route, kind",
    [
        *[(VEND, kind) for kind in ("brackets", "blanks", "bytes")],
        *[(route, "bytes") for route in LEADS_ROUTES if route != VEND],
    ],
    api=fresh_api,
)
def test_a_body_that_is_too_large_is_not_even_read(api, route, kind):
    (match,) = [item for item in ROUTES if f"{item.method} {item.path}" == route]
    largest = match.largest_body
    body = {
        "brackets": "[" * 100_000,
        "blanks": " " * (largest + 1),
        "bytes": '{"a": "' + "é" * (largest // 2 - 2) + '"}',
    }
    answer = refused(api, route, raw=body[kind])

    assert (answer.status, answer.reason) == (413, "body-too-large")


@every("name", ["admin", "__proto__", "sts:ExternalId"])
def test_a_name_that_could_be_one_is_repeated(api, name):
    assert refused(api, VEND, body=BODIES[VEND] | {name: "x"}).json["field"] == name


@every("name", ["\ud800", "", "a b", "<b>", "x" * 65, token_text_of("alice")[:60], LINK_TEXT])
def test_a_name_that_could_be_anything_is_not_repeated(api, name):
    answer = refused(api, VEND, body=BODIES[VEND] | {name: "x"})
    assert (answer.status, answer.reason) == (400, "unknown-field")
    assert answer.json.get("field") is None
    assert len(name) < 3 or name not in answer.text


@every("route", LEADS_ROUTES, api=fresh_api)
def test_no_request_chooses_an_external_id_or_a_parameter_of_the_view(api, route):
    for name in ("external_id", "ports", "lead"):
        answer = refused(api, route, body=BODIES.get(route, {}) | {name: "x"})
        assert (answer.status, answer.reason) == (400, "unknown-field")
        assert answer.json["field"] == name
    assert refused(api, route, query={"external_id": "x"}).reason == "unknown-field"


@every("route", [SESSIONS, TRAIL, VEND, NAME])
def test_a_query_that_a_route_does_not_know_is_refused(api, route):
    for name in ("token", "access_token", "form", "Engagement", "", "engagement[]"):
        assert refused(api, route, query={name: "acme-prod"}).reason == "unknown-field"


@every("route", [SESSIONS, TRAIL])
def test_a_query_can_be_given_once_only(api, route):
    for values in (["acme-prod", "globex"], ["acme-prod", "acme-prod"], []):
        assert refused(api, route, query={"engagement": values}).reason == "bad-value"


def test_a_route_that_takes_no_fields_says_so(api):
    answer = api.post("/v1/me/tokens/rotate", "lena", {"reason": "found"})
    assert (answer.status, answer.reason) == (400, "unknown-field")
    assert answer.json["detail"] == "This request contains an unknown field. Send no fields."


def test_no_body_at_all_is_an_empty_one(api):
    for raw in (None, "", " \n"):
        assert refused(api, NAME, raw=raw).reason == "missing-field"


def test_a_number_beyond_all_numbers_is_refused(api):
    answer = refused(api, VEND, raw='{"role": "readonly", "duration": 1e999}')

    assert (answer.reason, answer.json["field"]) == ("bad-value", "duration")


WORDS = st.sampled_from(
    [
        *PATH.values(),
        *(value for body in BODIES.values() for value in body.values() if isinstance(value, str)),
        *(value for query in QUERIES.values() for value in query.values()),
        *("globex", "bob", "lena", "ada", "external_id", "", "..", "\x00", "\u202e", "a" * 300),
    ]
)
TEXT = WORDS | st.text(max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    sorted({name for body in BODIES.values() for name in body} | {"external_id", "version", "x"})
)
IN_A_QUERY = st.sampled_from([*QUERIES["GET /v1/trail"], "token", "x"])


@st.composite
def requests(draw):
    """Draw a route, a caller, and the changes to an otherwise valid request."""
    route = draw(st.sampled_from(routes()))
    changes = {}
    if draw(st.booleans()):
        valid = BODIES.get(route, {})
        body = valid | draw(st.dictionaries(FIELDS, JSON, max_size=3))
        changes["body"] = draw(st.sampled_from([body, {}, NO_BODY]) | JSON)
    elif draw(st.booleans()):
        changes["raw"] = draw(st.text(max_size=60))
        changes["isBase64Encoded"] = draw(st.booleans())
    if draw(st.booleans()):
        values = TEXT | st.lists(TEXT, max_size=3)
        valid = QUERIES.get(route, {})
        changes["query"] = valid | draw(st.dictionaries(IN_A_QUERY, values, max_size=2))
    if draw(st.booleans()):
        junk = draw(st.dictionaries(st.sampled_from(sorted(PATH)), TEXT.filter(bool), max_size=2))
        escaped = {name: quote(text, safe="") for name, text in (PATH | junk).items()}
        changes["path"] = route.partition(" ")[2].format(**escaped)
    return route, draw(st.sampled_from(["lead", "lead", "member"])), changes


def external_ids(world):
    result = world.find(Engagement, where=lambda _: True)
    tombstones = world.find(UsedExternalId, where=lambda _: True)
    return {engagement.id: engagement.external_id for engagement in result} | {
        taken.external_id: taken.engagement for taken in tombstones
    }


REOPEN = "POST /v1/engagements/{engagement}/reopen"
APPROVE = "POST /v1/requests/{request}/approve"
SOME = st.lists(requests(), min_size=1, max_size=4)


def nothing_breaks(sequence):
    scene = a_scene()
    with served(scene) as api:
        for route, caller, changes in sequence:
            before = external_ids(scene.world)
            answer = ask(api, route, caller, **changes)

            assert answer.status < 500, answer.text
            check(route, answer)
            after = external_ids(scene.world)
            assert before.items() <= after.items()
            if answer.status >= 400:
                assert CANARY_SECRET_KEY not in answer.text
                assert after == before


@given(sequence=SOME)
@example(sequence=[(REOPEN, "lead", {"query": {"x": ""}}), (APPROVE, "lead", {})])
@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_no_request_breaks_anything(sequence):
    """The requests are the same in each run; `make soak` sends others."""
    nothing_breaks(sequence)
