"""Every way in which DynamoDB, STS and IAM fail, and how a test makes them fail so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from chalicelib.adapters.vending.sts import AwsSts
from tests.adapters.scene import Aws


class Raw:
    """The body of an answer that never came over the network."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def dynamodb_says(code: str, status: int = 400) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as told"}
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse("", status, headers, Raw(json.dumps(body).encode()))


def sts_says(code: str, status: int, text: str = "as told") -> AWSResponse:
    """IAM says it in the same form."""
    error = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    body = f"<ErrorResponse>{error}</ErrorResponse>"
    return AWSResponse("", status, {"Content-Type": "text/xml"}, Raw(body.encode()))


FAULTS: dict[str, Any] = {
    "throttled": lambda: dynamodb_says("ProvisionedThroughputExceededException"),
    "rate": lambda: dynamodb_says("ThrottlingException"),
    "broken": lambda: dynamodb_says("InternalServerError", 500),
    "not allowed": lambda: dynamodb_says("AccessDeniedException"),
    "no table": lambda: dynamodb_says("ResourceNotFoundException"),
    "expired": lambda: dynamodb_says("ExpiredTokenException"),
    "unreachable": EndpointConnectionError(endpoint_url="https://dynamodb"),
    "no answer": ReadTimeoutError(endpoint_url="https://dynamodb"),
    "no connection": ConnectTimeoutError(endpoint_url="https://dynamodb"),
}


STS_FAULTS: dict[str, Any] = {
    "denied": lambda: sts_says("AccessDenied", 403),
    "invalid": lambda: sts_says("ValidationError", 400),
    "too large": lambda: sts_says("PackedPolicyTooLarge", 400),
    "region off": lambda: sts_says("RegionDisabledException", 403),
    "throttled": lambda: sts_says("Throttling", 400),
    "broken": lambda: sts_says("ServiceUnavailable", 503),
    "our keys expired": lambda: sts_says("ExpiredToken", 403),
    "unreachable": EndpointConnectionError(endpoint_url="https://sts"),
    "no answer": ReadTimeoutError(endpoint_url="https://sts"),
}


@contextmanager
def failing(
    client: Any, operation: str, fault: Any, *, times: int = 99, after: int = 0
) -> Iterator[list[str]]:
    """Make the next calls of the operation fail so, before anything is sent; `after` some calls."""
    service = client.meta.service_model.service_name
    calls: list[str] = []
    passed: list[str] = []

    def fail(**_: Any) -> AWSResponse | None:
        if len(passed) < after:
            passed.append(operation)
            return None
        calls.append(operation)
        if len(calls) > times:
            return None
        if isinstance(fault, Exception):
            raise fault
        answer: AWSResponse = fault()
        return answer

    event = f"before-send.{service}.{operation}"
    client.meta.events.register_first(event, fail)
    try:
        yield calls
    finally:
        client.meta.events.unregister(event, fail)


@contextmanager
def failing_further(aws: Aws, service: str, operation: str, fault: Any) -> Iterator[AwsSts]:
    """The Sts port, with clients of the further kind that fail so: for what no vend needs."""
    known = aws.ports.sts
    assert isinstance(known, AwsSts)
    asked: list[str] = []

    def fail(**_: Any) -> AWSResponse:
        asked.append(operation)
        if isinstance(fault, Exception):
            raise fault
        answer: AWSResponse = fault()
        return answer

    def clients(name: str, **more: Any) -> Any:
        client = known._clients(name, **more)
        client.meta.events.register_first(f"before-send.{service}.{operation}", fail)
        return client

    yield AwsSts(known._client, clients, known._broker_role_arn)
    assert asked, f"{operation} was never asked for"
