"""Every format creates the specified role, and Daypass can assume it safely."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.formats import cloudformation
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe
from tests.domain.onboarding.setup.formats.reading import expected
from tests.domain.onboarding.setup.specs import (
    EXTERNAL_ID,
    FIRM,
    a_spec,
    audit_while_rotating,
    odd_names,
    with_brake,
    with_deny_all,
)
from tests.e2e.setup.creating import CREATORS, by_plain, role_in_iam
from tests.local.scene import function, refusal

WRONG = "daypass-22222222222222222222222222222222"


def the_article(account_id):
    return a_spec(role_arn=f"arn:aws:iam::{account_id}:role/ContractorRole")


def odd(account_id):
    """Return odd names without `&` and `<`, with which the local IAM returns invalid XML."""
    return odd_names(account_id, firm_name='O\'Brien "Sons" $(id)`id` {{x}} ${y} Łódź\nrm -rf /')


each_creator = pytest.mark.parametrize("create", CREATORS, ids=lambda creator: creator.__name__)


def odd_with_deny_all(account_id):
    firm_name = 'O\'Brien "Sons" $(id)`id` {{x}} ${y} Łódź\nrm -rf /'
    return with_deny_all(account_id, firm_name=firm_name)


each_spec = pytest.mark.parametrize(
    "make", [the_article, audit_while_rotating, odd, with_brake, odd_with_deny_all]
)


@each_creator
@each_spec
def test_every_format_creates_the_specified_role_and_it_is_safe(aws, account_id, create, make):
    spec = make(account_id)
    create(aws, spec)

    assert role_in_iam(aws, spec) == expected(spec)

    def probe(external_id, **more):
        return aws.sts.probe(a_probe(spec.role_arn, external_id, **more))

    for external_id in spec.external_ids:
        assert probe(external_id) is ProbeOutcome.ACCEPTED
        for wrong in (external_id.upper(), external_id[:-1], WRONG, None):
            assert probe(wrong) is ProbeOutcome.REFUSED
    right = spec.external_ids[0]
    assert probe(right, source_identity="alice") is ProbeOutcome.ACCEPTED
    tagged = probe(right, tags=build_session_tags("alice", "acme"))
    assert tagged is (ProbeOutcome.ACCEPTED if spec.allows_tags else ProbeOutcome.REFUSED)


@pytest.mark.parametrize("bounded", [True, False])
def test_the_boundary_forbids_an_administrator_to_change_iam_and_nothing_else(
    aws, account_id, *, bounded
):
    everything = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    spec = a_spec(
        role_arn=f"arn:aws:iam::{account_id}:role/Admin",
        permissions=permissions.parse_permissions_policy(everything),
        makes_boundary=bounded,
    )
    by_plain(aws, spec)
    session = aws.broker.session_of(spec.role_arn, ExternalId=EXTERNAL_ID)
    session.client("s3").create_bucket(Bucket=f"admin-of-{account_id}")
    iam, sts = session.client("iam"), session.client("sts")
    iam.list_roles()
    elsewhere = {"Audience": ["https://elsewhere.example"], "SigningAlgorithm": "RS256"}
    for change, names in (
        (sts.get_web_identity_token, elsewhere),
        (iam.create_user, {"UserName": "backdoor"}),
        (iam.delete_role_permissions_boundary, {"RoleName": "Admin"}),
        (iam.update_assume_role_policy, {"RoleName": "Admin", "PolicyDocument": everything}),
    ):
        error = refusal(change, **names)
        assert (error is not None and error.code == "AccessDenied") is bounded


def test_the_role_accepts_only_the_two_daypass_tags(aws, account_id):
    """The client's trust policy refuses other tags even from a firm's role that may do anything."""
    arn, admin = function(aws.endpoint)
    firm = replace(FIRM, broker_role_name=arn.rsplit("/", 1)[1])
    spec = a_spec(role_arn=f"arn:aws:iam::{account_id}:role/ContractorRole", firm=firm)
    by_plain(aws, spec)
    for keys, is_accepted in (
        ("", True),
        ("DaypassMember DaypassEngagement", True),
        ("DaypassMember", True),
        ("Department", False),
        ("DaypassMember DaypassEngagement Department", False),
        ("daypassmember", False),
    ):
        tags = [{"Key": key, "Value": "x"} for key in keys.split()]
        may = admin.may(spec.role_arn, ExternalId=EXTERNAL_ID, Tags=tags)
        assert may is is_accepted, keys


def test_the_template_is_refused_in_another_account(aws, account_id):
    spec = the_article("987654321098")
    client = aws.endpoint.as_root(account_id, "cloudformation")
    error = refusal(
        client.create_stack,
        StackName="x",
        TemplateBody=cloudformation.build_role_template(spec),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert "This role belongs in AWS account 987654321098." in error.message
    assert aws.iam(account_id).list_roles()["Roles"] == []
