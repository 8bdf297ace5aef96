"""The exact requests to Amazon S3. The port's contract has a test of its own."""

from io import BytesIO
from urllib.parse import parse_qsl

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError
from urllib3 import HTTPResponse

from chalicelib.adapters.onboarding.templates import S3Templates
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.formats.cloudformation import build_launch_stack_url
from tests.domain.onboarding.setup.specs import a_spec
from tests.rows import every

REGION, OWNER, NAME = "eu-central-1", "123456789012", "acme-prod/readonly-0123456789abcdef.yaml"
BUCKET = f"daypass-templates-{OWNER}-{REGION}"
URL = f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{NAME}"
BROKEN = EndpointConnectionError(endpoint_url=URL)


class FakeS3:
    """The SDK's real client, with its requests recorded and not sent."""

    def __init__(self, *answers, region=REGION):
        self.sent = []
        self._region = region
        self._answers = list(answers) or [200]

    def clients(self, service, **more):
        client = botocore.session.Session().create_client(
            service,
            region_name=self._region,
            aws_access_key_id="ASIAEXAMPLE",
            aws_secret_access_key="example",
            aws_session_token="t" * 900,
            **more,
        )
        client.meta.events.register("before-send.s3", self._answer)
        return client

    def _answer(self, request, **_):
        self.sent.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return AWSResponse(request.url, answer, {}, HTTPResponse(BytesIO(), preload_content=False))

    @property
    def templates(self):
        return S3Templates(BUCKET, REGION, OWNER, self.clients)


@pytest.fixture
def on_aws(monkeypatch, fast_tries):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_a_template_is_published_in_the_firms_own_bucket(on_aws):
    s3 = FakeS3()
    s3.templates.publish(NAME, "Söhne")
    (request,) = s3.sent
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (request.method, request.url) == ("PUT", URL)
    body = request.body
    assert body.read().split(b"\r\n")[:2] == [b"6", "Söhne".encode()]  # a chunk with its length
    assert _text(headers["content-type"]) == "text/yaml; charset=utf-8"
    assert _text(headers["x-amz-expected-bucket-owner"]) == OWNER
    signed = _text(headers["authorization"])
    assert f"/{REGION}/s3/aws4_request" in signed
    assert "x-amz-expected-bucket-owner" in signed.partition("SignedHeaders=")[2]


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


@every("region", [REGION, "us-east-1", "eu-west-1"])  # older regions have older signatures, too
def test_the_presigned_url_is_valid_for_an_hour_and_the_console_accepts_it(on_aws, region):
    s3 = FakeS3(BROKEN, 200, region=region)  # a second try can succeed
    templates = S3Templates(BUCKET, region, OWNER, s3.clients)
    url = templates.publish(NAME, "text")
    address, _, query = url.partition("?")
    parameters = dict(parse_qsl(query))
    assert address.endswith(f"/{NAME}")
    assert parameters.keys() == {
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
    assert parameters["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert parameters["X-Amz-Expires"] == "3600"
    # The CloudFormation console sends no other header.
    assert parameters["X-Amz-SignedHeaders"] == "host"
    key, day, *scope = parameters["X-Amz-Credential"].split("/")
    assert (key, len(day), scope) == ("ASIAEXAMPLE", 8, [region, "s3", "aws4_request"])
    assert build_launch_stack_url(a_spec(), url, templates.region)


@pytest.mark.parametrize(
    ("answers", "tries"),
    [((BROKEN, BROKEN), 2), ((503, 503), 2), ((403,), 1), ((404,), 1)],
)
def test_a_failure_of_s3_is_unavailable(on_aws, answers, tries):
    s3 = FakeS3(*answers)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        s3.templates.publish(NAME, "text")
    assert len(s3.sent) == tries
