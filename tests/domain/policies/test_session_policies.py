"""IAM documents that Daypass writes: what a session that bears them may still do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.policies.credential_actions import (
    BEYOND_A_CUT_OFF,
    BEYOND_CONFIGURATION,
    DENY_ALL,
    NO_CHAINING,
    READ_ONLY,
    SESSION_POLICY_ALONE,
    read_only_policy_arn,
)

ROOM = 2048  # characters of a session policy: "AssumeRole" (STS API Reference)
# AWS packs policy and tags together, and documents neither how nor how much fits. Observed (AWS's
# action configure-aws-credentials, issue 1898): nine tags of 250 characters take 498 % of it. The
# less convenient reading is that nothing is compressed, and that the policy shares this room.
PACKED_ROOM = 9 * 250 * 100 // 498
# AWS packs policies better than the values of tags. Observed (AgentsPoppy's notes on its broker):
# 736 characters of policy and three tags take 82 % of the room, and 1,690 take 157 %.
OBSERVED_TO_FIT = 736
LONGEST_TAGS = build_session_tags("m" * 32, "e" * 40)
DENIED = sorted(
    name
    for group in (SESSION_POLICY_ALONE, BEYOND_A_CUT_OFF)
    for names in group.values()
    for name in names
)


VIEW_ONLY_ACCESS = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    line
                    for line in Path(__file__)
                    .with_name("view-only-access.txt")
                    .read_text(encoding="utf-8")
                    .splitlines()
                    if not line.startswith("#")
                ],
                "Resource": "*",
            }
        ]
    }
)
"""The managed session policy of an agent that may only read."""


def names_in(text: str) -> list[str]:
    return text.split()


READERS_ACTIONS = [name for names in BEYOND_CONFIGURATION.values() for name in names]


def effects(policy: str, action: str, *more: str) -> set[str]:
    """Return the decision about the action of the policies' statements, ignoring letter case."""
    return {
        statement["Effect"]
        for each in (policy, *more)
        for statement in json.loads(each)["Statement"]
        if statement.keys() - {"Sid"} == {"Effect", "Action", "Resource"}
        if statement["Resource"] == "*"
        if any(fnmatchcase(action.lower(), item.lower()) for item in actions(statement))
    }


def allows(policy: str, action: str, *more: str) -> bool:
    """Decide as IAM does: at least one Allow must match, and no Deny."""
    return effects(policy, action, *more) == {"Allow"}


def reader_may(action: str) -> bool:
    """Return whether a session of an agent that may only read allows the action, if its role
    does."""
    return allows(READ_ONLY, action, VIEW_ONLY_ACCESS)


def actions(statement: Any) -> list[str]:
    action: str | list[str] = statement["Action"]
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("action", DENIED)
def test_a_session_that_may_not_chain_gets_nothing_that_a_cut_off_may_not_reach(
    action: str,
) -> None:
    """Denied in words, since a resource's own policy overrides what is only not allowed."""
    assert effects(NO_CHAINING, action) == {"Allow", "Deny"}


@pytest.mark.parametrize(
    "action",
    [
        "s3:GetObject",
        "iam:PassRole",
        "sts:GetCallerIdentity",
        "sts:DecodeAuthorizationMessage",
        "sts:GetServiceBearerToken",
        "sts:TagSession",
        "ssm:GetParameter",
        "elasticmapreduce:GetManagedScalingPolicy",
        "account:GetContactInformation",
        "s3:GetDataAccess",
    ],
)
def test_it_may_do_all_else_that_its_role_allows(action: str) -> None:
    assert allows(NO_CHAINING, action)


@pytest.mark.parametrize(
    "action",
    names_in(
        """
        ec2:DescribeInstances ec2:DescribeSecurityGroups ec2:DescribeVpcs ec2:DescribeVolumes
        s3:ListAllMyBuckets s3:ListBucket rds:DescribeDBInstances dynamodb:DescribeTable
        dynamodb:ListTables lambda:ListFunctions iam:ListRoles iam:ListAttachedRolePolicies
        ecs:DescribeServices eks:DescribeCluster cloudformation:DescribeStacks
        sqs:GetQueueAttributes cloudwatch:GetMetricData logs:DescribeLogGroups
        route53:ListHostedZones kms:ListKeys autoscaling:DescribeAutoScalingGroups
        elasticloadbalancing:DescribeLoadBalancers
        """
    ),
)
def test_an_agent_that_may_only_read_reads_configuration(action: str) -> None:
    assert reader_may(action)


