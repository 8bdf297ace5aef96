"""Random requests to every route: none causes a 5xx response or changes an external ID."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from tests.builders import a_scene
from tests.entrypoints.driver import NO_BODY, served
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import PATH, ask, routes
from tests.entrypoints.valid import BODIES, QUERIES
from tests.fakes import World
from tests.fakes.roles import CANARY_SECRET_KEY

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
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """Draw a route, a caller, and the changes to an otherwise valid request."""
    route = draw(st.sampled_from(routes()))
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        valid = BODIES.get(route, {})
        body: Any = valid | draw(st.dictionaries(FIELDS, JSON, max_size=3))
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


def external_ids(world: World) -> dict[str, str]:
    result = world.find(Engagement, where=lambda _: True)
    tombstones = world.find(UsedExternalId, where=lambda _: True)
    return {engagement.id: engagement.external_id for engagement in result} | {
        taken.external_id: taken.engagement for taken in tombstones
    }


REOPEN = "POST /v1/engagements/{engagement}/reopen"
APPROVE = "POST /v1/requests/{request}/approve"
SOME = st.lists(requests(), min_size=1, max_size=4)


def nothing_breaks(sequence: list[tuple[str, str, dict[str, Any]]]) -> None:
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
def test_no_request_breaks_anything(
    sequence: list[tuple[str, str, dict[str, Any]]],
) -> None:
    """The requests are the same in each run; `make soak` sends others."""
    nothing_breaks(sequence)
