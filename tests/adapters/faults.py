"""The ways that DynamoDB, STS and IAM fail, and functions that make them fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from chalicelib.adapters.vending.sts import AwsSts
from tests.adapters.scene import Aws, listening


class Raw:
    """The body of a response that did not come over the network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def dynamodb_error(code: str, status: int = 400) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as told"}
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse("", status, headers, Raw(json.dumps(body).encode()))


def sts_error(code: str, status: int, text: str = "as told") -> AWSResponse:
    """Return an error response of STS. IAM's have the same form."""
    error = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    body = f"<ErrorResponse>{error}</ErrorResponse>"
    return AWSResponse("", status, {"Content-Type": "text/xml"}, Raw(body.encode()))


FAULTS: dict[str, Any] = {
    "throttled": lambda: dynamodb_error("ProvisionedThroughputExceededException"),
    "rate": lambda: dynamodb_error("ThrottlingException"),
    "broken": lambda: dynamodb_error("InternalServerError", 500),
    "not allowed": lambda: dynamodb_error("AccessDeniedException"),
    "no table": lambda: dynamodb_error("ResourceNotFoundException"),
    "expired": lambda: dynamodb_error("ExpiredTokenException"),
    "unreachable": EndpointConnectionError(endpoint_url="https://dynamodb"),
    "no answer": ReadTimeoutError(endpoint_url="https://dynamodb"),
    "no connection": ConnectTimeoutError(endpoint_url="https://dynamodb"),
}


STS_FAULTS: dict[str, Any] = {
    "denied": lambda: sts_error("AccessDenied", 403),
    "invalid": lambda: sts_error("ValidationError", 400),
    "too large": lambda: sts_error("PackedPolicyTooLarge", 400),
    "region off": lambda: sts_error("RegionDisabledException", 403),
    "throttled": lambda: sts_error("Throttling", 400),
    "broken": lambda: sts_error("ServiceUnavailable", 503),
    "expired": lambda: sts_error("ExpiredToken", 403),
    "unreachable": EndpointConnectionError(endpoint_url="https://sts"),
    "no answer": ReadTimeoutError(endpoint_url="https://sts"),
}


def _failed(fault: Any) -> AWSResponse:
    """Raise the error, or return the response."""
    if isinstance(fault, Exception):
        raise fault
    response: AWSResponse = fault()
    return response


@contextmanager
def failing(
    client: Any, operation: str, fault: Any, *, times: int = 99, after: int = 0
) -> Iterator[list[str]]:
    """Make the operation's next `times` calls fail before they are sent, `after` that many calls
    have passed. Yield the names of the failed calls."""
    service = client.meta.service_model.service_name
    calls: list[str] = []
    passed: list[str] = []

    def fail(**_: Any) -> AWSResponse | None:
        if len(passed) < after:
            passed.append(operation)
            return None
        calls.append(operation)
        return _failed(fault) if len(calls) <= times else None

    with listening(client, f"before-send.{service}.{operation}", fail):
        yield calls


@contextmanager
def failing_sts_checks(aws: Aws, service: str, operation: str, fault: Any) -> Iterator[AwsSts]:
    """Yield the Sts port with an operation that fails: one that checks need and vends do not."""
    sts = aws.ports.sts
    assert isinstance(sts, AwsSts)
    calls: list[str] = []

    def fail(**_: Any) -> AWSResponse:
        calls.append(operation)
        return _failed(fault)

    def clients(name: str, **more: Any) -> Any:
        client = sts._create_client(name, **more)
        client.meta.events.register_first(f"before-send.{service}.{operation}", fail)
        return client

    yield AwsSts(sts._get_sts_client, clients, sts._broker_role_arn)
    assert calls, f"{operation} was never called"


@contextmanager
def losing_answer(dynamodb: Any, nth: int = 0) -> Iterator[list[int]]:
    """Let DynamoDB put all items, and lose the answer to the nth put, so that the SDK asks again.
    Yield the statuses of all puts."""
    puts: list[int] = []
    original = dynamodb._endpoint.http_session.send

    def send(request: Any) -> Any:
        answer = original(request)
        if request.headers["X-Amz-Target"].endswith(b"PutItem"):
            puts.append(answer.status_code)
            if len(puts) == nth + 1:
                answer.status_code = 500
        return answer

    dynamodb._endpoint.http_session.send = send
    try:
        yield puts
    finally:
        dynamodb._endpoint.http_session.send = original


@contextmanager
def noted_calls(*clients: Any) -> Iterator[list[str]]:
    """Yield the names of the operations that these clients call in the block."""
    names: list[str] = []

    def note(model: Any, **_: Any) -> None:
        names.append(model.name)

    with ExitStack() as stack:
        for client in clients:
            stack.enter_context(listening(client, "before-call.*.*", note))
        yield names
