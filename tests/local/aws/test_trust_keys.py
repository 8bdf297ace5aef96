"""What a trust policy may ask of a session, for which action, and of the request that it begins by.

"IAM JSON policy elements: Condition operators", "AWS global condition context keys" (IAM User
Guide); "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference).
"""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest

from local.endpoint import Endpoint
from tests.local.aws.conftest import ClientRole
from tests.local.scene import (
    ALLOW_ALL,
    BY_LAMBDA,
    CLIENT,
    FIRM,
    FIRM_ROOT,
    function,
    new_role,
    run_as,
    trusting,
)

ENTER, WHO, TAGS = "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"
NAME = {"RoleSessionName": "ana.k3qz"}
DRESS = {
    "SourceIdentity": "ana",
    "Tags": [{"Key": "Member", "Value": "ana"}, {"Key": "Engagement", "Value": "acme"}],
}
MEMBER, TEAM = "aws:RequestTag/Member", "aws:RequestTag/Team"


def row(operator: str, key: str, value: Any, *, dressed: bool, bare: bool) -> Any:
    condition = {operator: {key: value}}
    return pytest.param(condition, dressed, bare, id=f"{operator} {key} {value}")


@pytest.mark.parametrize(
    ("condition", "dressed", "bare"),
    [
        row("StringEquals", "sts:RoleSessionName", "ana.k3qz", dressed=True, bare=True),
        row("StringEquals", "sts:RoleSessionName", "ana", dressed=False, bare=False),
        row("StringLike", "sts:RoleSessionName", "*.*", dressed=True, bare=True),
        row("StringLike", "sts:RoleSessionName", "ana.????", dressed=True, bare=True),
        row("StringLike", "sts:RoleSessionName", "ana.???", dressed=False, bare=False),
        row("StringLike", "sts:RoleSessionName", "ANA*", dressed=False, bare=False),
        row("StringNotLike", "sts:RoleSessionName", "probe*", dressed=True, bare=True),
        row("StringNotLike", "sts:RoleSessionName", ["probe*", "ana*"], dressed=False, bare=False),
        row("StringEquals", "sts:SourceIdentity", "ana", dressed=True, bare=False),
        row("StringEquals", "sts:SourceIdentity", ["ben", "ana"], dressed=True, bare=False),
        row("StringLike", "sts:SourceIdentity", "*", dressed=True, bare=False),
        row("StringLike", "sts:SourceIdentity", "a?", dressed=False, bare=False),
        row("StringNotEquals", "sts:SourceIdentity", "ana", dressed=False, bare=True),
        row("StringNotEquals", "sts:SourceIdentity", "ben", dressed=True, bare=True),
        row("StringEqualsIfExists", "sts:SourceIdentity", "ben", dressed=False, bare=True),
        row("Null", "sts:SourceIdentity", "false", dressed=True, bare=False),
        row("Null", "sts:SourceIdentity", "true", dressed=False, bare=True),
        row("StringEquals", MEMBER, "ana", dressed=True, bare=False),
        row("StringEquals", "aws:requesttag/MEMBER", "ana", dressed=True, bare=False),
        row("StringEquals", MEMBER, "Ana", dressed=False, bare=False),
        row("StringEqualsIgnoreCase", MEMBER, "Ana", dressed=True, bare=False),
        row("StringLike", MEMBER, "?*", dressed=True, bare=False),
        row("StringEquals", TEAM, "blue", dressed=False, bare=False),
        row("StringNotEquals", TEAM, "blue", dressed=True, bare=True),
        row("StringLikeIfExists", TEAM, "b*", dressed=True, bare=True),
        row("Null", MEMBER, "false", dressed=True, bare=False),
        row("Null", TEAM, "true", dressed=True, bare=True),
        row("ForAllValues:StringEquals", "aws:TagKeys", ["Member"], dressed=False, bare=True),
        row(
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            ["Member", "Engagement", "Team"],
            dressed=True,
            bare=True,
        ),
        row(
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            ["member", "engagement"],
            dressed=False,
            bare=True,
        ),
        row("ForAllValues:StringLike", "aws:TagKeys", ["M*", "E*"], dressed=True, bare=True),
        row("ForAllValues:StringNotEquals", "aws:TagKeys", "Team", dressed=True, bare=True),
        row("ForAllValues:StringNotEquals", "aws:TagKeys", "Member", dressed=False, bare=True),
        row("ForAnyValue:StringEquals", "aws:TagKeys", "Member", dressed=True, bare=False),
        row("ForAnyValue:StringEquals", "aws:TagKeys", "Team", dressed=False, bare=False),
        row("ForAnyValue:StringNotEquals", "aws:TagKeys", "Member", dressed=True, bare=False),
        row("ForAnyValue:StringLikeIfExists", "aws:TagKeys", "T*", dressed=False, bare=True),
        row("Null", "aws:TagKeys", "false", dressed=True, bare=False),
        row("ForAllValues:StringEquals", "sts:TransitiveTagKeys", "x", dressed=True, bare=True),
        # Several values without a set operator: AWS does not say, so it lets nobody in.
        row("StringEquals", "aws:TagKeys", ["Member", "Engagement"], dressed=False, bare=False),
        row("StringNotEquals", "aws:TagKeys", "Team", dressed=False, bare=True),
        row("StringEquals", "iam:ResourceTag/Stage", "prod", dressed=True, bare=True),
    ],
)
def test_a_condition_on_the_session_lets_in(
    role: ClientRole, condition: dict[str, Any], *, dressed: bool, bare: bool
) -> None:
    trust = [trusting(FIRM_ROOT, ENTER, **condition), trusting(FIRM_ROOT, WHO, TAGS)]
    assert role.admits(trust, **NAME, **DRESS) is dressed
    assert role.admits(trust, **NAME) is bare


