"""The sessions of assumed roles: permissions, source identity, tags and expiry."""

import urllib.error
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.local.scene import (
    ALL_THREE,
    ALLOW_ALL,
    BY_LAMBDA,
    CLIENT,
    DENY_ALL,
    FIRM,
    allow,
    function,
    new_role,
    policy,
    refusal,
    run_as,
    trusting,
)
from tests.rows import every

FROM_FIRM = trusting({"AWS": FIRM}, *ALL_THREE)
FROM_CLIENT = trusting({"AWS": CLIENT}, *ALL_THREE)


@pytest.fixture(scope="module")
def broker(aws):
    return function(aws)[1]


def can_list_buckets(credentials):
    error = refusal(credentials.client("s3").list_buckets)
    assert error is None or error.code == "AccessDenied"
    return error is None


def test_a_session_belongs_to_the_role_and_has_the_sessions_name(aws, broker):
    role = new_role(aws, CLIENT, trust=[FROM_FIRM], Path="/partners/")
    issued = broker.assume(role, RoleSessionName="ana.1", DurationSeconds=900)
    name = role.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{CLIENT}:assumed-role/{name}/ana.1"
    assert issued["AssumedRoleUser"]["Arn"] == arn
    assert issued["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    lifetime = issued["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=890) < lifetime <= timedelta(seconds=900)


def test_a_session_policy_narrows_and_never_widens(aws, broker):
    lists = allow("s3:ListAllMyBuckets")
    role = new_role(aws, CLIENT, trust=[FROM_FIRM], permissions=[lists])
    wide = broker.session_of(role, Policy=policy([ALLOW_ALL]))
    assert can_list_buckets(wide)
    assert refusal(wide.client("dynamodb").list_tables) is not None
    assert not can_list_buckets(broker.session_of(role, Policy=policy([DENY_ALL])))


def test_a_session_policy_can_forbid_role_chaining(aws, broker):
    onward = new_role(aws, CLIENT, trust=[FROM_CLIENT])
    role = new_role(aws, CLIENT, trust=[FROM_FIRM])
    forbid = DENY_ALL | {"Action": "sts:AssumeRole"}
    assert broker.session_of(role).may(onward)
    session = broker.session_of(role, Policy=policy([ALLOW_ALL, forbid]))
    error = refusal(session.assume, onward)
    assert error.message.endswith("with an explicit deny in a session policy")


@every(
    "condition, cut_off",
    [
        ({"StringEquals": {"aws:SourceIdentity": "ana"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "{role}"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "{session}"}}, False),
        ({"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}, False),
    ],
)
def test_a_deny_in_the_role_cuts_live_sessions_off(aws, broker, condition, *, cut_off):
    role = new_role(aws, CLIENT, trust=[FROM_FIRM])
    name = role.rsplit("/", 1)[-1]
    session = broker.session_of(role, SourceIdentity="ana")
    assert can_list_buckets(session)
    names = {"role": role, "session": f"arn:aws:sts::{CLIENT}:assumed-role/{name}/ana"}
    filled = {
        operator: {key: value.format(**names) for key, value in test.items()}
        for operator, test in condition.items()
    }
    deny = DENY_ALL | {"Condition": filled}
    aws.as_root(CLIENT, "iam").put_role_policy(
        RoleName=name, PolicyName="cut-off", PolicyDocument=policy([deny])
    )
    assert can_list_buckets(session) is not cut_off


def test_session_tags_are_the_sessions_principal_tags(aws, broker):
    tagged = {**ALLOW_ALL, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}
    role = new_role(aws, CLIENT, trust=[FROM_FIRM], permissions=[tagged])
    for team, allowed in (("blue", True), ("red", False)):
        session = broker.session_of(role, Tags=[{"Key": "team", "Value": team}])
        assert can_list_buckets(session) is allowed


def test_a_deleted_role_ends_its_sessions(aws, broker):
    role = new_role(aws, CLIENT, trust=[FROM_FIRM])
    session = broker.session_of(role)
    iam, name = aws.as_root(CLIENT, "iam"), role.rsplit("/", 1)[-1]
    iam.delete_role_policy(RoleName=name, PolicyName="it")
    iam.delete_role(RoleName=name)
    assert not can_list_buckets(session)


@pytest.mark.parametrize(
    "change",
    [{"secret_access_key": "0" * 40}, {"session_token": "FwoGZXforged"}, {"session_token": ""}],
)
def test_forged_credentials_are_refused(aws, broker, change):
    forged = replace(broker, **change)
    assert refusal(forged.client("sts").get_caller_identity).status == 403
    role = new_role(aws, CLIENT, trust=[FROM_FIRM])
    assert refusal(forged.assume, role).status == 403


def test_a_functions_credentials_are_a_session_of_its_role(aws):
    role, credentials = function(aws)
    name = role.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{FIRM}:assumed-role/{name}/a-function"
    assert credentials.client("sts").get_caller_identity()["Arn"] == arn
    assert run_as(aws, role).access_key_id != credentials.access_key_id


@pytest.mark.parametrize(
    "trust",
    [
        [],
        [trusting({"AWS": FIRM})],
        [trusting({"Service": "ec2.amazonaws.com"})],
        [BY_LAMBDA, {**BY_LAMBDA, "Effect": "Deny"}],
    ],
)
def test_a_function_gets_no_credentials_of_a_role_that_does_not_trust_lambda(aws, trust):
    role = new_role(aws, FIRM, trust=trust)
    with pytest.raises(urllib.error.HTTPError, match="404") as raised:
        run_as(aws, role)
    raised.value.close()
