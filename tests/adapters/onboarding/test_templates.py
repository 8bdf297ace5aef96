"""What is asked of Amazon S3, to the letter. What it comes to is in the port's contract."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError
from urllib3 import HTTPResponse

from chalicelib.adapters.onboarding.templates import S3Templates
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.formats.cloudformation import launch_stack_url
from tests.domain.onboarding.setup.specs import a_spec

REGION, OWNER, NAME = "eu-central-1", "123456789012", "acme-prod/readonly-0123456789abcdef.yaml"
ITS_BUCKET = f"daypass-templates-{OWNER}-{REGION}"
PLACE = f"https://{ITS_BUCKET}.s3.{REGION}.amazonaws.com/{NAME}"
BROKEN = EndpointConnectionError(endpoint_url=PLACE)


class Wire:
    """The SDK's own client, as it would be on AWS, and what it sends: to nobody."""

    def __init__(self, *answers: int | Exception, region: str = REGION) -> None:
        self.sent: list[AWSPreparedRequest] = []
        self._region = region
        self._answers = list(answers) or [200]

    def clients(self, service: str, **more: Any) -> Any:
        client: Any = botocore.session.Session().create_client(
            service,
            region_name=self._region,
            aws_access_key_id="ASIAEXAMPLE",
            aws_secret_access_key="example",
            aws_session_token="t" * 900,
            **more,
        )
        client.meta.events.register("before-send.s3", self._answer)
        return client

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.sent.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return AWSResponse(request.url, answer, {}, HTTPResponse(BytesIO(), preload_content=False))

    @property
    def templates(self) -> S3Templates:
        return S3Templates(ITS_BUCKET, REGION, OWNER, self.clients)


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch, fast_tries: None) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_what_is_laid_down_is_this_and_in_nobody_elses_bucket(on_aws: None) -> None:
    wire = Wire()
    wire.templates.publish(NAME, "Söhne")
    (request,) = wire.sent
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (request.method, request.url) == ("PUT", PLACE)
    body: Any = request.body
    assert body.read().split(b"\r\n")[:2] == [b"6", "Söhne".encode()]  # a chunk, with its length
    assert _text(headers["content-type"]) == "text/yaml; charset=utf-8"
    assert _text(headers["x-amz-expected-bucket-owner"]) == OWNER
    signed = _text(headers["authorization"])
    assert f"/{REGION}/s3/aws4_request" in signed
    assert "x-amz-expected-bucket-owner" in signed.partition("SignedHeaders=")[2]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_the_url_is_signed_for_reading_it_for_an_hour_and_the_console_takes_it(
    on_aws: None,
) -> None:
    wire = Wire()
    templates = wire.templates
    url = templates.publish(NAME, "text")
    place, _, query = url.partition("?")
    told = dict(parse_qsl(query))
    assert place == PLACE
    assert told.keys() == {
        f"X-Amz-{name}"
        for name in (
            "Algorithm",
            "Credential",
            "Date",
            "Expires",
            "SignedHeaders",
            "Security-Token",
            "Signature",
        )
    }
    assert told["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert told["X-Amz-Expires"] == "3600"
    # Another header would be one that the console of AWS CloudFormation does not send.
    assert told["X-Amz-SignedHeaders"] == "host"
    key, day, *scope = told["X-Amz-Credential"].split("/")
    assert (key, len(day), scope) == ("ASIAEXAMPLE", 8, [REGION, "s3", "aws4_request"])
    assert launch_stack_url(a_spec(), url, templates.region)


@pytest.mark.parametrize(
    ("answers", "tries"),
    [((BROKEN, BROKEN), 2), ((503, 503), 2), ((403,), 1), ((404,), 1)],
)
def test_a_bucket_that_does_not_take_it_is_said_to_be_out_of_reach(
    on_aws: None, answers: tuple[Any, ...], tries: int
) -> None:
    wire = Wire(*answers)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        wire.templates.publish(NAME, "text")
    assert len(wire.sent) == tries


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_where_aws_would_take_an_older_signature_it_is_the_same(on_aws: None, region: str) -> None:
    templates = S3Templates("bucket", region, OWNER, Wire(region=region).clients)
    told = dict(parse_qsl(templates.publish(NAME, "text").partition("?")[2]))
    assert told["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert f"/{region}/s3/" in told["X-Amz-Credential"]


def test_one_that_takes_it_at_the_second_try_has_taken_it(on_aws: None) -> None:
    assert Wire(BROKEN, 200).templates.publish(NAME, "text").startswith(f"{PLACE}?")