SENT = {**NAME, **DRESS, "ExternalId": "acme-1"}
EXTERNAL_ID = "sts:ExternalId"


@pytest.mark.parametrize(
    ("action", "operator", "key", "value", "lets_in"),
    [
        (TAGS, "StringEquals", MEMBER, "ana", True),
        (TAGS, "StringEquals", MEMBER, "ben", False),
        (TAGS, "ForAllValues:StringEquals", "aws:TagKeys", ["Member", "Engagement"], True),
        (TAGS, "ForAllValues:StringEquals", "aws:TagKeys", ["Member"], False),
        (TAGS, "Null", TEAM, "false", False),
        (WHO, "StringLike", "sts:SourceIdentity", "a*", True),
        (WHO, "StringLike", "sts:SourceIdentity", "b*", False),
        # What is no key of the action is not there, though it was sent.
        (TAGS, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (TAGS, "StringEqualsIfExists", EXTERNAL_ID, "another", True),
        (TAGS, "StringNotEquals", EXTERNAL_ID, "acme-1", True),
        (TAGS, "Null", EXTERNAL_ID, "true", True),
        (TAGS, "StringEquals", "sts:SourceIdentity", "ana", False),
        (TAGS, "StringLike", "sts:RoleSessionName", "*", False),
        (WHO, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (WHO, "StringLike", "sts:RoleSessionName", "*", False),
        (WHO, "StringEquals", MEMBER, "ana", False),
        (WHO, "Null", "aws:TagKeys", "true", True),
    ],
)
def test_each_action_has_its_own_keys(
    role: ClientRole, action: str, operator: str, key: str, value: Any, *, lets_in: bool
) -> None:
    others = {ENTER, WHO, TAGS} - {action}
    asking = trusting(FIRM_ROOT, action, **{operator: {key: value}})
    trust = [asking, trusting(FIRM_ROOT, *others)]
    assert role.admits(trust, **SENT) is lets_in
    if action == TAGS:
        assert role.admits(trust, **SENT | {"Tags": []})


def test_a_denial_of_everything_without_the_external_id_denies_tags_even_with_it(
    role: ClientRole,
) -> None:
    without = trusting(FIRM_ROOT, "sts:*", StringNotEquals={EXTERNAL_ID: "acme-1"})
    trust = [trusting(FIRM_ROOT, "sts:*"), {**without, "Effect": "Deny"}]
    assert role.admits(trust, **NAME, ExternalId="acme-1")
    assert not role.admits(trust, **SENT)


@pytest.mark.parametrize("allowed", [{ENTER}, {ENTER, WHO}, {ENTER, TAGS}, {ENTER, WHO, TAGS}])
def test_what_is_sent_has_to_be_allowed_by_its_own_action(
    role: ClientRole, allowed: set[str]
) -> None:
    trust = [trusting(FIRM_ROOT, *allowed)]
    assert role.admits(trust, SourceIdentity=DRESS["SourceIdentity"]) is (WHO in allowed)
    assert role.admits(trust, Tags=DRESS["Tags"]) is (TAGS in allowed)
    assert role.admits(trust)


@pytest.mark.parametrize(
    ("operator", "key", "value", "lets_in"),
    [
        ("Bool", "aws:PrincipalIsAWSService", "false", True),
        ("Bool", "aws:PrincipalIsAWSService", "true", False),
        ("Bool", "aws:ViaAWSService", False, True),
        ("Bool", "aws:ViaAWSService", "true", False),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("StringEquals", "aws:PrincipalAccount", FIRM, True),
        ("StringEquals", "aws:PrincipalType", "AssumedRole", True),
        ("StringEquals", "aws:ResourceAccount", CLIENT, True),
        ("StringEquals", "aws:ResourceAccount", FIRM, False),
        ("Null", "aws:PrincipalIsAWSService", "false", True),
        *(
            ("Null", key, "true", True)
            for key in (
                "aws:username",
                "aws:CalledVia",
                "aws:SourceAccount",
                "aws:SourceArn",
                "aws:SourceVpc",
                "aws:PrincipalOrgID",
                "aws:ResourceOrgID",
            )
        ),
    ],
)
def test_a_condition_on_the_request_lets_in(
    role: ClientRole, operator: str, key: str, value: Any, *, lets_in: bool
) -> None:
    assert role.admits([trusting(FIRM_ROOT, **{operator: {key: value}})]) is lets_in


@pytest.mark.parametrize(("value", "trusted"), [("true", True), ("false", False)])
def test_lambda_is_an_aws_service(aws: Endpoint, value: str, *, trusted: bool) -> None:
    condition = {"Bool": {"aws:PrincipalIsAWSService": value}}
    role = new_role(aws, FIRM, trust=[{**BY_LAMBDA, "Condition": condition}])
    if trusted:
        assert run_as(aws, role).access_key_id
    else:
        with pytest.raises(urllib.error.HTTPError):
            run_as(aws, role)


def test_an_account_may_be_in_an_organization(aws: Endpoint) -> None:
    own = {"StringEquals": {"aws:ResourceOrgID": "o-firm1"}}
    deny = {**ALLOW_ALL, "Effect": "Deny", "Action": ENTER, "Condition": own}
    _, broker = function(aws, permissions=[ALLOW_ALL, deny])
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT)])
    assert broker.may(role)
    with aws.organization("o-other1", CLIENT):
        assert broker.may(role)
    with aws.organization("o-firm1", FIRM, CLIENT):
        assert not broker.may(role)
        ours = trusting(FIRM_ROOT, StringEquals={"aws:PrincipalOrgID": "o-firm1"})
        role, other = new_role(aws, CLIENT, trust=[ours]), function(aws)[1]
        assert other.may(role)
    assert not other.may(role)
