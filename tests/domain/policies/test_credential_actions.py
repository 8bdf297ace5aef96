"""The list of the actions that hand out credentials, held against botocore's service models."""

from fnmatch import fnmatchcase

from chalicelib.domain.policies.credential_actions import (
    BEYOND_A_CUT_OFF,
    ONE_SERVICES_DATA,
    SESSION_POLICY_ALONE,
    list_credential_actions,
)
from tests.domain.policies.service_models import SENSITIVE, operations
from tests.rows import every

PATTERNS = {**SESSION_POLICY_ALONE, **BEYOND_A_CUT_OFF, **ONE_SERVICES_DATA}
NOT_LISTED = {
    "no session of an assumed role can get them": """
        lakeformation:AssumeDecoratedRoleWithSAML sso:GetRoleCredentials sts:AssumeRoleWithSAML
        sts:AssumeRoleWithWebIdentity
        """,
    "the boundary closes the whole service": """
        eks-auth:AssumeRoleForPodIdentity iam:CreateAccessKey
        """,
    "AWS shows the secret once, when the key is made": "lightsail:GetBucketAccessKeys",
}
# botocore no longer has a model of FinSpace's action. The other two return a password and a token
# to work under a role of the service, not AWS keys.
NO_KEYS = {
    "elasticmapreduce:GetClusterSessionCredentials",
    "emr-containers:GetManagedEndpointSessionCredentials",
    "finspace-api:GetProgrammaticAccessCredentials",
}


def has_keys(action):
    """Return whether the action's answer has the keys of an AWS session."""
    fields = {field.rstrip(SENSITIVE) for field in operations().get(action, ())}
    return "secretaccesskey" in fields or {"secretkey", "sessiontoken"} <= fields


def test_every_action_that_answers_with_aws_keys_is_listed_or_there_is_a_reason():
    not_listed = {action for group in NOT_LISTED.values() for action in group.split()}
    handed_out = {action for action in operations() if has_keys(action)}
    assert len(handed_out) > 25
    assert handed_out - set(list_credential_actions()) == not_listed


def test_an_action_is_listed_once_and_spelt_as_aws_spells_it():
    assert len(list_credential_actions()) == len(set(list_credential_actions()))
    matches = {name for names in PATTERNS.values() for name in names}
    assert {name for name in matches if name not in operations()} <= NO_KEYS
    assert {name for name in matches if not has_keys(name)} >= NO_KEYS


@every("pattern", PATTERNS)
def test_a_pattern_matches_exactly_its_actions(pattern):
    items = {*operations(), *list_credential_actions()}
    matched = {action for action in items if fnmatchcase(action.lower(), pattern.lower())}
    if pattern.endswith(":*"):  # a service in which nothing is work
        assert matched >= set(PATTERNS[pattern])
    else:
        values = {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
        assert matched - values == set(PATTERNS[pattern])


@every(
    "action",
    [
        "ssm:GetAccessToken",
        "finspace-api:GetProgrammaticAccessCredentials",
        "elasticmapreduce:GetClusterSessionCredentials",
        "emr-containers:GetManagedEndpointSessionCredentials",
        "sts:GetScopedCredentials",
        "signin:CreateOAuth2TokenWithIAM",
        "sso-oauth:CreateTokenWithIAM",
        "account-access:GetRoleCredentials",
    ],
)
def test_it_has_what_was_missing(action):
    assert action in list_credential_actions()
    denied = {**SESSION_POLICY_ALONE, **BEYOND_A_CUT_OFF}
    assert any(action in names for names in denied.values())
