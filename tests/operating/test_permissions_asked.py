"""Read the simulator's results for several resources, and list the actions to simulate."""

from operating.doctor.permissions import Deployer, is_action_allowed
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


def required(*, has_rate_limit=False, reserves_concurrency=False):
    """Return each required action with the ARN that it must be allowed on."""
    caller = ("arn:aws:iam::123456789012:user/ada", "123456789012", "aws")
    deployer = Deployer(*caller, [], has_rate_limit, reserves_concurrency)
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
