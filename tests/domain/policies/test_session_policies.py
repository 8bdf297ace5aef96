"""IAM documents that Daypass writes: what a session that bears them may still do."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.policies.credential_actions import (
    BEYOND_A_CUT_OFF,
    DENY_ALL,
    NO_CHAINING,
    READ_ONLY,
    READABLE,
    SESSION_POLICY_ALONE,
    read_only_policy_arn,
)
from chalicelib.domain.policies.documents import document
from tests.domain.policies.evaluator import Decision, Request, decide
from tests.domain.policies.service_models import SENSITIVE, operations
from tests.rows import every

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


_LINES = Path(__file__).with_name("view-only-access.txt").read_text(encoding="utf-8").splitlines()
_VIEWS = [line for line in _LINES if not line.startswith("#")]
VIEW_ONLY_ACCESS = json.dumps(document({"Effect": "Allow", "Action": _VIEWS, "Resource": "*"}))
"""The managed session policy of an agent that may only read."""


names_in = str.split
DATA_IN_VIEW_ONLY_ACCESS = names_in(
    """
    cloudwatch:GetRecords cloudwatch:GetTelemetryQueryResults ecs:DescribeTaskDefinition
    ecs:DescribeTasks sagemaker:DescribeNotebookInstanceLifecycleConfig
    sagemaker:DescribeStudioLifecycleConfig elasticmapreduce:ListSteps
    directconnect:DescribeVirtualInterfaces devicefarm:ListArtifacts devicefarm:ListUploads
    lex:GetUtterancesView ses:ListContacts sns:ListEndpointsByPlatformApplication
    sns:ListSubscriptions lambda:ListFunctions lambda:ListVersionsByFunction
    cloudformation:DescribeStacks cloudtrail:LookupEvents firehose:DescribeDeliveryStream
    cloudfront:ListDistributions ds:DescribeDirectories opsworks:DescribeApps
    autoscaling:DescribeLaunchConfigurations ec2:DescribeInstanceAttribute
    ec2:DescribeSpotFleetRequests ec2:DescribeSpotInstanceRequests ec2:DescribeBundleTasks
    ec2:DescribeConversionTasks ec2:DescribeImportImageTasks
    cloudwatch:GetSpaceCredentialsForOrganization cognito-idp:ListUsers
    cognito-idp:ListUsersInGroup connect:ListRealtimeContactAnalysisSegments
    """
)
"""Actions of ViewOnlyAccess that return data, programs' variables or secrets."""


def effects(policy, action, *more):
    """Return the decision about the action of the policies' statements, ignoring letter case."""
    return {
        statement["Effect"]
        for each in (policy, *more)
        for statement in json.loads(each)["Statement"]
        if statement.keys() - {"Sid", "Action", "NotAction"} == {"Effect", "Resource"}
        if statement["Resource"] == "*"
        if ("Action" in statement) == is_listed(action, actions(statement))
    }


def allows(policy, action, *more):
    """Decide as IAM does: at least one Allow must match, and no Deny."""
    return effects(policy, action, *more) == {"Allow"}


def reader_may(action):
    """Return whether a session of an agent that may only read allows the action, if its role
    does."""
    return allows(READ_ONLY, action, VIEW_ONLY_ACCESS)


def is_listed(action, patterns):
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def actions(statement):
    action = statement.get("Action") or statement["NotAction"]
    return [action] if isinstance(action, str) else action


@every("action", DENIED)
def test_a_session_that_may_not_chain_gets_nothing_that_a_cut_off_may_not_reach(action):
    """Denied in words, since a resource's own policy overrides what is only not allowed."""
    assert effects(NO_CHAINING, action) == {"Allow", "Deny"}


