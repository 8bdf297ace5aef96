"""What whoever breaks one function, or gets hold of its role, may not do with the tables."""

from __future__ import annotations

from typing import Any

import pytest

from local import functions, sample_accounts
from local.endpoint import Endpoint
from local.sample_accounts import FIRM, Foundation
from tests.local.scene import CLIENT, Credentials, new_role, refusal, run_as, trusting

STATE, TRAIL = "daypass-state", "daypass-trail"
ITSELF = sorted(set(functions.roles()))
# By function: what the attack needs to put, and where.
ATTACKS = [
    ("Watch", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("Watch", STATE, "LEADS", "be counted among the leads"),
    ("Watch", TRAIL, "VENDS#alice", "say what came of a vend"),
    ("Notify", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("Notify", STATE, "ENGAGEMENT#acme-prod", "grant oneself an engagement"),
    ("Notify", TRAIL, "VENDS#alice", "say what came of a vend"),
    ("Anonymous", STATE, "ENGAGEMENT#acme-prod", "grant oneself, or prove a role"),
    ("Anonymous", STATE, "EXTERNALID#daypass-1", "take an external ID"),
    ("Anonymous", STATE, "LEADS", "be counted among the leads"),
    ("Anonymous", TRAIL, "VENDS#alice", "say what came of somebody's vend"),
    ("Anonymous", TRAIL, "ENGAGEMENT#acme-prod", "write a client's history"),
    ("Slack", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("Slack", STATE, "ENGAGEMENT#acme-prod", "grant oneself an engagement"),
    ("FirstLead", STATE, "ENGAGEMENT#acme-prod", "grant oneself an engagement"),
    ("Enter", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("ClientCheck", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("ClientCheck", TRAIL, "FIRM", "say that it was done by somebody else"),
    ("Sweep", STATE, "MEMBER#mallory", "make oneself a lead"),
    ("Sweep", STATE, "ACCESSLINK#1", "make a link that opens a client"),
    ("APIHandler", STATE, "ACCESSLINK#1", "make a link that opens a client"),
]


def item(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "1"}}


def in_the_function(aws: Endpoint, function: str, name: str = "") -> Credentials:
    role = f"arn:aws:iam::{FIRM}:role/{functions.roles()[function]}"
    return run_as(aws, role, name or functions.deployed_name(function))


@pytest.mark.parametrize(("function", "table", "pk", "attack"), ATTACKS)
def test_a_function_cannot(
    aws: Endpoint, foundation: Foundation, function: str, table: str, pk: str, attack: str
) -> None:
    """By itself or in a transaction."""
    client = in_the_function(aws, function).client("dynamodb")
    alone = refusal(client.put_item, TableName=table, Item=item(pk))
    put = {"Put": {"TableName": table, "Item": item(pk)}}
    in_one = refusal(client.transact_write_items, TransactItems=[put])
    for error in (alone, in_one):
        assert error is not None, attack
        assert error.code == "AccessDeniedException"


@pytest.mark.parametrize("function", [one for one in ITSELF if "Prober" not in one])
def test_a_function_of_another_name_that_is_given_its_role_gets_nothing_from_the_tables(
    aws: Endpoint, foundation: Foundation, function: str
) -> None:
    """Whoever may hand the role to a function of their own gains nothing by it."""
    client = in_the_function(aws, function, "mallorys-function").client("dynamodb")
    for call, more in ((client.get_item, {"Key": item("LEADS")}), (client.scan, {})):
        error = refusal(call, TableName=STATE, **more)
        assert error is not None
        assert error.code == "AccessDeniedException"


def test_nor_does_it_enter_a_client(aws: Endpoint, foundation: Foundation) -> None:
    anybodys = new_role(aws, CLIENT, trust=[trusting("*")])
    assert in_the_function(aws, "Enter").may(anybodys)
    assert not in_the_function(aws, "Enter", "mallorys-function").may(anybodys)


@pytest.mark.parametrize("function", ["Enter", "ClientCheck"])
def test_of_the_brokers_functions_those_that_vend_read_no_lists(
    aws: Endpoint, foundation: Foundation, function: str
) -> None:
    query = {
        "TableName": STATE,
        "IndexName": "by-list",
        "KeyConditionExpression": "#l = :l",
        "ExpressionAttributeNames": {"#l": "list"},
        "ExpressionAttributeValues": {":l": {"S": "MEMBERS"}},
    }
    for reads in ("Sweep", "SlackWork"):
        assert refusal(in_the_function(aws, reads).client("dynamodb").query, **query) is None
    assert refusal(in_the_function(aws, function).client("dynamodb").query, **query) is not None


SET = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("update_item", {"TableName": TRAIL, "Key": item("FIRM"), **SET}),
    ("delete_item", {"TableName": TRAIL, "Key": item("FIRM")}),
    ("batch_write_item", {"RequestItems": {TRAIL: [{"PutRequest": {"Item": item("FIRM")}}]}}),
    ("batch_write_item", {"RequestItems": {TRAIL: [{"DeleteRequest": {"Key": item("FIRM")}}]}}),
    (
        "transact_write_items",
        {"TransactItems": [{"Delete": {"TableName": TRAIL, "Key": item("FIRM")}}]},
    ),
    (
        "transact_write_items",
        {"TransactItems": [{"Update": {"TableName": TRAIL, "Key": item("FIRM"), **SET}}]},
    ),
    (
        "update_time_to_live",
        {
            "TableName": TRAIL,
            "TimeToLiveSpecification": {"AttributeName": "at", "Enabled": True},
        },
    ),
]


@pytest.fixture(scope="module")
def may_do_everything(aws: Endpoint) -> Any:
    """Somebody of the firm's whose own policies allow everything."""
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = [trusting({"Service": "lambda.amazonaws.com"})]
    role = new_role(aws, FIRM, trust=trust, permissions=[anything])
    return run_as(aws, role).client("dynamodb")


@pytest.mark.parametrize(("operation", "parameters"), CHANGES)
def test_the_trail_is_changed_by_nobody_whatever_their_own_policies_allow(
    foundation: Foundation, may_do_everything: Any, operation: str, parameters: dict[str, Any]
) -> None:
    error = refusal(getattr(may_do_everything, operation), **parameters)
    assert error is not None
    assert error.code == "AccessDeniedException"


def test_it_can_be_read_and_put_back_by_who_may(
    foundation: Foundation, may_do_everything: Any
) -> None:
    """Point-in-time recovery and `make deploy` go on as before."""
    assert refusal(may_do_everything.scan, TableName=TRAIL) is None
    put = {"TableName": TRAIL, "Item": item("FIRM#of-a-test")}
    assert refusal(may_do_everything.put_item, **put) is None
    described = may_do_everything.describe_continuous_backups(TableName=TRAIL)
    assert described["ContinuousBackupsDescription"]["ContinuousBackupsStatus"] == "ENABLED"


def test_lambda_is_let_in_for_this_account_alone(aws: Endpoint, foundation: Foundation) -> None:
    iam = aws.as_root(FIRM, "iam")
    for role in set(functions.roles().values()):
        (trust,) = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": sample_accounts.FIRM}}
        assert run_as(aws, f"arn:aws:iam::{FIRM}:role/{role}").access_key_id
