"""Condition keys in trust policies: of the session, of each action and of the request.

"IAM JSON policy elements: Condition operators", "AWS global condition context keys" (IAM User
Guide); "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference).
"""

import urllib.error

import pytest

from tests.local.scene import (
    ALL_THREE,
    ALLOW_ALL,
    BY_LAMBDA,
    CLIENT,
    DENY_ALL,
    FIRM,
    FIRM_ROOT,
    function,
    new_role,
    run_as,
    trusting,
)
from tests.rows import every

ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION = ALL_THREE
NAME = {"RoleSessionName": "ana.k3qz"}
SESSION_ATTRIBUTES = {
    "SourceIdentity": "ana",
    "Tags": [{"Key": "Member", "Value": "ana"}, {"Key": "Engagement", "Value": "acme"}],
}
MEMBER, TEAM = "aws:RequestTag/Member", "aws:RequestTag/Team"


# The requests that a role with the condition accepts: with attributes, and without.
EVERY, ATTRIBUTES, PLAIN, NONE = (True, True), (True, False), (False, True), (False, False)


@every(
    "operator, key, value, accepted",
    [
        ("StringEquals", "sts:RoleSessionName", "ana.k3qz", EVERY),
        ("StringEquals", "sts:RoleSessionName", "ana", NONE),
        ("StringLike", "sts:RoleSessionName", "*.*", EVERY),
        ("StringLike", "sts:RoleSessionName", "ANA*", NONE),
        ("StringNotLike", "sts:RoleSessionName", ["probe*", "ana*"], NONE),
        ("StringEquals", "sts:SourceIdentity", "ana", ATTRIBUTES),
        ("StringLike", "sts:SourceIdentity", "*", ATTRIBUTES),
        ("StringNotEquals", "sts:SourceIdentity", "ana", PLAIN),
        ("StringEqualsIfExists", "sts:SourceIdentity", "ben", PLAIN),
        ("Null", "sts:SourceIdentity", "false", ATTRIBUTES),
        ("Null", "sts:SourceIdentity", "true", PLAIN),
        ("StringEquals", MEMBER, "ana", ATTRIBUTES),
        ("StringEquals", "aws:requesttag/MEMBER", "ana", ATTRIBUTES),
        ("StringEqualsIgnoreCase", MEMBER, "Ana", ATTRIBUTES),
        ("StringNotEquals", TEAM, "blue", EVERY),
        ("Null", MEMBER, "false", ATTRIBUTES),
        ("Null", TEAM, "true", EVERY),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["Member"], PLAIN),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["Member", "Engagement", "Team"], EVERY),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", "Member", PLAIN),
        ("ForAnyValue:StringEquals", "aws:TagKeys", "Member", ATTRIBUTES),
        ("Null", "aws:TagKeys", "false", ATTRIBUTES),
        ("ForAllValues:StringEquals", "sts:TransitiveTagKeys", "x", EVERY),
        # Several values without a set operator: AWS does not document this, so no Allow matches.
        ("StringEquals", "aws:TagKeys", ["Member", "Engagement"], NONE),
        ("StringEquals", "iam:ResourceTag/Stage", "prod", EVERY),
    ],
)
def test_a_condition_on_the_session_is_met(role, operator, key, value, accepted):
    trust = [
        trusting(FIRM_ROOT, ASSUME_ROLE, **{operator: {key: value}}),
        trusting(FIRM_ROOT, SET_SOURCE_IDENTITY, TAG_SESSION),
    ]
    sent = role.accepts(trust, **NAME, **SESSION_ATTRIBUTES), role.accepts(trust, **NAME)
    assert sent == accepted


SENT = {**NAME, **SESSION_ATTRIBUTES, "ExternalId": "acme-1"}
EXTERNAL_ID = "sts:ExternalId"


