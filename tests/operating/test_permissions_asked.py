"""Read the simulator's results for several resources, and list the actions to simulate."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import cfnlint

from operating.doctor.permissions import Deployer, is_action_allowed
from operating.doctor.required_actions import (
    ACTIONS_BY_TYPE,
    ACTIONS_BY_TYPE_FOR_CLIENT_MAIL,
    ACTIONS_BY_TYPE_FOR_EVENT_BUS,
    ACTIONS_BY_TYPE_FOR_RATE_LIMIT,
)
from tests.rows import every

YES, NO = {"EvalDecision": "allowed"}, {"EvalDecision": "implicitDeny"}
LACKING = {"MissingContextValues": ["aws:SourceVpc"]}


def on_each(*decisions):
    return {
        "ResourceSpecificResults": [{"EvalResourceDecision": decision} for decision in decisions]
    }


@every(
    "result, allowed",
    [
        (YES, True),
        (NO, False),
        ({"EvalDecision": "explicitDeny"}, False),
        (NO | LACKING, True),  # a missing condition key proves nothing
        (YES | on_each("allowed", "allowed"), True),
        (YES | on_each("allowed", "implicitDeny"), False),
        (NO | on_each("allowed", "explicitDeny"), False),
        (NO | LACKING | on_each("implicitDeny"), True),
    ],
)
def test_an_action_must_be_allowed_on_every_resource(result, *, allowed):
    assert is_action_allowed(result) is allowed


def required(
    *,
    has_rate_limit=False,
    reserves_concurrency=False,
    has_tags=False,
    has_boundary=False,
    mails_clients=False,
    has_event_bus=False,
):
    """Return each required action with the ARN that it must be allowed on."""
    caller = ("arn:aws:iam::123456789012:user/ada", "123456789012", "aws")
    options = (has_rate_limit, reserves_concurrency, has_tags, has_boundary)
    options += (mails_clients, has_event_bus)
    deployer = Deployer(*caller, [], *options)
    return {
        f"{action} {arn}"
        for entry, arns in deployer.list_required_actions("eu-central-1")
        for action in entry.actions
        for arn in arns
    }


STACK = "arn:aws:cloudformation:eu-central-1:123456789012:stack/daypass/1"
TRANSFORM = "arn:aws:cloudformation:eu-central-1:aws:transform/Serverless-2016-10-31"
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:daypass"


@every(
    "action",
    [
        f"cloudformation:CreateChangeSet {STACK}",
        f"cloudformation:CreateChangeSet {TRANSFORM}",
        f"cloudformation:GetTemplate {STACK}",
        f"cloudformation:GetTemplateSummary {STACK}",
        f"dynamodb:DescribeTimeToLive {TABLE}",
        f"dynamodb:GetResourcePolicy {TABLE}",
        f"dynamodb:ListTagsOfResource {TABLE}",
        f"dynamodb:UpdateTimeToLive {TABLE}",
        f"kms:DescribeKey {KEY}",
        f"kms:EnableKeyRotation {KEY}",
        f"lambda:TagResource {FUNCTION}-APIHandler-1",
        "logs:DescribeLogGroups arn:aws:logs:eu-central-1:123456789012:log-group::log-stream:",
    ],
)
def test_every_deployment_needs_it(action):
    assert action in required()


def test_an_options_actions_are_required_only_with_the_option():
    web_acl = "apigateway:SetWebACL arn:aws:apigateway:eu-central-1::/restapis/1/stages/api"
    concurrency = f"lambda:PutFunctionConcurrency {FUNCTION}-ClientCheck-1"
    assert not {web_acl, concurrency} & required()
    assert web_acl in required(has_rate_limit=True)
    assert {concurrency} == required(reserves_concurrency=True) - required()
    mapping = "arn:aws:lambda:eu-central-1:123456789012:event-source-mapping:1"
    added = required(has_event_bus=True) - required()
    assert f"lambda:CreateEventSourceMapping {mapping}" in added
    assert {action.partition(" ")[2] for action in added} == {mapping}
    (boundary,) = required(has_boundary=True) - required()
    assert boundary.startswith("iam:PutRolePermissionsBoundary ")
    tagged = {action.partition(" ")[0] for action in required(has_tags=True) - required()}
    assert {"dynamodb:TagResource", "iam:TagRole", "s3:PutBucketTagging"} < tagged


SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
"""AWS CloudFormation's own schemas of its resource types, as cfn-lint ships them."""
CREATED_FROM = {
    "AWS::Serverless::Api": (
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
    ),
    "AWS::Serverless::Function": ("AWS::Lambda::Function",),
    "Schedule": ("AWS::Events::Rule",),
}
NOT_NEEDED = {
    "tags that are taken away, and those of deliveries and web ACLs": (
        *("firehose:TagDeliveryStream", "iam:UntagRole"),
        *("wafv2:TagResource", "wafv2:UntagResource"),
    ),
    "DynamoDB's replicas, imports, streams and keys of one's own": (
        *("dynamodb:*Import*", "dynamodb:*KinesisStreamingDestination", "dynamodb:*Replica"),
        *("dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan"),
        *("dynamodb:UpdateContributorInsights", "iam:CreateServiceLinkedRole", "kinesis:*"),
        *("kms:Decrypt", "kms:Encrypt", "kms:RevokeGrant", "kms:CreateGrant"),
        *("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        "s3:GetObjectMetadata",
    ),
    "buckets' features that no bucket of Daypass has": (
        *("s3:CreateBucketMetadataTableConfiguration", "s3:DeleteObject", "s3:GetBucketAcl"),
        *("s3:Put*Configuration", "s3:PutBucketAbac", "s3:PutBucketCORS", "s3:PutBucketLogging"),
        *("s3:PutBucketNotification", "s3:PutBucketReplication", "s3:PutBucketWebsite"),
        *("s3:PutObjectAcl", "s3tables:*"),
    ),
    "functions in a network, with layers, signatures or keys of one's own": (
        *("ec2:Describe*", "elasticfilesystem:*", "s3files:*", "kms:GenerateDataKey"),
        *("lambda:AssociateRuntimeAlias", "lambda:GetCodeSigningConfig", "lambda:GetLayerVersion"),
        *("lambda:PassCapacityProvider", "lambda:PutFunctionRecursionConfig"),
        *("lambda:PutFunctionScalingConfig", "lambda:PutRuntimeManagementConfig"),
    ),
    "reserved concurrency, which has its own list": ("lambda:PutFunctionConcurrency",),
    "a resource policy of the API": ("apigateway:UpdateRestApiPolicy",),
    "policies, deliveries and bearer tokens of log groups": (
        *("logs:CreateLogDelivery", "logs:PutBearerTokenAuthentication"),
        *("logs:PutDataProtectionPolicy", "logs:PutIndexPolicy", "logs:PutResourcePolicy"),
        "s3:REST.PUT.OBJECT",
    ),
    "keys that are created disabled, or whose policy is set later": (
        "kms:DisableKey",
        "kms:PutKeyPolicy",
    ),
    "tags of configuration sets, and the former API of Amazon SES": (
        *("ses:TagResource", "ses:UntagResource", "ses:DescribeConfigurationSet"),
    ),
    "data protection of topics": ("sns:PutDataProtectionPolicy",),
    "rule groups from the AWS Marketplace": ("payments:GetConnectedAccount",),
    "web ACLs of anything but an API's stage": (
        *("amplify:*", "apprunner:*", "appsync:*", "bedrock-agentcore:*", "cognito-idp:*", "ec2:*"),
        *("elasticloadbalancing:*", "wafv2:DisassociateWebACL", "wafv2:*PermissionPolicy"),
    ),
}


def schema_actions(resource_type):
    """Return the actions with which AWS CloudFormation creates and reads a resource."""
    file_names = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    path = SCHEMAS / "resources" / f"{file_names[resource_type]}.json"
    handlers = json.loads(path.read_text(encoding="utf-8"))["handlers"]
    called = [handlers.get(name, {"permissions": []}) for name in ("create", "read")]
    return {action for handler in called for action in handler["permissions"]}


def test_the_doctor_asks_for_all_that_cloudformations_schemas_name_but_the_written_exceptions():
    options = {"has_rate_limit": True, "has_tags": True, "mails_clients": True}
    options["has_event_bus"] = True
    listed = {line.partition(" ")[0] for line in required(**options)}
    in_schemas = {
        action
        for declared in ACTIONS_BY_TYPE
        | ACTIONS_BY_TYPE_FOR_RATE_LIMIT
        | ACTIONS_BY_TYPE_FOR_CLIENT_MAIL
        | ACTIONS_BY_TYPE_FOR_EVENT_BUS
        for resource_type in CREATED_FROM.get(declared, (declared,))
        for action in schema_actions(resource_type)
    }
    patterns = [pattern for group in NOT_NEEDED.values() for pattern in group]
    excepted = {
        action
        for action in in_schemas - listed
        if any(fnmatchcase(action, pattern) for pattern in patterns)
    }
    assert in_schemas - listed == excepted
    unused = [
        each for each in patterns if not any(fnmatchcase(action, each) for action in excepted)
    ]
    assert unused == []
