"""The function that creates the first lead: once, and without the rest of the app."""

import json
from types import SimpleNamespace

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.people.operator import first_lead, recover_lead
from tests.builders import Scene, a_scene, a_token
from tests.entrypoints.driver import run_alone, served
from tests.fakes import NOON, World
from tests.rows import every

LENA = {"id": "lena", "name": "Lena Lead"}


@pytest.fixture
def fresh():
    """Return a new deployment without members."""
    world = World()
    with served(Scene(world, world.ports())) as api:
        yield api


def invoke(event):
    """Invoke the function as Lambda does, with JSON in both directions."""
    context = SimpleNamespace(aws_request_id="invocation-1")
    return json.loads(json.dumps(first_lead(json.loads(json.dumps(event)), context)))


def enrolled(api, code):
    """Exchange the code, and return the header with the token."""
    answer = api.post("/v1/enrol", body={"code": code, "label": "laptop"})
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_the_first_lead_can_sign_in_and_lead(fresh):
    made = invoke(LENA)

    assert made.keys() == {"member", "code"}
    bearer = enrolled(fresh, made["code"])
    me = fresh.get("/v1/me", headers=bearer).json["member"]
    assert (me["id"], me["name"], me["kind"]) == ("lena", "Lena Lead", "lead")
    body = {"id": "alice", "name": "Alice", "kind": "member"}
    assert fresh.post("/v1/members", body=body, headers=bearer).status == 201


BAD = {
    "nothing": (None, "malformed-body"),
    "a list": ([LENA], "malformed-body"),
    "no name": ({"id": "lena"}, "missing-field"),
    "a kind": (LENA | {"kind": "lead"}, "unknown-field"),
    "an HTTP event": ({"requestContext": {}, "body": json.dumps(LENA)}, "unknown-field"),
    "an id in upper case": (LENA | {"id": "Lena"}, "bad-value"),
}


@every("what", BAD)
def test_a_bad_payload_is_refused_in_words(fresh, what):
    event, reason = BAD[what]
    answer = invoke(event)

    assert answer["reason"] == reason
    assert answer["detail"]
    assert not fresh.world.items
    assert not fresh.world.entries


def test_the_operator_finds_in_the_log_why_nothing_answered(fresh, output):
    def fail(_step):
        raise Unavailable(Reason.RECORDS_UNAVAILABLE) from OSError("no such table")

    fresh.world.before = fail

    assert invoke(LENA)["reason"] == "records-unavailable"
    (line,) = output.lines()
    assert (line["cause"], line["correlation_id"]) == ("OSError: no such table", "invocation-1")


ALONE = """
from chalicelib import bootstrap
from chalicelib.entrypoints.people.operator import first_lead, recover_lead
from tests.fakes import NOON, World

bootstrap.ports = World().ports
answer = [first_lead(event, None), first_lead(event, None)]
"""


def test_it_works_where_lambda_imports_its_module_alone():
    made, again = run_alone(ALONE, LENA)
    assert made["member"] == "lena"
    assert made["code"].startswith("daypass_enrol_lena_")
    assert again["reason"] == "lead-exists"


def test_no_route_leads_to_it():
    with served(a_scene()) as api:
        paths = api.get("/openapi.json").json["paths"]
    assert not [path for path in paths if "first" in path]


@every(
    "changes, reason",
    [
        ({"id": "alice"}, "no-such-lead"),
        ({"name": "Lena"}, "unknown-field"),
        ({"lost": "yes"}, "bad-value"),
        *(({"others": rest}, "bad-value") for rest in ("all", True, None, ["suspend"])),
        ({}, "lead-has-token"),
    ],
)
def test_a_recovery_is_refused_in_words(scene, changes, reason):
    with served(scene):
        assert recover_lead({"id": "lena"} | changes, None)["reason"] == reason


def test_a_recovered_lead_can_sign_in(scene):
    scene.world.add(a_token("lena", expires_at=NOON))
    with served(scene) as api:
        answer = recover_lead({"id": "lena", "others": "suspend"}, None)
        assert json.loads(json.dumps(answer)) == answer
        headers = enrolled(api, answer["code"])
        assert api.get("/v1/members", headers=headers).status == 200
