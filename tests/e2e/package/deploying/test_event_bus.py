"""Each entry of the trail reaches an event bus, as an event that a rule sends to a queue."""

import json
import re

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.failures import remove_type_tags
from chalicelib.domain.evidence.export import format_line
from chalicelib.domain.trail import Entry
from local.sample_accounts import FIRM
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.deployed import Deployed, session
from tests.e2e.package.deploying.operator import Operator, wait_until
from tests.running import read_file

BUS = f"arn:aws:events:us-east-1:{FIRM}:event-bus/siem"
ROLE = "daypass-publish"


class Queue:
    """The queue of a SIEM, which a rule of the bus fills."""

    def __init__(self, operator):
        self.events = []
        self._sqs = operator.client("sqs")
        self._url = self._sqs.create_queue(QueueName="siem")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        events = operator.client("events")
        events.create_event_bus(Name="siem")
        events.put_rule(Name="daypass", EventBusName="siem", EventPattern=documented_pattern())
        target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="daypass", EventBusName="siem", Targets=[target])

    def receive(self):
        """Return all events until now, in the order of their arrival."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in messages:
                self.events.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self.events


def documented_pattern():
    (pattern,) = re.findall(r"```json\n(\{\n  \"source\".*?)```", read_file("docs/export.md"), re.S)
    return pattern


@pytest.fixture(scope="module")
def operator(aws_cli, build):
    with aws_running(build) as endpoint:
        yield Operator(endpoint, FIRM, aws_cli, build.folder)


@pytest.fixture(scope="module")
def queue(operator):
    return Queue(operator)


@pytest.fixture(scope="module")
def deployed(operator, queue):
    assert queue.events == []
    deployed = Deployed(operator, operator.deploy(EVENT_BUS=BUS))
    deployed.bob = deployed.add_member("bob")
    deployed.open_engagement("acme-prod", "ContractorRole", "bob")
    return deployed


def trail(deployed):
    """Return the line in an export of each entry, by its ID."""
    pages = deployed.client("dynamodb").get_paginator("scan").paginate(TableName="daypass-trail")
    items = [item for page in pages for item in page["Items"]]
    bodies = [remove_type_tags(item["body"]["M"]) for item in items]
    entries = [keys.parse_body(Entry, body) for body in bodies]
    return {entry.id: json.loads(format_line(entry)) for entry in entries}


def received(queue):
    return {event["detail"]["id"]: event["detail"] for event in queue.receive()}


def test_each_entry_is_an_event_within_a_minute(deployed, queue):
    wait_until(lambda: received(queue) == trail(deployed))
    count = len(queue.events)
    vend = session(deployed, deployed.bob, "acme-prod")["vend"]
    wait_until(lambda: received(queue) == trail(deployed))  # within half a minute
    assert len(queue.events) == count + 2  # each entry once, because nothing failed
    outcomes = [each["outcome"] for each in received(queue).values() if each["vend"] == vend]
    assert sorted(outcomes) == ["intended", "issued"]
    kinds = {(event["source"], event["detail-type"]) for event in queue.events}
    assert kinds == {("daypass", "Daypass Trail Entry")}


def test_the_functions_role_may_do_what_it_does_and_nothing_else(deployed, queue):
    wait_until(lambda: received(queue) == trail(deployed))
    iam = deployed.client("iam")
    document = iam.get_role_policy(RoleName=ROLE, PolicyName="publish")["PolicyDocument"]
    allowed = {
        (action, resource)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow" and statement["Sid"] != "Logs"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    table = deployed.client("dynamodb").describe_table(TableName="daypass-trail")["Table"]
    reads = {(action, table["LatestStreamArn"]) for action, _ in allowed} - {
        ("events:PutEvents", table["LatestStreamArn"])
    }
    assert allowed == reads | {("events:PutEvents", BUS)}
    assert {(each.action, each.resource) for each in decisions(deployed, "Allow")} == allowed


def decisions(deployed, decision):
    made = deployed.aws.policy_decisions()
    return [each for each in made if each.role.endswith(f"/{ROLE}") and each.decision == decision]


def listed(one_or_more):
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


@pytest.mark.parametrize(
    ("lost", "action"), [("Events", "events:PutEvents"), ("Stream", "dynamodb:GetRecords")]
)
def test_no_entry_is_lost_while_the_role_lacks_a_permission(deployed, queue, lost, action):
    iam = deployed.client("iam")
    names = {"RoleName": ROLE, "PolicyName": "publish"}
    document = iam.get_role_policy(**names)["PolicyDocument"]
    rest = [each for each in document["Statement"] if each["Sid"] != lost]
    wait_until(lambda: received(queue) == trail(deployed))
    iam.put_role_policy(
        **names, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rest})
    )
    vends = {session(deployed, deployed.bob, "acme-prod")["vend"] for _ in range(12)}
    wait_until(lambda: action in {each.action for each in decisions(deployed, "ImplicitDeny")})
    assert not vends & {detail["vend"] for detail in received(queue).values()}
    iam.put_role_policy(**names, PolicyDocument=json.dumps(document))
    wait_until(lambda: received(queue) == trail(deployed))
    assert vends <= {detail["vend"] for detail in received(queue).values()}


def test_without_a_bus_nothing_is_left_and_a_bus_gets_the_last_days_entries(deployed, queue):
    deployed.operator.deploy(EVENT_BUS="")
    functions = deployed.client("lambda").list_functions()["Functions"]
    assert not [each for each in functions if "Publish" in each["FunctionName"]]
    assert deployed.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    roles = [role["RoleName"] for role in deployed.client("iam").list_roles()["Roles"]]
    assert ROLE not in roles
    vend = session(deployed, deployed.bob, "acme-prod")["vend"]
    deployed.operator.deploy(EVENT_BUS=BUS)
    wait_until(lambda: received(queue) == trail(deployed))
    assert vend in {detail["vend"] for detail in received(queue).values()}
