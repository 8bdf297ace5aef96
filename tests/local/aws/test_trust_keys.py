"""Condition keys in trust policies: of the session, of each action and of the request.

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

ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION = (
    "sts:AssumeRole",
    "sts:SetSourceIdentity",
    "sts:TagSession",
)
NAME = {"RoleSessionName": "ana.k3qz"}
SESSION_ATTRIBUTES = {
    "SourceIdentity": "ana",
    "Tags": [{"Key": "Member", "Value": "ana"}, {"Key": "Engagement", "Value": "acme"}],
}
MEMBER, TEAM = "aws:RequestTag/Member", "aws:RequestTag/Team"


def row(operator: str, key: str, value: Any, *, with_attributes: bool, plain: bool) -> Any:
    condition = {operator: {key: value}}
    return pytest.param(condition, with_attributes, plain, id=f"{operator} {key} {value}")


@pytest.mark.parametrize(
    ("condition", "with_attributes", "plain"),
    [
        row("StringEquals", "sts:RoleSessionName", "ana.k3qz", with_attributes=True, plain=True),
        row("StringEquals", "sts:RoleSessionName", "ana", with_attributes=False, plain=False),
        row("StringLike", "sts:RoleSessionName", "*.*", with_attributes=True, plain=True),
        row("StringLike", "sts:RoleSessionName", "ana.????", with_attributes=True, plain=True),
        row("StringLike", "sts:RoleSessionName", "ana.???", with_attributes=False, plain=False),
        row("StringLike", "sts:RoleSessionName", "ANA*", with_attributes=False, plain=False),
        row("StringNotLike", "sts:RoleSessionName", "probe*", with_attributes=True, plain=True),
        row(
            "StringNotLike",
            "sts:RoleSessionName",
            ["probe*", "ana*"],
            with_attributes=False,
            plain=False,
        ),
        row("StringEquals", "sts:SourceIdentity", "ana", with_attributes=True, plain=False),
        row(
            "StringEquals", "sts:SourceIdentity", ["ben", "ana"], with_attributes=True, plain=False
        ),
        row("StringLike", "sts:SourceIdentity", "*", with_attributes=True, plain=False),
        row("StringLike", "sts:SourceIdentity", "a?", with_attributes=False, plain=False),
        row("StringNotEquals", "sts:SourceIdentity", "ana", with_attributes=False, plain=True),
        row("StringNotEquals", "sts:SourceIdentity", "ben", with_attributes=True, plain=True),
        row("StringEqualsIfExists", "sts:SourceIdentity", "ben", with_attributes=False, plain=True),
        row("Null", "sts:SourceIdentity", "false", with_attributes=True, plain=False),
        row("Null", "sts:SourceIdentity", "true", with_attributes=False, plain=True),
        row("StringEquals", MEMBER, "ana", with_attributes=True, plain=False),
        row("StringEquals", "aws:requesttag/MEMBER", "ana", with_attributes=True, plain=False),
        row("StringEquals", MEMBER, "Ana", with_attributes=False, plain=False),
        row("StringEqualsIgnoreCase", MEMBER, "Ana", with_attributes=True, plain=False),
        row("StringLike", MEMBER, "?*", with_attributes=True, plain=False),
        row("StringEquals", TEAM, "blue", with_attributes=False, plain=False),
        row("StringNotEquals", TEAM, "blue", with_attributes=True, plain=True),
        row("StringLikeIfExists", TEAM, "b*", with_attributes=True, plain=True),
        row("Null", MEMBER, "false", with_attributes=True, plain=False),
        row("Null", TEAM, "true", with_attributes=True, plain=True),
        row(
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            ["Member"],
            with_attributes=False,
            plain=True,
        ),
        row(
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            ["Member", "Engagement", "Team"],
            with_attributes=True,
            plain=True,
        ),
        row(
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            ["member", "engagement"],
            with_attributes=False,
            plain=True,
        ),
        row(
            "ForAllValues:StringLike", "aws:TagKeys", ["M*", "E*"], with_attributes=True, plain=True
        ),
        row(
            "ForAllValues:StringNotEquals", "aws:TagKeys", "Team", with_attributes=True, plain=True
        ),
        row(
            "ForAllValues:StringNotEquals",
            "aws:TagKeys",
            "Member",
            with_attributes=False,
            plain=True,
        ),
        row("ForAnyValue:StringEquals", "aws:TagKeys", "Member", with_attributes=True, plain=False),
        row("ForAnyValue:StringEquals", "aws:TagKeys", "Team", with_attributes=False, plain=False),
        row(
            "ForAnyValue:StringNotEquals",
            "aws:TagKeys",
            "Member",
            with_attributes=True,
            plain=False,
        ),
        row(
            "ForAnyValue:StringLikeIfExists", "aws:TagKeys", "T*", with_attributes=False, plain=True
        ),
        row("Null", "aws:TagKeys", "false", with_attributes=True, plain=False),
        row(
            "ForAllValues:StringEquals",
            "sts:TransitiveTagKeys",
            "x",
            with_attributes=True,
            plain=True,
        ),
        # Several values without a set operator: AWS does not document this, so no Allow matches.
        row(
            "StringEquals",
            "aws:TagKeys",
            ["Member", "Engagement"],
            with_attributes=False,
            plain=False,
        ),
        row("StringNotEquals", "aws:TagKeys", "Team", with_attributes=False, plain=True),
        row("StringEquals", "iam:ResourceTag/Stage", "prod", with_attributes=True, plain=True),
    ],
)
def test_a_condition_on_the_session_is_met(
    role: ClientRole, condition: dict[str, Any], *, with_attributes: bool, plain: bool
) -> None:
    trust = [
        trusting(FIRM_ROOT, ASSUME_ROLE, **condition),
        trusting(FIRM_ROOT, SET_SOURCE_IDENTITY, TAG_SESSION),
    ]
    assert role.accepts(trust, **NAME, **SESSION_ATTRIBUTES) is with_attributes
    assert role.accepts(trust, **NAME) is plain


SENT = {**NAME, **SESSION_ATTRIBUTES, "ExternalId": "acme-1"}
EXTERNAL_ID = "sts:ExternalId"


@pytest.mark.parametrize(
    ("action", "operator", "key", "value", "accepted"),
    [
        (TAG_SESSION, "StringEquals", MEMBER, "ana", True),
        (TAG_SESSION, "StringEquals", MEMBER, "ben", False),
        (TAG_SESSION, "ForAllValues:StringEquals", "aws:TagKeys", ["Member", "Engagement"], True),
        (TAG_SESSION, "ForAllValues:StringEquals", "aws:TagKeys", ["Member"], False),
        (TAG_SESSION, "Null", TEAM, "false", False),
        (SET_SOURCE_IDENTITY, "StringLike", "sts:SourceIdentity", "a*", True),
        (SET_SOURCE_IDENTITY, "StringLike", "sts:SourceIdentity", "b*", False),
        # A parameter of the request that is not a key of the action is absent.
        (TAG_SESSION, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (TAG_SESSION, "StringEqualsIfExists", EXTERNAL_ID, "another", True),
        (TAG_SESSION, "StringNotEquals", EXTERNAL_ID, "acme-1", True),
        (TAG_SESSION, "Null", EXTERNAL_ID, "true", True),
        (TAG_SESSION, "StringEquals", "sts:SourceIdentity", "ana", False),
        (TAG_SESSION, "StringLike", "sts:RoleSessionName", "*", False),
        (SET_SOURCE_IDENTITY, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (SET_SOURCE_IDENTITY, "StringLike", "sts:RoleSessionName", "*", False),
        (SET_SOURCE_IDENTITY, "StringEquals", MEMBER, "ana", False),
        (SET_SOURCE_IDENTITY, "Null", "aws:TagKeys", "true", True),
    ],
)
def test_each_action_has_its_own_keys(
    role: ClientRole, action: str, operator: str, key: str, value: Any, *, accepted: bool
) -> None:
    other_actions = {ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION} - {action}
    conditional = trusting(FIRM_ROOT, action, **{operator: {key: value}})
    trust = [conditional, trusting(FIRM_ROOT, *other_actions)]
    assert role.accepts(trust, **SENT) is accepted
    if action == TAG_SESSION:
        assert role.accepts(trust, **SENT | {"Tags": []})


def test_a_denial_of_everything_without_the_external_id_denies_tags_even_with_it(
    role: ClientRole,
) -> None:
    without = trusting(FIRM_ROOT, "sts:*", StringNotEquals={EXTERNAL_ID: "acme-1"})
    trust = [trusting(FIRM_ROOT, "sts:*"), {**without, "Effect": "Deny"}]
    assert role.accepts(trust, **NAME, ExternalId="acme-1")
    assert not role.accepts(trust, **SENT)


@pytest.mark.parametrize(
    "allowed",
    [
        {ASSUME_ROLE},
        {ASSUME_ROLE, SET_SOURCE_IDENTITY},
        {ASSUME_ROLE, TAG_SESSION},
        {ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION},
    ],
)
def test_source_identity_and_tags_each_need_their_own_action(
    role: ClientRole, allowed: set[str]
) -> None:
    trust = [trusting(FIRM_ROOT, *allowed)]
    assert role.accepts(trust, SourceIdentity=SESSION_ATTRIBUTES["SourceIdentity"]) is (
        SET_SOURCE_IDENTITY in allowed
    )
    assert role.accepts(trust, Tags=SESSION_ATTRIBUTES["Tags"]) is (TAG_SESSION in allowed)
    assert role.accepts(trust)


@pytest.mark.parametrize(
    ("operator", "key", "value", "accepted"),
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
def test_a_condition_on_the_request_is_met(
    role: ClientRole, operator: str, key: str, value: Any, *, accepted: bool
) -> None:
    assert role.accepts([trusting(FIRM_ROOT, **{operator: {key: value}})]) is accepted


@pytest.mark.parametrize(("value", "trusted"), [("true", True), ("false", False)])
def test_lambda_is_an_aws_service(aws: Endpoint, value: str, *, trusted: bool) -> None:
    condition = {"Bool": {"aws:PrincipalIsAWSService": value}}
    role = new_role(aws, FIRM, trust=[{**BY_LAMBDA, "Condition": condition}])
    if trusted:
        assert run_as(aws, role).access_key_id
    else:
        with pytest.raises(urllib.error.HTTPError):
            run_as(aws, role)


def test_organization_keys_exist_only_for_accounts_in_an_organization(aws: Endpoint) -> None:
    own = {"StringEquals": {"aws:ResourceOrgID": "o-firm1"}}
    deny = {**ALLOW_ALL, "Effect": "Deny", "Action": ASSUME_ROLE, "Condition": own}
    _, broker = function(aws, permissions=[ALLOW_ALL, deny])
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT)])
    assert broker.may(role)
    with aws.organization("o-other1", CLIENT):
        assert broker.may(role)
    with aws.organization("o-firm1", FIRM, CLIENT):
        assert not broker.may(role)
        ours = trusting(FIRM_ROOT, StringEquals={"aws:PrincipalOrgID": "o-firm1"})
        role, caller = new_role(aws, CLIENT, trust=[ours]), function(aws)[1]
        assert caller.may(role)
    assert not caller.may(role)
