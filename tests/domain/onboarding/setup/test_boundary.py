"""The permissions boundary, compared with AWS's lists of actions."""

from fnmatch import fnmatchcase

from chalicelib.domain.onboarding.setup import policy_grammar
from chalicelib.domain.onboarding.setup.resources import build_boundary_policy
from chalicelib.domain.policies.credential_actions import BEYOND_A_CUT_OFF, ONE_SERVICES_DATA
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, size
from tests.domain.onboarding.setup.actions.left_open import CREDENTIALS, PERMISSIONS
from tests.domain.onboarding.setup.actions.lists import actions_of
from tests.rows import every

PERMISSIONS_MANAGEMENT = actions_of("permissions-management.txt")
CREDENTIALS_EXPOSURE = actions_of("credentials-exposure.txt")


def matches(action, patterns):
    """Compare as IAM does, ignoring the letter case."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def is_open(action):
    everything_else, reading = build_boundary_policy()["Statement"]
    assert everything_else["Effect"] == reading["Effect"] == "Allow"
    return not matches(action, everything_else["NotAction"]) or matches(action, reading["Action"])


@every(
    "actions, open_actions",
    [(PERMISSIONS_MANAGEMENT, PERMISSIONS), (CREDENTIALS_EXPOSURE, CREDENTIALS)],
)
def test_each_listed_action_is_closed_or_open_for_one_reason(actions, open_actions):
    reasons = {
        action: [why for why, group in open_actions.items() if matches(action, group.split())]
        for action in actions
    }
    closed_and_excused = {a: why for a, why in reasons.items() if why and not is_open(a)}
    open_without_reason = [a for a, why in reasons.items() if is_open(a) and len(why) != 1]
    assert (closed_and_excused, open_without_reason) == ({}, [])


@every(
    "actions, reasons", [(PERMISSIONS_MANAGEMENT, PERMISSIONS), (CREDENTIALS_EXPOSURE, CREDENTIALS)]
)
def test_each_reason_matches_a_listed_action(actions, reasons):
    patterns = [pattern for group in reasons.values() for pattern in group.split()]
    assert len(patterns) > 10
    unused = [p for p in patterns if not any(matches(action, [p]) for action in actions)]
    assert unused == []


@every("actions, count", [(PERMISSIONS_MANAGEMENT, 535), (CREDENTIALS_EXPOSURE, 26)])
def test_the_lists_are_complete_and_sorted(actions, count):
    assert len(actions) == count
    assert actions == sorted(set(actions))


CLOSED = """
    iam:PassRole iam:CreateUser iam:DeleteRolePermissionsBoundary organizations:CreateAccount
    account:PutAlternateContact controltower:CreateManagedAccount sso:CreateAccountAssignment
    sso-directory:CreateBearerToken identitystore:CreateUser
    identitystore-auth:BatchDeleteSession identity-sync:CreateSyncProfile ds:ResetUserPassword
    ds-data:CreateUser rolesanywhere:CreateTrustAnchor acm-pca:IssueCertificate
    mpa:CreateIdentitySource cognito-identity:GetOpenIdTokenForDeveloperIdentity
    iq-permission:AssumePermissionRole eks-auth:AssumeRoleForPodIdentity
    iot:CreateKeysAndCertificate iot:CreateProvisioningClaim iot:CreateRoleAlias
    iot:RegisterThing s3:CreateAccessGrant sts:AssumeRoot
"""


@every(
    "action",
    [
        # Actions that are not in the lists above, and actions that create identities.
        *CLOSED.split(),
        *(name for names in BEYOND_A_CUT_OFF.values() for name in names),
        *(name for names in ONE_SERVICES_DATA.values() for name in names),
    ],
)
def test_actions_that_create_identities_or_expose_credentials_are_closed(action):
    assert not is_open(action)


OPEN = """
    s3:PutObject ec2:RunInstances lambda:UpdateFunctionCode iot:UpdateThing
    lakeformation:GetDataAccess ssm:StartSession elasticmapreduce:RunJobFlow
    cloudwatch:GetMetricData iam:GetRole iam:SimulatePrincipalPolicy
    organizations:DescribeOrganization sso:ListPermissionSets
    sso:GetInlinePolicyForPermissionSet identitystore:DescribeUser
    rolesanywhere:ListTrustAnchors ds:DescribeDirectories cognito-identity:GetIdentityPoolRoles
    s3:ListAccessGrants s3:ListCallerAccessGrants iot:ListPolicies
"""


@every("action", OPEN.split())
def test_working_and_reading_stay_open(action):
    assert is_open(action)


def test_the_boundary_is_a_valid_policy_of_allowed_size():
    policy_grammar.check_policy(build_boundary_policy())
    assert size(build_boundary_policy()) < MANAGED_POLICY_MAX / 2
    for statement in build_boundary_policy()["Statement"]:
        actions = statement.get("NotAction") or statement["Action"]
        assert len(actions) == len(set(actions))