@pytest.mark.parametrize(
    "action",
    names_in(
        """
        s3:GetObject s3:GetObjectVersion s3:SelectObjectContent s3:GetDataAccess
        s3express:CreateSession dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Query
        dynamodb:Scan dynamodb:PartiQLSelect dynamodb:GetRecords
        dynamodb:ExportTableToPointInTime kinesis:GetRecords sqs:ReceiveMessage
        secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue ssm:GetParameter
        ssm:GetParameters ssm:GetParametersByPath ssm:GetParameterHistory
        ssm:GetCommandInvocation ssm:StartSession ssm:SendCommand kms:Decrypt kms:GenerateDataKey
        kms:Sign logs:GetLogEvents logs:FilterLogEvents logs:StartQuery logs:GetQueryResults
        logs:GetLogRecord logs:StartLiveTail athena:StartQueryExecution athena:GetQueryResults
        rds-data:ExecuteStatement rds:DownloadDBLogFilePortion redshift-data:ExecuteStatement
        redshift-data:GetStatementResult redshift:GetClusterCredentials lambda:GetFunction
        lambda:InvokeFunction lambda:GetLayerVersion ec2:DescribeInstanceAttribute
        ec2:GetConsoleOutput ec2:GetConsoleScreenshot ec2:GetPasswordData
        ec2:GetLaunchTemplateData ec2:DescribeLaunchTemplateVersions codecommit:GetBlob
        codecommit:GetFile codecommit:GitPull codeartifact:GetAuthorizationToken
        ecr:GetAuthorizationToken ecr:BatchGetImage ecr:GetDownloadUrlForLayer
        iam:GenerateCredentialReport iam:GetCredentialReport iam:CreateAccessKey iam:PassRole
        glue:GetConnection ebs:GetSnapshotBlock cloudtrail:StartQuery xray:BatchGetTraces
        cognito-identity:GetCredentialsForIdentity cognito-idp:AdminGetUser bedrock:InvokeModel
        execute-api:Invoke states:GetExecutionHistory
        """
    ),
)
def test_an_agent_that_may_only_read_reads_no_data(action: str) -> None:
    assert not reader_may(action)


@pytest.mark.parametrize(
    "action",
    names_in(
        """
        s3:PutObject s3:DeleteObject s3:PutBucketPolicy ec2:RunInstances ec2:TerminateInstances
        ec2:CreateTags iam:CreateUser iam:AttachRolePolicy iam:UpdateAssumeRolePolicy
        kms:ScheduleKeyDeletion dynamodb:PutItem dynamodb:DeleteTable rds:DeleteDBInstance
        lambda:UpdateFunctionCode cloudformation:CreateStack cloudformation:DeleteStack
        route53:ChangeResourceRecordSets cloudtrail:StopLogging logs:DeleteLogGroup sns:Publish
        sqs:SendMessage sqs:PurgeQueue organizations:LeaveOrganization
        autoscaling:UpdateAutoScalingGroup
        """
    ),
)
def test_an_agent_that_may_only_read_changes_nothing(action: str) -> None:
    assert not reader_may(action)


@pytest.mark.parametrize("action", [*DENIED, *READERS_ACTIONS])
def test_an_agent_that_may_only_read_cannot_leave_its_session(action: str) -> None:
    """Denied in words, since a resource's own policy overrides what is only not allowed."""
    assert "Deny" in effects(READ_ONLY, action)


@pytest.mark.parametrize("action", READERS_ACTIONS)
def test_each_denial_for_readers_is_needed(action: str) -> None:
    assert allows(VIEW_ONLY_ACCESS, action)


def test_the_session_policy_of_readers_allows_nothing_by_itself() -> None:
    """AWS unites session policies. An Allow here would widen the managed policy."""
    assert {item["Effect"] for item in json.loads(READ_ONLY)["Statement"]} == {"Deny"}
    assert [item["Sid"] for item in json.loads(READ_ONLY)["Statement"]] == ["DaypassReadOnly"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_managed_policy_is_that_of_the_roles_partition(partition: str) -> None:
    arn = read_only_policy_arn(f"arn:{partition}:iam::987654321098:role/path/Name")
    assert arn == f"arn:{partition}:iam::aws:policy/job-function/ViewOnlyAccess"


@pytest.mark.parametrize("action", ["s3:GetObject", "sts:GetCallerIdentity", "sts:AssumeRole"])
def test_a_probe_that_gets_through_may_do_nothing(action: str) -> None:
    assert effects(DENY_ALL, action) == {"Deny"}


def test_a_probe_is_known_by_its_session_policys_name() -> None:
    """In CloudTrail. A trust policy has no condition key for it."""
    assert [item["Sid"] for item in json.loads(DENY_ALL)["Statement"]] == ["DaypassProbe"]
    assert "DaypassProbe" not in NO_CHAINING


@pytest.mark.parametrize("policy", [NO_CHAINING, DENY_ALL])
def test_sts_accepts_the_session_policy_and_it_is_small(policy: str) -> None:
    assert json.loads(policy)["Version"] == "2012-10-17"
    assert policy == json.dumps(json.loads(policy), separators=(",", ":"))
    assert len(policy) < ROOM / 4
    tags = "".join(key + value for key, value in LONGEST_TAGS)
    assert len(policy) + len(tags) <= PACKED_ROOM


def test_the_session_policy_of_readers_fits_beside_the_tags() -> None:
    assert json.dumps(json.loads(READ_ONLY), separators=(",", ":")) == READ_ONLY
    tags = "".join(key + value for key, value in LONGEST_TAGS)
    assert len(READ_ONLY) + len(tags) <= OBSERVED_TO_FIT
