"""A decision is handed over in one call, and an unknown result is said to be unknown."""

import io
import json
from unittest.mock import Mock

import msgspec
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from msgspec.structs import replace

from chalicelib.adapters.requests.decisions import CONFIG, decide
from chalicelib.domain.errors import Conflict, DaypassError, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.client_decisions import (
    STORED,
    ClientDecision,
    Decision,
    DecisionForm,
    DecisionResult,
)
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.responses import to_json_value
from tests.builders import APPROVER_TEXT, a_request_id
from tests.fakes import NOON
from tests.rows import every

FORM = DecisionForm(decision=Decision.APPROVE, request=a_request_id(), minutes=60, end=NOON)
DECISION = ClientDecision(link=APPROVER_TEXT, address="203.0.113.7", form=FORM)
FUNCTION = "daypass-ClientDecision-1"


def test_a_field_that_the_approver_left_empty_is_not_sent():
    form = DecisionForm(decision=Decision.APPROVE, request=a_request_id())
    event = json.loads(msgspec.json.encode(replace(DECISION, form=form)))
    assert event["form"] == {"decision": "approve", "request": a_request_id()}
    assert parse(ClientDecision, event).form == form


def handed_over(answer, **more):
    """Hand the decision to a client that gives this answer, and return the client."""
    client = Mock()
    if isinstance(answer, Exception):
        client.invoke.side_effect = answer
    else:
        client.invoke.return_value = {"Payload": io.BytesIO(answer), **more}
    decide(FUNCTION, lambda: client, DECISION)
    return client


def result_of(error):
    result = DecisionResult.from_error(error) if error else STORED
    return json.dumps(to_json_value(result)).encode()


def test_the_function_gets_the_whole_decision_in_one_call_without_retries():
    client = handed_over(result_of(None))
    (call,) = client.invoke.call_args_list
    payload = call.kwargs.pop("Payload")
    assert call.kwargs == {"FunctionName": FUNCTION, "InvocationType": "RequestResponse"}
    assert parse(ClientDecision, json.loads(payload)) == DECISION
    assert CONFIG.retries == {"total_max_attempts": 1}
    assert APPROVER_TEXT not in repr(DECISION)


@every(
    "error",
    [
        NotFound(Reason.NO_SUCH_PAGE),
        Conflict(Reason.REQUEST_DECIDED, "Lena denied it.", field="request"),
        Unavailable(Reason.RECORDS_UNAVAILABLE),
        DaypassError(Reason.BUG),
    ],
)
def test_the_functions_error_is_raised_as_it_was(error):
    with pytest.raises(DaypassError) as raised:
        handed_over(result_of(error))
    assert type(raised.value) is type(error)
    assert (raised.value.reason, raised.value.field) == (error.reason, error.field)
    assert raised.value.detail == error.detail


THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
UNKNOWN = {
    "throttled": (THROTTLED, {}),
    "no connection": (ConnectTimeoutError(endpoint_url="https://lambda"), {}),
    "no answer": (ReadTimeoutError(endpoint_url="https://lambda"), {}),
    "the function timed out": (b'{"errorMessage": "secret"}', {"FunctionError": "Unhandled"}),
    "not JSON": (b"secret", {}),
    "another result": (b'["secret"]', {}),
    "an unknown reason": (b'{"reason": "secret"}', {}),
    "nothing": (b"", {}),
    "an empty object": (b"{}", {}),
    "another function's": (b'{"errorMessage": "secret"}', {}),
}


@every("name", UNKNOWN)
def test_an_unknown_result_is_said_to_be_unknown(name):
    answer, more = UNKNOWN[name]
    with pytest.raises(Unavailable) as raised:
        handed_over(answer, **more)
    assert raised.value.reason is Reason.DECISION_UNCERTAIN
    cause = raised.value.__cause__
    assert "secret" not in f"{raised.value!r} {cause!r}"
    assert APPROVER_TEXT not in f"{raised.value!r} {cause!r}"
