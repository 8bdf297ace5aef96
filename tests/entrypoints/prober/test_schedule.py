"""The prober as Lambda invokes it: a log line for each finding, and no token in any of them."""

import json

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.prober.checks import ApiResponse
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.prober.schedule import enrol_prober, prober
from tests.builders import code_text_of
from tests.entrypoints.test_jobs import EVENT, Context
from tests.fakes.prober import ProberWorld

CODE = code_text_of("prober")


@pytest.fixture
def world(monkeypatch):
    made = ProberWorld()
    monkeypatch.setattr("chalicelib.bootstrap.prober_ports", made.ports)
    return made


def test_a_finding_is_a_log_line_with_the_check_and_the_response(world, output):
    world.api.responses["trail"] = [ApiResponse(status=200, request_id="request-7")]
    answer = json.loads(json.dumps(prober(EVENT, Context())))
    finding, line = output.lines()
    assert (finding["message"], finding["level"]) == ("API check", "ERROR")
    assert (finding["check"], finding["verdict"]) == ("trail", "wrongly-allowed")
    assert (finding["status"], finding["reason"]) == (200, "")
    assert finding["checked_request_id"] == "request-7"
    assert finding["correlation_id"] == line["correlation_id"] == "invocation-1"
    assert {name: line[name] for name in answer} == answer
    assert (answer["wrongly_allowed"], answer["inconclusive"], answer["canary"]) == (1, 0, "off")
    assert line["ProberWronglyAllowed"] == [1.0]
    assert "ProberInconclusive" not in line  # a zero would be a metric that costs


def test_the_response_to_an_enrolment_holds_no_token(world, output):
    answer = enrol_prober({"code": CODE}, None)
    assert answer.keys() == {"message"}
    assert world.secrets.tokens is not None
    written = json.dumps(answer) + output.text
    for secret in (CODE, world.secrets.tokens.live, world.secrets.tokens.revoked):
        assert secret not in written
    assert output.lines() == []


def test_a_malformed_code_is_not_sent_and_a_refused_one_has_its_reason(world):
    for event, reason in (({}, "missing-field"), ({"code": "a-code"}, "bad-value")):
        assert enrol_prober(event, None)["reason"] == reason
    assert world.api.rotated == []
    world.api.fails = AccessDenied(Reason.ENROLMENT_REFUSED)
    assert enrol_prober({"code": CODE}, None)["reason"] == "enrolment-refused"
