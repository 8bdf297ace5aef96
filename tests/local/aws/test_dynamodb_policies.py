"""Policies for DynamoDB: the partition key, the table's policy, and the calling function."""

import json
import secrets

import pytest

from tests.local.aws.probes import Probes
from tests.local.scene import (
    ALLOW_ALL,
    BY_LAMBDA,
    CLIENT,
    FIRM,
    allow,
    create_stack,
    function,
    new_role,
    policy,
    refusal,
    run_as,
    table_with,
)
from tests.rows import every

TABLE = table_with("pk", "sk", others=["list"]) | {
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-list",
            "KeySchema": table_with("list")["KeySchema"],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
ONLY_MEMBERS = allow("dynamodb:*") | {
    "Condition": {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MEMBER#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}
ALICE, LEADS = ({"pk": {"S": pk}, "sk": {"S": "1"}} for pk in ("MEMBER#alice", "LEADS"))
SET = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
probe = Probes()


def new_table(aws):
    name = f"table-{secrets.token_hex(4)}"
    aws.as_root(FIRM, "dynamodb").create_table(TableName=name, **TABLE)
    return name


@pytest.fixture(scope="module")
def table(aws):
    return new_table(aws)


@pytest.fixture(scope="module")
def of_members(aws):
    return function(aws, permissions=[ONLY_MEMBERS])[1]


def by_key(key):
    return {
        "KeyConditionExpression": "#pk = :pk AND begins_with(sk, :sk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ExpressionAttributeValues": {":pk": key["pk"], ":sk": {"S": "1"}},
    }


def in_a_transaction(member, *items):
    operation = "transact_get_items" if member == "Get" else "transact_write_items"
    return operation, {"TransactItems": [{member: item} for item in items]}


CHECK = {"ConditionExpression": "attribute_not_exists(nothing)"}
# Each returns an operation and its parameters, for a table and a key.
OPERATIONS = {
    "PutItem": lambda t, key: ("put_item", {"TableName": t, "Item": key}),
    "GetItem": lambda t, key: ("get_item", {"TableName": t, "Key": key}),
    "UpdateItem": lambda t, key: ("update_item", {"TableName": t, "Key": key, **SET}),
    "DeleteItem": lambda t, key: ("delete_item", {"TableName": t, "Key": key}),
    "Query": lambda t, key: ("query", {"TableName": t, **by_key(key)}),
    "BatchGetItem": lambda t, key: ("batch_get_item", {"RequestItems": {t: {"Keys": [key]}}}),
    "BatchWriteItem": lambda t, key: (
        "batch_write_item",
        {"RequestItems": {t: [{"PutRequest": {"Item": key}}]}},
    ),
    "a transaction's Put": lambda t, key: in_a_transaction("Put", {"TableName": t, "Item": key}),
    "a transaction's ConditionCheck": lambda t, key: in_a_transaction(
        "ConditionCheck", {"TableName": t, "Key": key, **CHECK}
    ),
    "a transaction's Update": lambda t, key: in_a_transaction(
        "Update", {"TableName": t, "Key": key, **SET}
    ),
    "a transaction's Delete": lambda t, key: in_a_transaction(
        "Delete", {"TableName": t, "Key": key}
    ),
    "a transaction's Get": lambda t, key: in_a_transaction("Get", {"TableName": t, "Key": key}),
}


@every("name", OPERATIONS)
def test_every_operation_is_authorized_by_the_keys_in_its_request(table, of_members, name):
    client = of_members.client("dynamodb")
    for key, is_allowed in ((ALICE, True), (LEADS, False)):
        operation, parameters = OPERATIONS[name](table, key)
        error = refusal(getattr(client, operation), **parameters)
        assert (error is None) is is_allowed, error
        assert error is None or error.code == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("scan", {}),
        ("describe_table", {}),
        (
            "query",
            {
                "IndexName": "by-list",
                "KeyConditionExpression": "#l = :l",
                "ExpressionAttributeNames": {"#l": "list"},
                "ExpressionAttributeValues": {":l": {"S": "MEMBER#alice"}},
            },
        ),
    ],
)
def test_a_request_without_a_key_is_refused_if_the_policy_requires_one(
    table, of_members, operation, parameters
):
    error = refusal(
        getattr(of_members.client("dynamodb"), operation), TableName=table, **parameters
    )
    assert error.code == "AccessDeniedException"


def test_for_all_values_alone_allows_a_request_without_a_key(aws, table):
    """ "Multivalued context keys" (IAM User Guide). So policies need `Null` too."""
    only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MEMBER#*"]}}
    _, caller = function(aws, permissions=[{**ONLY_MEMBERS, "Condition": only}])
    assert refusal(caller.client("dynamodb").scan, TableName=table) is None


@probe
def handles_by_the_partition_key(aws):
    _, caller = function(aws, permissions=[ONLY_MEMBERS])
    put, name = caller.client("dynamodb").put_item, new_table(aws)
    return refusal(put, TableName=name, Item=ALICE) is None


@probe
def handles_by_the_tables_own_policy(aws):
    name = new_table(aws)
    root = aws.as_root(FIRM, "dynamodb")
    arn = root.describe_table(TableName=name)["Table"]["TableArn"]
    never = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:DeleteItem", "Resource": arn}
    root.put_resource_policy(ResourceArn=arn, Policy=policy([never]))
    client = function(aws)[1].client("dynamodb")
    assert refusal(client.put_item, TableName=name, Item=ALICE) is None
    return refusal(client.delete_item, TableName=name, Key=ALICE) is not None


@probe
def handles_the_policy_of_a_stacks_table(aws):
    """Set the policy when the table is created, and when the template changes."""
    name = f"of-a-stack-{secrets.token_hex(4)}"
    arn = f"arn:aws:dynamodb:us-east-1:{CLIENT}:table/{name}"

    def template_with(action):
        never = {"Effect": "Deny", "Principal": "*", "Action": [action], "Resource": arn}
        own = {"PolicyDocument": json.loads(policy([never]))}
        properties = {"TableName": name, **TABLE, "ResourcePolicy": own}
        table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
        return {"Resources": {"Table": table}}

    def stored():
        document = dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]
        return json.loads(document)["Statement"][0]["Action"]

    dynamodb = aws.as_root(CLIENT, "dynamodb")
    stacks = create_stack(aws, CLIENT, name, **template_with("dynamodb:Scan"))
    if refusal(stored) is not None:
        return False
    assert stored() == ["dynamodb:Scan"]
    template = json.dumps(template_with("dynamodb:UpdateItem"))
    stacks.update_stack(StackName=name, TemplateBody=template)
    wait = {"Delay": 0.05, "MaxAttempts": 100}
    stacks.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=wait)
    assert stored() == ["dynamodb:UpdateItem"]
    return True


