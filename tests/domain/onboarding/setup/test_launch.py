"""The link that opens the template in the client's console."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.setup.formats.cloudformation import (
    build_launch_stack_url,
    build_stack_name,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import FIRM, a_spec, odd_names

IN_S3 = "https://daypass-templates.s3.eu-central-1.amazonaws.com/a/b.yaml?X-Amz-Signature=a%2Fb&c=d"


def in_partition(partition: str) -> RoleSpec:
    firm = replace(FIRM, partition=partition)
    return a_spec(firm=firm, role_arn=f"arn:{partition}:iam::987654321098:role/ContractorRole")


def link(template_url: str = IN_S3, region: str = "eu-central-1", partition: str = "aws") -> str:
    return build_launch_stack_url(in_partition(partition), template_url, region)


def test_the_link_has_the_template_and_the_stacks_name() -> None:
    parts = urlsplit(link())
    assert (parts.scheme, parts.netloc) == ("https", "eu-central-1.console.aws.amazon.com")
    assert (parts.path, parts.query) == ("/cloudformation/home", "region=eu-central-1")
    page, _, filled_in = parts.fragment.partition("?")
    assert page == "/stacks/quickcreate"
    assert parse_qs(filled_in) == {"templateURL": [IN_S3], "stackName": ["daypass-ContractorRole"]}


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(partition: str, region: str, host: str) -> None:
    assert urlsplit(link(partition=partition, region=region)).netloc == host


REFUSED_LINKS = [
    ("partition", "aws-iso"),
    ("template_url", "http://x.s3.amazonaws.com/a"),
    ("template_url", "https://daypass.example/a.yaml"),
    ("template_url", "https://evil.example/s3.amazonaws.com/a"),
    ("template_url", "https://x.s3.amazonaws.com.evil.example/a"),
    ("template_url", "https://x.s3.amazonaws.com/a b"),
    ("template_url", "https://x.s3.amazonaws.com/" + "a" * 5120),
]


def test_the_longest_template_url_is_accepted() -> None:
    longest = "https://x.s3.amazonaws.com/".ljust(5120, "a")
    assert longest in link(template_url=longest).replace("%3A", ":").replace("%2F", "/")


@pytest.mark.parametrize(("field", "value"), REFUSED_LINKS)
def test_an_invalid_link_is_refused(field: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        link(**{field: value})
    assert (refused.value.reason, refused.value.field) == (Reason.BAD_VALUE, field)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (a_spec(), "daypass-ContractorRole"),
        (odd_names(), "daypass-odd"),
        (a_spec(role_arn=f"arn:aws:iam::987654321098:role/{'+' * 63}n"), "daypass-n"),
        (a_spec(role_arn="arn:aws:iam::987654321098:role/@"), "daypass"),
    ],
)
def test_a_stack_is_named_after_its_role(spec: RoleSpec, name: str) -> None:
    assert build_stack_name(spec) == name
