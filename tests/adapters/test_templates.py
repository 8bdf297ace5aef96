"""The Templates port: a template lies in a private bucket, and its signed URL can be read."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.adapters.templates import CONFIG, S3Templates
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.forms.cloudformation import launch_stack_url, template
from local import world
from tests.adapters.scene import Aws
from tests.domain.onboarding.setup.setups import a_setup

BUCKET = f"daypass-templates-{world.FIRM}-us-east-1"


def in_the_foundations_bucket() -> S3Templates:
    clients = partial(botocore.session.Session().create_client, region_name="us-east-1")
    return S3Templates(BUCKET, "us-east-1", clients)


@pytest.fixture
def templates(aws: Aws) -> Iterator[S3Templates]:
    """As the broker role has it, without the policy that plain HTTP does not satisfy."""
    s3 = aws.endpoint.as_root(world.FIRM, "s3")
    policy = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    yield in_the_foundations_bucket()
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_what_was_published_can_be_read_by_its_url_alone(templates: S3Templates) -> None:
    text = template(a_setup(client="Söhne & Töchter"))
    url = templates.publish("acme-prod/readonly-1.yaml", text)
    assert read(url) == text
    with pytest.raises(urllib.error.HTTPError, match="403"):
        read(url.partition("?")[0])


def test_without_encryption_in_transit_nothing_is_laid_down(aws: Aws) -> None:
    """The local AWS speaks plain HTTP, which the bucket's own policy refuses."""
    with pytest.raises(Unavailable):
        in_the_foundations_bucket().publish("acme-prod/readonly-1.yaml", "text")


def test_cloudformation_creates_the_role_from_the_url(aws: Aws, templates: S3Templates) -> None:
    setup = a_setup(role_arn=f"arn:aws:iam::{world.ACME.account}:role/Launched")
    url = templates.publish("acme-prod/readonly-2.yaml", template(setup))
    cloudformation = aws.endpoint.as_root(world.ACME.account, "cloudformation")
    # Not TemplateURL: the local AWS looks for the bucket in the account of the stack.
    cloudformation.create_stack(
        StackName="launched", TemplateBody=read(url), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    role = aws.endpoint.as_root(world.ACME.account, "iam").get_role(RoleName="Launched")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Sid"] == "DaypassMayEnter"


def test_on_aws_the_console_takes_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK signs without asking anybody: the URL is as it would be on AWS."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = botocore.session.Session().create_client(
        "s3",
        region_name="eu-central-1",
        config=CONFIG,
        aws_access_key_id="ASIAEXAMPLE",
        aws_secret_access_key="example",
        aws_session_token="t" * 900,
    )
    monkeypatch.setattr(client, "put_object", lambda **_: {})
    templates = S3Templates("daypass-templates-123456789012-eu-central-1", "eu-central-1",
                            lambda *_args, **_more: client)  # fmt: skip
    url = templates.publish("acme-prod/readonly-0123456789abcdef.yaml", "text")
    assert "X-Amz-Expires=3600" in url
    assert launch_stack_url(
        template_url=url, region="eu-central-1", partition="aws", stack_name="daypass-X"
    )


def test_a_bucket_that_does_not_answer_is_said_to_be_so() -> None:
    class Broken:
        def put_object(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://s3")

    templates = S3Templates("bucket", "us-east-1", lambda *_args, **_more: Broken())
    with pytest.raises(Unavailable, match="aws-unreachable"):
        templates.publish("a/b.yaml", "text")