OURS = {"ArnLike": {"lambda:SourceFunctionArn": f"arn:aws:lambda:*:{FIRM}:function:ours-*"}}


@probe
def handles_the_calling_function(aws):
    role = new_role(aws, FIRM, trust=[BY_LAMBDA], permissions=[{**ALLOW_ALL, "Condition": OURS}])
    ours, other = (run_as(aws, role, name).client("s3") for name in ("ours-1", "another-1"))
    return refusal(ours.list_buckets) is None and refusal(other.list_buckets) is not None


@probe
def handles_the_context_keys_of_a_simulation(aws):
    role = new_role(aws, FIRM, trust=[BY_LAMBDA], permissions=[{**ALLOW_ALL, "Condition": OURS}])
    iam = aws.as_root(FIRM, "iam")

    def decision(name):
        arn = f"arn:aws:lambda:us-east-1:{FIRM}:function:{name}"
        key = {"ContextKeyName": "lambda:SourceFunctionArn", "ContextKeyType": "string"}
        response = iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=["s3:ListAllMyBuckets"],
            ContextEntries=[key | {"ContextKeyValues": [arn]}],
        )
        return str(response["EvaluationResults"][0]["EvalDecision"])

    return (decision("ours-1"), decision("another-1")) == ("allowed", "implicitDeny")