@every(
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
def test_it_may_do_all_else_that_its_role_allows(action):
    assert allows(NO_CHAINING, action)


READ = names_in(
    """
    ec2:DescribeInstances ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs
    ec2:DescribeVpcEndpoints ec2:DescribeVolumes ec2:DescribeNetworkInterfaces
    ec2:DescribeRouteTables ec2:DescribeRegions s3:ListAllMyBuckets s3:ListBucket
    rds:DescribeDBInstances rds:DescribeDBClusters dynamodb:DescribeTable dynamodb:ListTables
    iam:ListRoles iam:ListUsers iam:ListAttachedRolePolicies ecs:ListClusters
    ecs:DescribeServices eks:ListClusters eks:DescribeCluster cloudformation:ListStacks
    cloudformation:ListStackResources sqs:ListQueues sns:ListTopics cloudwatch:ListMetrics
    cloudwatch:GetMetricData logs:DescribeLogGroups route53:ListHostedZones
    route53:ListResourceRecordSets kms:ListKeys autoscaling:DescribeAutoScalingGroups
    elasticloadbalancing:DescribeLoadBalancers
    """
)
DATA = names_in(
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
    lambda:InvokeFunction lambda:GetLayerVersion ec2:GetConsoleOutput
    ec2:GetConsoleScreenshot ec2:GetPasswordData
    ec2:GetLaunchTemplateData ec2:DescribeLaunchTemplateVersions codecommit:GetBlob
    codecommit:GetFile codecommit:GitPull codeartifact:GetAuthorizationToken
    ecr:GetAuthorizationToken ecr:BatchGetImage ecr:GetDownloadUrlForLayer
    iam:GenerateCredentialReport iam:GetCredentialReport iam:CreateAccessKey iam:PassRole
    glue:GetConnection ebs:GetSnapshotBlock cloudtrail:StartQuery xray:BatchGetTraces
    cognito-identity:GetCredentialsForIdentity cognito-idp:AdminGetUser bedrock:InvokeModel
    execute-api:Invoke states:GetExecutionHistory
    """
)
CHANGES = names_in(
    """
    s3:PutObject s3:DeleteObject s3:PutBucketPolicy ec2:RunInstances ec2:TerminateInstances
    ec2:CreateTags iam:CreateUser iam:AttachRolePolicy iam:UpdateAssumeRolePolicy
    kms:ScheduleKeyDeletion dynamodb:PutItem dynamodb:DeleteTable rds:DeleteDBInstance
    lambda:UpdateFunctionCode cloudformation:CreateStack cloudformation:DeleteStack
    route53:ChangeResourceRecordSets cloudtrail:StopLogging logs:DeleteLogGroup sns:Publish
    sqs:SendMessage sqs:PurgeQueue organizations:LeaveOrganization
    autoscaling:UpdateAutoScalingGroup
    """
)


def test_an_agent_that_may_only_read_lists_and_describes():
    assert [action for action in READ if not reader_may(action)] == []


def test_an_agent_that_may_only_read_reads_no_data_and_changes_nothing():
    """Denied in words, since a resource's own policy overrides what is only not allowed. `DENIED`
    would take the agent out of its session."""
    denied = [*DATA, *DATA_IN_VIEW_ONLY_ACCESS, *CHANGES, *DENIED]
    assert [action for action in denied if "Deny" not in effects(READ_ONLY, action)] == []


SESSION = "arn:aws:sts::987654321098:assumed-role/ContractorRole/alice.0123456789abcdef.agent"
ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}
GRANTS = {
    "the session": {"Principal": {"AWS": SESSION}},
    "everyone of an organization": {"Principal": "*", "Condition": ORGANIZATION},
    "everyone of it, in the other form": {"Principal": {"AWS": "*"}, "Condition": ORGANIZATION},
    "the role": {"Principal": {"AWS": ROLE}},
}
BEYOND = """
    s3:GetObject s3:PutObject s3:DeleteObject s3:PutBucketPolicy sqs:ReceiveMessage
    sqs:SendMessage sqs:PurgeQueue sns:Publish sns:Subscribe kms:Decrypt kms:GenerateDataKey
    kms:ScheduleKeyDeletion secretsmanager:GetSecretValue secretsmanager:PutSecretValue
    lambda:InvokeFunction lambda:GetFunction dynamodb:GetItem dynamodb:PutItem dynamodb:Query
    kinesis:GetRecords kinesis:PutRecord ecr:BatchGetImage ecr:PutImage execute-api:Invoke
    events:PutEvents glue:GetTable codeartifact:GetPackageVersionAsset es:ESHttpGet
    backup:DeleteRecoveryPoint elasticfilesystem:ClientWrite logs:PutLogEvents
    vpc-lattice-svcs:Invoke ses:SendEmail sts:AssumeRole
    """


def test_no_grant_by_a_resource_gives_an_agent_data_or_a_change():
    """A grant to the session or to everyone passes what the session policies only do not allow."""
    session = [json.loads(READ_ONLY), json.loads(VIEW_ONLY_ACCESS)]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    passed = []
    for action in names_in(BEYOND):
        context = {"aws:PrincipalOrgID": "o-acme"}
        request = Request(action, context=context, role_arn=ROLE, session_arn=SESSION)
        for name, grant in GRANTS.items():
            resource = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", **grant}]}
            decision = decide(
                request, identity=[administrator], session=session, resource=[resource]
            )
            if decision is not Decision.EXPLICIT_DENY:
                passed.append((action, name))
    assert passed == []


REVEALING = re.compile(
    r"secret|passw|passphrase|authkey|userdata|environment|variable|token|presign|credential"
    rf"|privatekey|customheader|email|phone|presharedkey|payload|uploadpolicy|{SENSITIVE}$"
)
"""Names of fields that may return what an agent may not read, and AWS's own mark."""
PAGES = re.compile(r"(next|continuation|page)\w*token$")
HARMLESS = {
    "authsecretarn": "an ARN",
    "bearertokenauthenticationenabled": "true or false",
    "clientrequesttoken": "the name of a request that was made",
    "clienttoken": "the same",
    "httptokens": "whether an instance's metadata service requires a token",
    "masterusersecret": "the ARN of a secret, and its status",
    "passwordlastused": "a time",
    "secretarn": "an ARN",
    "secretoptions": "the name of a log option, and an ARN",
    "secretstatus": "the status of a secret",
    "servicecredentialalias": "a name",
    "servicespecificcredentialid": "a name",
    "servicespecificcredentials": "names and times: IAM shows the password once, at the start",
    "tdecredentialarn": "an ARN",
    # IAM shows the seed once, and RDS answers with asterisks ("list-virtual-mfa-devices" and
    # "modify-db-instance", AWS CLI Command Reference).
    "base32stringseed!": "not returned in a list",
    "qrcodepng!": "not returned in a list",
    "masteruserpassword": "asterisks",
    "masteruserpassword!": "asterisks",
}


def test_what_an_agent_reads_has_no_data_in_it():
    """Also where the managed policy does not allow the action, since a resource might."""
    revealing = {
        f"{action}: {field}"
        for action, fields in operations().items()
        if is_listed(action, list(READABLE))
        for field in fields
        if REVEALING.search(field) and not PAGES.match(field) and field not in HARMLESS
    }
    assert sorted(revealing) == []


def test_each_pattern_for_agents_lists_or_describes_something():
    patterns = {
        pattern: {each for each in operations() if is_listed(each, [pattern])}
        for pattern in READABLE
    }
    # botocore has one name for S3's actions, and IAM another.
    patterns["s3:ListBucket"] = {"s3:ListBucket"}
    patterns["s3:ListA*"].add("s3:ListAllMyBuckets")
    idle = [each for each, names in patterns.items() if not any(map(reader_may, names))]
    changing = [
        name
        for names in patterns.values()
        for name in names
        if not re.match("(Describe|List|Get)", name.partition(":")[2])
    ]
    assert (idle, changing) == ([], [])


def test_the_session_policy_of_readers_allows_nothing_by_itself():
    """AWS unites session policies. An Allow here would widen the managed policy."""
    assert {item["Effect"] for item in json.loads(READ_ONLY)["Statement"]} == {"Deny"}
    assert [item["Sid"] for item in json.loads(READ_ONLY)["Statement"]] == ["DaypassReadOnly"]


@every("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_managed_policy_is_that_of_the_roles_partition(partition):
    arn = read_only_policy_arn(f"arn:{partition}:iam::987654321098:role/path/Name")
    assert arn == f"arn:{partition}:iam::aws:policy/job-function/ViewOnlyAccess"


@every("policy", [NO_CHAINING, DENY_ALL])
def test_sts_accepts_the_session_policy_and_it_is_small(policy):
    assert json.loads(policy)["Version"] == "2012-10-17"
    assert policy == json.dumps(json.loads(policy), separators=(",", ":"))
    assert len(policy) < ROOM / 4
    tags = "".join(key + value for key, value in LONGEST_TAGS)
    assert len(policy) + len(tags) <= PACKED_ROOM


def test_the_documents_have_the_policys_numbers():
    services = {pattern.partition(":")[0] for pattern in READABLE}
    decision = Path("docs/decisions/0070-agents-are-denied-everything-else.md").read_text("utf-8")
    assert f"a list of {len(READABLE)} patterns in {len(services)} services" in decision
    assert f"the policy has {len(READ_ONLY)}." in decision
    limits = Path("docs/reference/limits.md").read_text(encoding="utf-8")
    assert f"Daypass's has {len(NO_CHAINING)}," in limits
    assert f"An agent's has {len(READ_ONLY)} and" in limits
    assert len(services) == 16  # docs/reference/session-policies.md says sixteen and lists them


def test_the_session_policy_of_readers_fits_beside_the_tags():
    assert json.dumps(json.loads(READ_ONLY), separators=(",", ":")) == READ_ONLY
    tags = "".join(key + value for key, value in LONGEST_TAGS)
    assert len(READ_ONLY) + len(tags) <= OBSERVED_TO_FIT
