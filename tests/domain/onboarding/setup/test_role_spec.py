"""A role's specification and its validation, and the link that opens its template in the client's
console."""

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup.formats.cloudformation import (
    build_launch_stack_url,
    build_stack_name,
)
from chalicelib.domain.onboarding.setup.permissions import AS_THEY_ARE, SECURITY_AUDIT
from chalicelib.domain.onboarding.setup.resources import list_resources
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import (
    CUT_OFF_EXTERNAL_ID,
    FIRM,
    a_spec,
    odd_names,
    with_brake,
)
from tests.rows import every

BAD = Reason.BAD_VALUE
FIRM_OF_TWO_ACCOUNTS = replace(FIRM, other_accounts=("222233334444",))
OF_AWS = "arn:aws:iam::aws:policy/P"
POLICIES = "arn:aws:iam::987654321098:policy/"
BRAKE = {
    "cut_off": CutOffMethod.BRAKE,
    "cut_off_external_id": CUT_OFF_EXTERNAL_ID,
}
REFUSED_SPECS = [
    ({"role_arn": "arn:aws:iam::987654321098:user/Bob"}, "arn", BAD),
    ({"role_arn": "arn:aws:iam::987654321098:role/{{x}}/R"}, "arn", BAD),
    ({"role_arn": "arn:aws:iam::123456789012:role/R"}, "arn", Reason.DAYPASS_ACCOUNT),
    (
        {"firm": FIRM_OF_TWO_ACCOUNTS, "role_arn": "arn:aws:iam::222233334444:role/R"},
        "arn",
        Reason.FIRM_ACCOUNT,
    ),
    ({"role_arn": "arn:aws-cn:iam::987654321098:role/R"}, "arn", Reason.ROLE_IN_ANOTHER_PARTITION),
    ({"boundary_arn": "arn:aws:iam::987654321098:role/R"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws:iam::111111111111:policy/P"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws-cn:iam::aws:policy/P"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws:iam::aws:policy/{{/P"}, "boundary_arn", BAD),
    ({"boundary_arn": OF_AWS, "makes_boundary": True}, "boundary_arn", BAD),
    # The brake is the role's only boundary, and no brake is another role's boundary.
    (BRAKE | {"boundary_arn": OF_AWS}, "boundary_arn", BAD),
    (BRAKE | {"makes_boundary": True}, "makes_boundary", BAD),
    ({"boundary_arn": f"{POLICIES}daypass-cut-off/ContractorRole-brake"}, "boundary_arn", BAD),
    ({"boundary_arn": f"{POLICIES}Daypass-Cut-Off/x"}, "boundary_arn", BAD),
    ({"role_arn": "arn:aws:iam::987654321098:role/daypass-cut-off/R-cut-off"}, "arn", BAD),
    # An existing role keeps all its settings.
    ({"permissions": AS_THEY_ARE, "makes_boundary": True}, "makes_boundary", BAD),
    ({"permissions": AS_THEY_ARE, "boundary_arn": OF_AWS}, "boundary_arn", BAD),
    (BRAKE | {"permissions": AS_THEY_ARE, "makes_boundary": True}, "makes_boundary", BAD),
    ({"permissions": AS_THEY_ARE, "max_session_duration": 3601}, "max_session_duration", BAD),
]
BOUNDARIES = [
    OF_AWS,
    f"{POLICIES}a/P",
    f"{POLICIES}daypass-cut-off",
    f"{POLICIES}daypass-cut-offs/P",
]


@every("changes, field, reason", REFUSED_SPECS)
def test_an_invalid_specification_is_refused(changes, field, reason):
    with pytest.raises(InvalidRequest) as refused:
        a_spec(**changes)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@every("arn", BOUNDARIES)
def test_a_boundary_is_a_policy_of_aws_or_of_the_same_account(arn):
    assert a_spec(boundary_arn=arn).permissions_boundary == arn


def test_with_a_brake_the_boundary_is_the_brake():
    brake = f"{POLICIES}daypass-cut-off/ContractorRole-brake"
    assert with_brake().permissions_boundary == brake
    assert with_brake(permissions=AS_THEY_ARE).permissions_boundary == brake


@every("changes", [{"boundary_arn": OF_AWS}, {"makes_boundary": True}])
def test_with_deny_all_any_boundary_stays(changes):
    without = a_spec(**changes).permissions_boundary
    spec = a_spec(**(BRAKE | {"cut_off": CutOffMethod.DENY_ALL} | changes))
    assert spec.permissions_boundary == without


def test_without_an_external_id_there_is_no_cut_off_role():
    with pytest.raises(ValueError, match="no external ID for cut-offs"):
        list_resources(a_spec(cut_off=CutOffMethod.DENY_ALL))


def test_every_arn_is_in_the_roles_partition():
    spec = a_spec(
        firm=Firm(account_id="123456789012", partition="aws-us-gov"),
        role_arn="arn:aws-us-gov:iam::987654321098:role/R",
        permissions=SECURITY_AUDIT,
        makes_boundary=True,
        cut_off=CutOffMethod.DENY_ALL,
        cut_off_external_id=CUT_OFF_EXTERNAL_ID,
    )
    assert "arn:aws:" not in str(list_resources(spec))


def test_the_description_fits_and_says_how_to_remove_the_access():
    description = list_resources(a_spec(firm_name="Ł" * 5000))["Role"]["Description"]
    assert len(description) <= 1000  # "CreateRole" (IAM API Reference)
    assert "delete this role" in description
    assert "Daypass" in description


IN_S3 = "https://daypass-templates.s3.eu-central-1.amazonaws.com/a/b.yaml?X-Amz-Signature=a%2Fb&c=d"


def in_partition(partition):
    firm = replace(FIRM, partition=partition)
    return a_spec(firm=firm, role_arn=f"arn:{partition}:iam::987654321098:role/ContractorRole")


def link(template_url=IN_S3, region="eu-central-1", partition="aws"):
    return build_launch_stack_url(in_partition(partition), template_url, region)


def test_the_link_has_the_template_and_the_stacks_name():
    parts = urlsplit(link())
    assert (parts.scheme, parts.netloc) == ("https", "eu-central-1.console.aws.amazon.com")
    assert (parts.path, parts.query) == ("/cloudformation/home", "region=eu-central-1")
    page, _, filled_in = parts.fragment.partition("?")
    assert page == "/stacks/quickcreate"
    assert parse_qs(filled_in) == {"templateURL": [IN_S3], "stackName": ["daypass-ContractorRole"]}


@every(
    "partition, region, host",
    [
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(partition, region, host):
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


def test_the_longest_template_url_is_accepted():
    longest = "https://x.s3.amazonaws.com/".ljust(5120, "a")
    assert longest in link(template_url=longest).replace("%3A", ":").replace("%2F", "/")


@every("field, value", REFUSED_LINKS)
def test_an_invalid_link_is_refused(field, value):
    with pytest.raises(InvalidRequest) as refused:
        link(**{field: value})
    assert (refused.value.reason, refused.value.field) == (Reason.BAD_VALUE, field)


@every(
    "spec, name",
    [
        (a_spec(), "daypass-ContractorRole"),
        (odd_names(), "daypass-odd"),
        (a_spec(role_arn=f"arn:aws:iam::987654321098:role/{'+' * 63}n"), "daypass-n"),
        (a_spec(role_arn="arn:aws:iam::987654321098:role/@"), "daypass"),
    ],
)
def test_a_stack_is_named_after_its_role(spec, name):
    assert build_stack_name(spec) == name
