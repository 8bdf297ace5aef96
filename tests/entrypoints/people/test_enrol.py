"""Enrolment over HTTP: a token for a valid code, and the same refusal for every other code."""

from __future__ import annotations

from typing import Any

import pytest

from app import app
from chalicelib.domain.people.tokens import Token
from tests.builders import an_enrolment, code_text_of
from tests.entrypoints.driver import ADDRESS, Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BODIES, ENROL, WHY
from tests.fakes import NOON

ALICES = code_text_of("alice")


def use(api: Api, code: str = ALICES, **more: Any) -> Response:
    answer = api.post("/v1/enrol", body={"code": code, "label": "laptop"}, **more)
    check(ENROL, answer)
    return answer


def test_a_code_is_exchanged_for_a_token_that_works(api: Api) -> None:
    got = use(api)

    assert got.status == 201
    me = api.get("/v1/me", headers={"Authorization": f"Bearer {got.json['token']}"}).json
    assert (me["member"]["id"], me["token"]["label"]) == ("alice", "laptop")
    assert me["token"]["made_from"] == ADDRESS
    assert [token["label"] for token in got.json["other_tokens"]] == ["laptop"]


def test_a_lead_sees_that_a_code_was_used_but_no_secret(api: Api) -> None:
    token = use(api).json["token"]

    shown = api.get("/v1/members/alice/enrolment", "lena").text
    listed = api.get("/v1/members/alice/tokens", "lena").text

    assert '"used_at":"2026-11-24T12:00:00Z"' in shown
    for secret in (token, ALICES, an_enrolment().hash):
        assert secret not in shown + listed


def test_every_invalid_code_gets_the_same_response(api: Api) -> None:
    """Guessing reveals neither who is a member nor the state of a code: used, unknown, expired or
    of a suspended member."""
    api.world.add(an_enrolment("lena", expires_at=NOON), an_enrolment("sam"))
    codes = [ALICES, code_text_of("bob"), code_text_of("nobody"), code_text_of("bob")[:-1] + "0"]
    codes += [code_text_of("lena"), code_text_of("sam")]
    assert use(api).status == 201
    answers = []
    for code in codes:
        answer = use(api, code)
        headers = {n: v for n, v in answer.headers.items() if n != "X-Request-Id"}
        answers.append((answer.status, answer.json | {"request_id": ""}, headers))

    assert all(answer == answers[0] for answer in answers), answers
    assert (answers[0][0], answers[0][1]["reason"]) == (403, "enrolment-refused")
    assert len(api.world.find(Token, where=lambda token: token.label == "laptop")) == 6


def test_a_malformed_code_is_refused_without_being_repeated(api: Api) -> None:
    for wrong in (ALICES[:-30], ALICES + "x" * 60, "daypass_alice_" + "x" * 49):
        answer = ask(api, ENROL, "nobody", body=BODIES[ENROL] | {"code": wrong})
        assert (answer.reason, answer.json["field"]) == ("bad-value", "code")
        assert wrong[-20:] not in answer.text


def test_a_bearer_token_makes_no_difference(api: Api) -> None:
    assert use(api, caller="sam").status == 201
    assert api.world.entries[-1].actor == "alice"


@pytest.mark.parametrize("part", ["query", "path"])
def test_a_code_is_accepted_only_in_the_body(api: Api, part: str) -> None:
    if part == "query":
        answer = ask(api, ENROL, "nobody", query={"code": ALICES})
        assert (answer.status, ALICES in answer.text) == (400, False)
    else:
        with pytest.raises(LookupError):
            api.post(f"/v1/enrol/{ALICES}", body={"label": "laptop"})
    assert not api.world.entries


def test_suspending_a_lead_returns_their_changes(api: Api) -> None:
    api.patch("/v1/members/bob", "lena", {"kind": "lead"})
    body = {"member": "bob", "roles": ["readonly"]}
    api.post("/v1/engagements/acme-prod/grants", "bob", body)

    json = api.post("/v1/members/bob/revoke", "lena", {"reason": "gone bad"}).json
    check("POST /v1/members/{member}/revoke", api.post("/v1/members/bob/revoke", "lena", WHY))

    assert json["lead_changes"]["counts"] == {"own-grant": 1}
    assert json["lead_changes"]["changes"] == [
        {
            "kind": "own-grant",
            "at": "2026-11-24T12:00:00Z",
            "engagement": "acme-prod",
            "role": "",
            "member": "bob",
            "id": "",
        }
    ]
    member = api.post("/v1/members/alice/revoke", "lena", {"reason": "left"}).json
    assert member["lead_changes"] is None


def test_no_route_makes_or_labels_anothers_token() -> None:
    assert set(app.routes["/v1/members/{member}/tokens"]) == {"GET"}
    assert set(app.routes["/v1/members/{member}/tokens/{token}"]) == {"GET"}
