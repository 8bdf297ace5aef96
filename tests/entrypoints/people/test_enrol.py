"""Enrolment over HTTP: a token for a valid code, and the same refusal for every other code."""

from __future__ import annotations

from typing import Any

import pytest

from app import app
from chalicelib.domain.people.tokens import Token
from tests.builders import an_enrolment, code_text_of
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BODIES, ENROL
from tests.fakes import NOON

ALICES = code_text_of("alice")


def use(api: Api, code: str = ALICES, **more: Any) -> Response:
    answer = api.post("/v1/enrol", body={"code": code, "label": "laptop"}, **more)
    check(ENROL, answer)
    return answer


@pytest.mark.golden
def test_enrolments_are_as_the_file_says(api: Api) -> None:
    """Leads see that a code was used, and no secret."""
    calls = Calls(api)
    token = calls.send("", ENROL, {"code": ALICES, "label": "laptop"}).json["token"]
    calls.send("", "GET /v1/me", headers={"Authorization": f"Bearer {token}"})
    shown = calls.send("lena", "GET /v1/members/alice/enrolment").text
    shown += calls.send("lena", "GET /v1/members/alice/tokens").text
    for secret in (token, ALICES, an_enrolment().hash):
        assert secret not in shown
    calls.hold("enrolments")


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


def test_no_route_makes_or_labels_anothers_token() -> None:
    assert set(app.routes["/v1/members/{member}/tokens"]) == {"GET"}
    assert set(app.routes["/v1/members/{member}/tokens/{token}"]) == {"GET"}
