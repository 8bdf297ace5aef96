"""The event bus: its adapter and its fake alike, each error of PutEvents, and the stream's
records."""

import json

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.trail_stream import read_stream
from chalicelib.adapters.evidence import event_bus
from chalicelib.domain.evidence.trail_events import SendResult, build_trail_event
from local.functions import environment_with
from local.sample_accounts import FIRM
from tests.adapters.dynamodb.recorded import as_stored
from tests.adapters.faults import Raw, failing
from tests.domain.evidence.samples import entry
from tests.fakes import NOON
from tests.fakes.event_bus import FakeEventBus
from tests.local.scene import function
from tests.rows import every

BUS = f"arn:aws:events:us-east-1:{FIRM}:event-bus/default"
SENT, NOT_SENT, INVALID = SendResult
SEND = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": BUS}


@pytest.fixture
def logged(monkeypatch):
    """Return the lines of the log."""
    lines = []
    add = lambda message, extra: lines.append({"message": message, **extra})  # noqa: E731
    monkeypatch.setattr(event_bus.logger, "warning", add)
    return lines


def event(name="1"):
    return build_trail_event(entry("vend", {"reason": "a secret"}, id=name), name)


def bus_as(aws, *permissions):
    """Return the function's bus, with a role that has these permissions."""
    _, caller = function(aws.endpoint, permissions=permissions)
    credentials = {
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key,
        "AWS_SESSION_TOKEN": caller.session_token,
        "DAYPASS_EVENT_BUS": BUS,
    }
    with environment_with(credentials):
        return bootstrap.publish_ports.__wrapped__().bus


@pytest.fixture
def real(aws):
    return bus_as(aws, SEND)


@pytest.fixture(params=["fake", "real"])
def bus(request):
    return FakeEventBus() if request.param == "fake" else request.getfixturevalue("real")


def test_the_result_of_each_event_is_in_the_order_of_the_events(bus):
    assert bus.send([event("1"), event("2")]) == [SENT, SENT]


def test_an_event_has_the_source_the_type_the_time_and_the_bus(real):
    requests = []
    real._client.meta.events.register(
        "before-call.eventbridge.PutEvents", lambda params, **_: requests.append(params["body"])
    )
    sent = event()
    assert real.send([sent]) == [SENT]
    (put,) = json.loads(requests[0])["Entries"]
    assert put == {
        "EventBusName": BUS,
        "Source": "daypass",
        "DetailType": "Daypass Trail Entry",
        "Time": int(NOON.timestamp()),
        "Detail": sent.detail,
    }


def test_a_role_without_the_permission_sends_nothing(aws):
    assert bus_as(aws).send([event("1"), event("2")]) == [NOT_SENT, NOT_SENT]


def answer(body, status=200):
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return lambda: AWSResponse("", status, headers, Raw(json.dumps(body).encode()))


def error(code, status=400):
    return answer({"__type": code, "message": "a secret"}, status)


# "PutEventsResultEntry" (Amazon EventBridge API Reference).
TO_REPEAT = """
    InternalFailure ThrottlingException AccessDeniedException InvalidAccountIdException
    InvalidArgument NotAuthorizedForSourceException NotAuthorizedForDetailTypeException
    AnUnknownError
"""


@every(
    "code, result",
    [*((code, NOT_SENT) for code in TO_REPEAT.split()), ("MalformedDetail", INVALID)],
)
def test_an_event_of_a_call_fails_by_itself(real, logged, code, result):
    """The call succeeds all the same."""
    entries = [{"EventId": "1"}, {"ErrorCode": code, "ErrorMessage": "a secret"}]
    logged.clear()
    with failing(real._client, "PutEvents", answer({"FailedEntryCount": 1, "Entries": entries})):
        assert real.send([event("1"), event("2")]) == [SENT, result]
    assert logged == [{"message": "event bus", "error": code}]


FAULTS = [
    error("AccessDeniedException"),
    error("ThrottlingException"),
    error("InternalException", 500),
    error("ResourceNotFoundException"),
    EndpointConnectionError(endpoint_url="x"),
    ReadTimeoutError(endpoint_url="x"),
]


@every("fault", FAULTS)
def test_a_call_that_fails_can_be_made_again(real, logged, fault):
    logged.clear()
    with failing(real._client, "PutEvents", fault):
        assert real.send([event("1"), event("2")]) == [NOT_SENT, NOT_SENT]
    (line,) = logged
    assert "secret" not in str(line)


def test_an_invalid_event_does_not_keep_back_the_others_of_its_call(real):
    """A call that is invalid is made again for each event."""
    calls = []

    def refuse(request, **_):
        entries = json.loads(request.body)["Entries"]
        calls.append(len(entries))
        is_invalid = any('"id":"2"' in each["Detail"] for each in entries)
        return error("ValidationException")() if is_invalid else None

    real._client.meta.events.register("before-send.eventbridge.PutEvents", refuse)
    assert real.send([event("1"), event("2"), event("3")]) == [SENT, INVALID, SENT]
    assert calls == [3, 1, 1, 1]


def test_the_bus_of_another_region_is_called_there():
    arn = BUS.replace("us-east-1", "eu-central-1")
    with environment_with({"DAYPASS_EVENT_BUS": arn, "AWS_REGION": "us-east-1"}):
        bus = bootstrap.publish_ports.__wrapped__().bus
    assert bus._client.meta.region_name == "eu-central-1"


def a_change(**changes):
    stored = as_stored(entry("vend", {"reason": "x"}, id="1"))
    facts = {
        "SequenceNumber": "111",
        "ApproximateCreationDateTime": NOON.timestamp(),
        "Keys": {"pk": stored["pk"], "sk": stored["sk"]},
        "NewImage": stored,
    }
    return {"dynamodb": facts | changes}


def test_a_record_of_the_stream_is_an_entry():
    (record,) = read_stream({"Records": [a_change()]})
    assert record.entry == entry("vend", {"reason": "x"}, id="1")
    assert (record.position, record.recorded_at) == ("111", NOON)
    assert record.key.endswith("#1")


@every(
    "image",
    [
        {},
        {"body": {"S": "x"}},
        {"body": {"M": {}}},
        {"body": {"M": {"id": {"B": b"x"}}}},
        {"body": {"M": {"id": "x"}}},
        {"body": "x"},
    ],
)
def test_a_record_of_anything_else_has_no_entry(image):
    """Someone with all permissions can store such an item."""
    (record,) = read_stream({"Records": [a_change(NewImage=image)]})
    assert record.entry is None


def test_the_record_of_a_deletion_is_left_out():
    deletion = a_change()
    del deletion["dynamodb"]["NewImage"]
    assert read_stream({"Records": [deletion]}) == []
