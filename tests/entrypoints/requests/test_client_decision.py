"""The function ClientDecision checks the link itself. The page says what became of a decision."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.entrypoints.requests.client_decision import client_decision
from tests.builders import APPROVER_TEXT
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import prepare
from tests.entrypoints.requests.test_approver_page import (
    APPROVE,
    DECIDE,
    REQUEST,
    send,
    show,
    stored,
    text_of,
)
from tests.fakes import writes

FORM = {"decision": "approve", "request": REQUEST}
EVENT = {"link": APPROVER_TEXT, "address": "203.0.113.7", "form": FORM}
CONTEXT = SimpleNamespace(aws_request_id="run-1")


def decided(api: Api, event: Any) -> Any:
    with writes.by_function("ClientDecision"):
        return client_decision(event, CONTEXT)


def test_the_function_decides_as_the_links_approver(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(api.world, DECIDE)
    result = decided(api, EVENT)
    assert (result["error"], result["reason"]) == ("", None)
    assert stored(api).status is RequestStatus.APPROVED
    assert decided(api, EVENT) == result  # a second press is counted once
    assert [entry.action for entry in api.world.entries].count("request.approve") == 1
    assert APPROVER_TEXT not in capsys.readouterr().out


INVALID: dict[str, tuple[Any, Reason]] = {
    "nothing": (None, Reason.MALFORMED_BODY),
    "a list": ([EVENT], Reason.MALFORMED_BODY),
    "no link": ({**EVENT, "link": "x"}, Reason.BAD_VALUE),
    "an unknown link": ({**EVENT, "link": "z" * 52}, Reason.NO_SUCH_PAGE),
    "no form": ({**EVENT, "form": {}}, Reason.MISSING_FIELD),
    "a longer time": ({**EVENT, "form": {**FORM, "minutes": 240}}, Reason.BAD_VALUE),
    "another field": ({**EVENT, "is_lead": True}, Reason.UNKNOWN_FIELD),
}


def test_the_function_decides_nothing_without_a_valid_link_and_form(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(api.world, DECIDE)
    reasons = {name: decided(api, event)["reason"] for name, (event, _) in INVALID.items()}
    assert reasons == {name: reason.value for name, (_, reason) in INVALID.items()}
    assert stored(api).status is RequestStatus.PENDING
    output = capsys.readouterr().out
    assert APPROVER_TEXT not in output
    assert "z" * 52 not in output


def test_a_bug_shows_no_secret(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(api.world, DECIDE)
    api.world.fails_at("change", RuntimeError(f"a secret, {APPROVER_TEXT}"))
    result = decided(api, EVENT)
    assert result["reason"] == Reason.BUG
    output = json.dumps(result) + capsys.readouterr().out
    assert "a secret" not in output
    assert APPROVER_TEXT not in output


@pytest.mark.parametrize("step", ["decide", "decided"])
def test_the_page_claims_nothing_if_the_functions_answer_is_lost(api: Api, step: str) -> None:
    prepare(api.world, DECIDE)
    api.world.fails_at(step, Unavailable(Reason.DECISION_UNCERTAIN))
    answer = send(api, DECIDE, **APPROVE)
    assert answer.status == 503
    assert "did not hear whether your decision was stored" in text_of(answer)
    api.world.before = None
    is_stored = step == "decided"
    assert ("A request waits for you" in text_of(show(api))) is not is_stored
    assert send(api, DECIDE, **APPROVE).status == 303
    assert stored(api).status is RequestStatus.APPROVED
    assert [entry.action for entry in api.world.entries].count("request.approve") == 1
