"""The AWS actions that give out credentials, and the session policies that deny them.

This is the only list of these actions. The default session policy, the ready-made permissions
boundary and the warnings about a client's own policy read it. Each mapping has IAM patterns, and
the actions that each pattern stands for. The patterns are short, and the session policies without
white space: "AssumeRole" (STS API Reference) lets one have 2,048 characters, and AWS packs it
together with the session tags into a second limit that it does not document
(`tests/domain/test_session_policies.py` has what was observed of it).
"""

from __future__ import annotations

from collections.abc import Mapping

Patterns = Mapping[str, tuple[str, ...]]

SESSION_POLICY_ALONE: Patterns = {
    "sts:Assume*": ("sts:AssumeRole", "sts:AssumeRoot"),
    # The same session with fewer permissions. AWS does not document its issue time, and a cut-off
    # goes by that.
    "sts:GetScoped*": ("sts:GetScopedCredentials",),
}
"""Sessions that a cut-off does not reach, or may not reach. The boundary leaves them open, all but
`sts:AssumeRoot`: a lead may allow chaining for a role, and then the session policy is not sent."""

BEYOND_A_CUT_OFF: Patterns = {
    # Another account's session, and a signed identity for services outside AWS.
    "sts:GetDelegated*": ("sts:GetDelegatedAccessToken",),
    "sts:GetWeb*": ("sts:GetWebIdentityToken",),
    # Sessions of a role that the service has been given, or that its users may enter.
    "account-access:*": ("account-access:GetRoleCredentials",),
    "elasticmapreduce:GetCluster*": ("elasticmapreduce:GetClusterSessionCredentials",),
    "emr-containers:GetManaged*": ("emr-containers:GetManagedEndpointSessionCredentials",),
    "finspace-api:*": ("finspace-api:GetProgrammaticAccessCredentials",),
    "ssm:GetAccessToken": ("ssm:GetAccessToken",),
    # Signing in: the refresh tokens of these live longer than any session of Daypass.
    "signin:*": (
        "signin:CreateBearerToken",
        "signin:CreateOAuth2Token",
        "signin:CreateOAuth2TokenWithIAM",
        "signin:CreateOAuth2TokenWithTokenExchange",
    ),
    "sso-oauth:*": ("sso-oauth:CreateToken", "sso-oauth:CreateTokenWithIAM"),
}
"""Credentials that a cut-off does not reach. The session policy and the boundary close them."""

ONE_SERVICES_DATA: Patterns = {
    "cloudwatch:GetSpace?*": (
        "cloudwatch:GetSpaceCredentialsForOrganization",
        "cloudwatch:GetSpaceDataAccess",
    ),
    "datazone:Get*Credentials": ("datazone:GetEnvironmentCredentials",),
    "datazone:GetConnection": ("datazone:GetConnection",),
    "deadline:Assume*": (
        "deadline:AssumeFleetRoleForRead",
        "deadline:AssumeFleetRoleForWorker",
        "deadline:AssumeQueueRoleForRead",
        "deadline:AssumeQueueRoleForUser",
        "deadline:AssumeQueueRoleForWorker",
    ),
    "lakeformation:GetTemporary*": (
        "lakeformation:GetTemporaryDataLocationCredentials",
        "lakeformation:GetTemporaryGlueFunctionCredentials",
        "lakeformation:GetTemporaryGluePartitionCredentials",
        "lakeformation:GetTemporaryGlueTableCredentials",
    ),
    "lightsail:CreateBucketAccessKey": ("lightsail:CreateBucketAccessKey",),
    "s3:GetDataAccess": ("s3:GetDataAccess",),
}
"""AWS credentials for the data that one service guards. The boundary closes them. The session
policy does not: work with that data needs them, and they would fill its room."""

ONE_SERVICE_ALONE = (
    "codeartifact:GetAuthorizationToken",
    "codepipeline:GetJobDetails",
    "codepipeline:GetThirdPartyJobDetails",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "ecr:GetAuthorizationToken",
    "ecr-public:GetAuthorizationToken",
    "gamelift:CreateBuild",
    "gamelift:GetComputeAccess",
    "gamelift:RequestUploadCredentials",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "redshift:GetClusterCredentials",
    "redshift-serverless:GetCredentials",
    "s3express:CreateSession",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
)
"""Passwords and tokens that open one service or one resource, and what AWS refuses to every assumed
role (`sts:GetFederationToken`, `sts:GetSessionToken`). A client's own policy is warned of them."""

_DENIED = ",".join(f'"{pattern}"' for pattern in (*SESSION_POLICY_ALONE, *BEYOND_A_CUT_OFF))

# A session policy can only narrow, so it first allows everything. The denial is explicit: a
# resource's own policy that names the session would override one that is only implied.
# `sts:GetFederationToken` and `sts:GetSessionToken` are not in it, because AWS refuses them to
# every assumed role ("Compare AWS STS credentials", IAM User Guide).
NO_CHAINING = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"*","Resource":"*"},'
    f'{{"Effect":"Deny","Action":[{_DENIED}],"Resource":"*"}}]}}'
)

# A probe's session must be useless to anyone who obtains it. In CloudTrail, the Sid tells a probe
# from a vend. A trust policy cannot tell them apart: no condition key has the session policy.
DENY_ALL = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassProbe","Effect":"Deny","Action":"*","Resource":"*"}]}'
)


def all_actions() -> tuple[str, ...]:
    """Return every action of the list by its name."""
    patterns = (SESSION_POLICY_ALONE, BEYOND_A_CUT_OFF, ONE_SERVICES_DATA)
    named = (name for group in patterns for names in group.values() for name in names)
    return (*named, *ONE_SERVICE_ALONE)
