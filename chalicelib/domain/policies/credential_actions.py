"""List the AWS actions that return credentials, and define the session policies that deny them.

This is the only list of these actions. The default session policy, the permissions boundary and the
warnings about a client's own policy use it. Each mapping has IAM patterns as keys, and the actions
that a pattern matches as its value. A cut-off is a policy that denies everything to sessions issued
before a given time.

The patterns are short and the session policies have no white space, because a session policy has at
most 2,048 characters ("AssumeRole", STS API Reference). AWS also counts the policy together with
the session tags against a second, undocumented packed limit
(`tests/domain/policies/test_session_policies.py` has the observed values).
"""

from __future__ import annotations

from collections.abc import Mapping

Patterns = Mapping[str, tuple[str, ...]]

SESSION_POLICY_ALONE: Patterns = {
    "sts:Assume*": ("sts:AssumeRole", "sts:AssumeRoot"),
    # Returns the same session with fewer permissions. AWS does not document its issue time, on
    # which a cut-off depends.
    "sts:GetScoped*": ("sts:GetScopedCredentials",),
}
"""Sessions that a cut-off does not reach, or may not reach. Only the session policy denies them.
The permissions boundary allows all but `sts:AssumeRoot`, because a lead may allow chaining for a
role, and then Daypass sends no session policy."""

BEYOND_A_CUT_OFF: Patterns = {
    # Return a session in another account, and a signed identity for services outside AWS.
    "sts:GetDelegated*": ("sts:GetDelegatedAccessToken",),
    "sts:GetWeb*": ("sts:GetWebIdentityToken",),
    # Return sessions of a role that the service has or that its users may assume.
    "account-access:*": ("account-access:GetRoleCredentials",),
    "elasticmapreduce:GetCluster*": ("elasticmapreduce:GetClusterSessionCredentials",),
    "emr-containers:GetManaged*": ("emr-containers:GetManagedEndpointSessionCredentials",),
    "finspace-api:*": ("finspace-api:GetProgrammaticAccessCredentials",),
    "ssm:GetAccessToken": ("ssm:GetAccessToken",),
    # Sign-in: these refresh tokens outlive every session from Daypass.
    "signin:*": (
        "signin:CreateBearerToken",
        "signin:CreateOAuth2Token",
        "signin:CreateOAuth2TokenWithIAM",
        "signin:CreateOAuth2TokenWithTokenExchange",
    ),
    "sso-oauth:*": ("sso-oauth:CreateToken", "sso-oauth:CreateTokenWithIAM"),
}
"""Credentials that a cut-off does not reach. The session policy and the boundary deny them."""

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
"""AWS credentials for one service's data. The permissions boundary denies these actions. The
session policy does not: people need them to work with that data, and the patterns would exceed the
policy's size limit."""

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
"""Passwords and tokens for one service or one resource, and the actions that AWS refuses to every
assumed role (`sts:GetFederationToken`, `sts:GetSessionToken`). Daypass warns if a client's own
policy allows them."""

READABLE = (
    "autoscaling:DescribeAuto*",
    "cloudformation:ListS*",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListM*",
    "dynamodb:DescribeT*",
    "dynamodb:ListT*",
    "ec2:DescribeInstances",
    "ec2:DescribeN*",
    "ec2:DescribeR*",
    "ec2:DescribeSe*",
    "ec2:DescribeSu*",
    "ec2:DescribeVo*",
    "ec2:DescribeVpc*",
    "ecs:*Clusters",
    "ecs:*Services",
    "eks:DescribeC*",
    "eks:ListC*",
    "elasticloadbalancing:DescribeLo*",
    "iam:List*",
    "kms:List*",
    "logs:DescribeLogG*",
    "rds:DescribeDBC*",
    "rds:DescribeDBI*",
    "route53:List*",
    "s3:ListA*",
    "s3:ListBucket",
    "sns:ListTop*",
    "sqs:ListQ*",
)
"""The patterns of what an agent that may only read can do: list and describe. Everything else is
denied. No action that matches returns data, scripts, variables of programs, or credentials. The
list is as long as the session policy's size allows."""

_DENIED = ",".join(f'"{pattern}"' for pattern in (*SESSION_POLICY_ALONE, *BEYOND_A_CUT_OFF))
_READABLE = ",".join(f'"{pattern}"' for pattern in READABLE)

# A session policy can only restrict, so it first allows everything. The denial is explicit, because
# a resource policy that names the session would override an implicit one. It omits
# `sts:GetFederationToken` and `sts:GetSessionToken`, which AWS refuses to every assumed role
# ("Compare AWS STS credentials", IAM User Guide).
NO_CHAINING = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"*","Resource":"*"},'
    f'{{"Effect":"Deny","Action":[{_DENIED}],"Resource":"*"}}]}}'
)

# For an agent that may only read. AWS's managed policy ViewOnlyAccess allows, and this one takes
# away: AWS unites the session policies of a request, and a denial wins. The denial is explicit and
# has `NotAction`, so that it also stops what a resource's own policy allows the session or everyone
# of an organization, and actions that do not exist yet (docs/decisions/0070). No agent may chain,
# also where the role allows chaining, because the other role's sessions would not be limited.
READ_ONLY = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassReadOnly","Effect":"Deny",'
    f'"NotAction":[{_READABLE}],"Resource":"*"}}]}}'
)


def read_only_policy_arn(role_arn: str) -> str:
    """Return the ARN of AWS's ViewOnlyAccess in the role's partition. It allows more than READABLE,
    and READ_ONLY denies the rest."""
    partition = role_arn.split(":")[1]
    return f"arn:{partition}:iam::aws:policy/job-function/ViewOnlyAccess"


# A probe's session must be useless to anyone who obtains it. In CloudTrail the Sid distinguishes a
# probe from a vend. A trust policy cannot: no condition key exposes the session policy.
DENY_ALL = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassProbe","Effect":"Deny","Action":"*","Resource":"*"}]}'
)


def list_credential_actions() -> tuple[str, ...]:
    """Return the name of every AWS action that returns credentials."""
    patterns = (SESSION_POLICY_ALONE, BEYOND_A_CUT_OFF, ONE_SERVICES_DATA)
    names_by_pattern = (name for group in patterns for names in group.values() for name in names)
    return (*names_by_pattern, *ONE_SERVICE_ALONE)
