"""The prober as Lambda invokes it: a line for what it finds, and nothing of what it has."""

from __future__ import annotations

import json

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.prober.checks import ApiResponse
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.prober.schedule import enrol_prober, prober
from tests.builders import code_text_of
from tests.entrypoints.conftest import Output
from tests.entrypoints.verification.test_schedule import EVENT, Context
from tests.fakes.prober import ProberWorld

CODE = code_text_of("prober")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ProberWorld:
    made = ProberWorld()
    monkeypatch.setattr("chalicelib.bootstrap.prober_ports", made.ports)
    return made


def test_a_finding_is_a_line_with_what_was_asked_and_what_was_told(
    world: ProberWorld, output: Output
) -> None:
    world.api.says["trail"] = [ApiResponse(status=200, request_id="request-7")]
    answer = json.loads(json.dumps(prober(EVENT, Context())))
    trial, line = output.lines()
    assert (trial["message"], trial["level"]) == ("trial", "ERROR")
    assert (trial["trial"], trial["verdict"]) == ("trail", "given")
    assert (trial["status"], trial["reason"], trial["asked_as"]) == (200, "", "request-7")
    assert trial["correlation_id"] == line["correlation_id"] == "invocation-1"
    assert {name: line[name] for name in answer} == answer
    assert (answer["given"], answer["unclear"], answer["canary"]) == (1, 0, "off")
    assert (line["ProberGiven"], line["ProberUnclear"]) == ([1.0], [0.0])


def test_enrolling_says_that_it_is_done_and_no_token(world: ProberWorld, output: Output) -> None:
    answer = enrol_prober({"code": CODE}, None)
    assert answer.keys() == {"says"}
    assert world.safe.tokens is not None
    written = json.dumps(answer) + output.text
    for secret in (CODE, world.safe.tokens.live, world.safe.tokens.dead):
        assert secret not in written
    assert output.lines() == []


def test_a_code_that_is_not_taken_is_said_in_words_and_what_is_none_is_not_tried(
    world: ProberWorld,
) -> None:
    for event, reason in (({}, "missing-field"), ({"code": "a-code"}, "bad-value")):
        assert enrol_prober(event, None)["reason"] == reason
    assert world.api.rotated == []
    world.api.fails = AccessDenied(Reason.ENROLMENT_REFUSED)
    assert enrol_prober({"code": CODE}, None)["reason"] == "enrolment-refused"