@every(
    "action, operator, key, value, accepted",
    [
        (TAG_SESSION, "StringEquals", MEMBER, "ana", True),
        (TAG_SESSION, "ForAllValues:StringEquals", "aws:TagKeys", ["Member", "Engagement"], True),
        (TAG_SESSION, "ForAllValues:StringEquals", "aws:TagKeys", ["Member"], False),
        (TAG_SESSION, "Null", TEAM, "false", False),
        (SET_SOURCE_IDENTITY, "StringLike", "sts:SourceIdentity", "b*", False),
        # A parameter of the request that is not a key of the action is absent.
        (TAG_SESSION, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (TAG_SESSION, "StringEqualsIfExists", EXTERNAL_ID, "another", True),
        (TAG_SESSION, "Null", EXTERNAL_ID, "true", True),
        (TAG_SESSION, "StringEquals", "sts:SourceIdentity", "ana", False),
        (TAG_SESSION, "StringLike", "sts:RoleSessionName", "*", False),
        (SET_SOURCE_IDENTITY, "StringEquals", EXTERNAL_ID, "acme-1", False),
        (SET_SOURCE_IDENTITY, "StringEquals", MEMBER, "ana", False),
        (SET_SOURCE_IDENTITY, "Null", "aws:TagKeys", "true", True),
    ],
)
def test_each_action_has_its_own_keys(role, action, operator, key, value, *, accepted):
    other_actions = {*ALL_THREE} - {action}
    conditional = trusting(FIRM_ROOT, action, **{operator: {key: value}})
    trust = [conditional, trusting(FIRM_ROOT, *other_actions)]
    assert role.accepts(trust, **SENT) is accepted
    if action == TAG_SESSION:
        assert role.accepts(trust, **SENT | {"Tags": []})


def test_a_denial_of_everything_without_the_external_id_denies_tags_even_with_it(role):
    without = trusting(FIRM_ROOT, "sts:*", StringNotEquals={EXTERNAL_ID: "acme-1"})
    trust = [trusting(FIRM_ROOT, "sts:*"), {**without, "Effect": "Deny"}]
    assert role.accepts(trust, **NAME, ExternalId="acme-1")
    assert not role.accepts(trust, **SENT)


@every(
    "operator, key, value, accepted",
    [
        ("Bool", "aws:PrincipalIsAWSService", "false", True),
        ("Bool", "aws:PrincipalIsAWSService", "true", False),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("StringEquals", "aws:PrincipalAccount", FIRM, True),
        ("StringEquals", "aws:PrincipalType", "AssumedRole", True),
        ("StringEquals", "aws:ResourceAccount", CLIENT, True),
        ("StringEquals", "aws:ResourceAccount", FIRM, False),
        ("Null", "aws:PrincipalIsAWSService", "false", True),
        *(("Null", key, "true", True) for key in ("aws:username", "aws:SourceVpc")),
        *(("Null", key, "true", True) for key in ("aws:PrincipalOrgID", "aws:ResourceOrgID")),
    ],
)
def test_a_condition_on_the_request_is_met(role, operator, key, value, *, accepted):
    assert role.accepts([trusting(FIRM_ROOT, **{operator: {key: value}})]) is accepted


@pytest.mark.parametrize(("value", "trusted"), [("true", True), ("false", False)])
def test_lambda_is_an_aws_service(aws, value, *, trusted):
    condition = {"Bool": {"aws:PrincipalIsAWSService": value}}
    role = new_role(aws, FIRM, trust=[{**BY_LAMBDA, "Condition": condition}])
    if trusted:
        assert run_as(aws, role).access_key_id
    else:
        with pytest.raises(urllib.error.HTTPError):
            run_as(aws, role)


def test_organization_keys_exist_only_for_accounts_in_an_organization(aws):
    own = {"StringEquals": {"aws:ResourceOrgID": "o-firm1"}}
    deny = DENY_ALL | {"Action": ASSUME_ROLE, "Condition": own}
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
