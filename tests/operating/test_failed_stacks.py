"""Continue with a stack that failed, and say why it failed."""

import io

import pytest

from operating import change_sets, stacks
from operating.console import Stop
from operating.doctor.checks import check_stack_states
from operating.doctor.findings import Kind
from operating.stacks import APP, FOUNDATION, Stack
from tests.operating.scripted import refusal
from tests.rows import every

ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/it/1"
TEMPLATE = {"Resources": {"It": {"Type": "AWS::S3::Bucket"}}}


def stack(name, status):
    return Stack(ID, name, status, {}, {}, is_protected=False)


CONTINUES = (
    "The next deployment continues with this stack. Keep the settings of the first try until a"
)
CREATED_AGAIN = "The next deployment deletes the incomplete stack, and creates it again."
CONTINUE = "continue-update-rollback --stack-name"
DELETE, UPDATED = "delete-stack --stack-name", "can be updated"
NEVER_CREATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")


@every(
    "name, status, kind, message",
    [
        (FOUNDATION, "CREATE_FAILED", Kind.NOTE, CONTINUES),
        *((FOUNDATION, status, Kind.STOP, DELETE) for status in NEVER_CREATED),
        *((APP, status, Kind.NOTE, CREATED_AGAIN) for status in (*NEVER_CREATED, "CREATE_FAILED")),
        *((name, "UPDATE_FAILED", Kind.NOTE, CONTINUES) for name in (FOUNDATION, APP)),
        *((name, "UPDATE_ROLLBACK_FAILED", Kind.STOP, CONTINUE) for name in (FOUNDATION, APP)),
        *((name, "UPDATE_ROLLBACK_COMPLETE", Kind.OK, UPDATED) for name in (FOUNDATION, APP)),
    ],
)
def test_the_doctor_suggests_what_the_state_allows(name, status, kind, message):
    failed = stack(name, status)
    pair = (failed, None) if name == FOUNDATION else (None, failed)
    findings = check_stack_states(*pair)
    (finding,) = [finding for finding in findings if "does not exist yet" not in finding.text]
    assert finding.kind is kind
    assert message in finding.text
    assert "rollback-stack" not in finding.text


CHANGE_SET = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/it/1"


@pytest.fixture(autouse=True)
def agreed(monkeypatch):
    monkeypatch.setenv("YES", "1")


def describe(status):
    """Return AWS's response for a stack with this status, or for no stack."""
    if status is None:
        return refusal("ValidationError", "It does not exist")
    tags = [{"Key": "owner", "Value": "platform"}]
    stack = {"StackId": ID, "StackName": "it", "StackStatus": status, "Tags": tags}
    return {"Stacks": [stack]}


def deploy(cli, before, *afterwards, is_permanent, uploaded=None, tags=None):
    """Deploy to a stack in the status `before`. Afterwards it has these statuses, one after the
    other."""
    change = {"Action": "Add", "LogicalResourceId": "It", "ResourceType": "AWS::S3::Bucket"}
    aws = cli.answers(
        cloudformation__describe_stacks=[
            *map(describe, (before, before or "REVIEW_IN_PROGRESS", *afterwards)),
        ],
        cloudformation__deploy=[{"Changeset created": CHANGE_SET}],
        cloudformation__describe_change_set=[
            {"StackId": ID, "Changes": [{"ResourceChange": change}]}
        ],
        cloudformation__get_template=[{"TemplateBody": uploaded or TEMPLATE}],
        cloudformation__delete_change_set=[{}],
        cloudformation__delete_stack=[{}],
        cloudformation__execute_change_set=[{}],
        cloudformation__describe_stack_events=[{"StackEvents": []}],
    )
    change_sets.deploy_template(
        aws,
        "it",
        TEMPLATE,
        {"FirmName": "A & B"},
        is_permanent=is_permanent,
        bucket="a-bucket",
        tags=tags,
    )


@pytest.mark.parametrize(
    ("tags", "passed"),
    [(None, "owner=platform"), ({"stage": "test"}, "stage=test"), ({}, None)],
)
def test_tags_that_are_not_set_are_passed_again(cli, tags, passed):
    deploy(cli, "UPDATE_COMPLETE", "UPDATE_COMPLETE", is_permanent=True, tags=tags)
    (arguments,) = cli.calls("cloudformation", "deploy")
    pair = arguments[arguments.index("--tags") + 1] if "--tags" in arguments else None
    assert pair == passed


def test_the_cli_creates_the_change_set_and_daypass_executes_it(cli):
    deploy(cli, "UPDATE_COMPLETE", "UPDATE_COMPLETE", is_permanent=True)
    (arguments,) = cli.calls("cloudformation", "deploy")
    assert {"--no-execute-changeset", "--no-fail-on-empty-changeset", "--force-upload"} < {
        *arguments
    }
    assert arguments[arguments.index("--parameter-overrides") + 1] == "FirmName=A & B"
    assert arguments[arguments.index("--s3-bucket") + 1] == "a-bucket"
    (executed,) = cli.calls("cloudformation", "execute-change-set")
    assert executed[executed.index("--change-set-name") + 1] == CHANGE_SET


def test_a_template_that_was_replaced_in_the_bucket_is_not_deployed(cli):
    another = TEMPLATE | {"Resources": {"Backdoor": {}}}
    with pytest.raises(
        Stop, match="received a template for it that differs from the one in this folder"
    ):
        deploy(cli, "UPDATE_COMPLETE", "", is_permanent=False, uploaded=another)
    assert cli.calls("cloudformation", "execute-change-set") == []
    (read,) = cli.calls("cloudformation", "get-template")
    assert read[read.index("--template-stage") + 1] == "Original"
    assert len(cli.calls("cloudformation", "delete-change-set")) == 1


@pytest.mark.parametrize(
    ("meanwhile", "deleted"),
    [
        ("REVIEW_IN_PROGRESS", [ID]),
        *((status, []) for status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE", None)),
    ],
)
def test_a_declined_creation_leaves_the_stack_that_another_operator_created(
    cli, monkeypatch, meanwhile, deleted
):
    monkeypatch.setenv("YES", "0")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(Stop, match="Nothing was changed in it"):
        deploy(cli, None, meanwhile, "DELETE_COMPLETE", is_permanent=True)
    calls = cli.calls("cloudformation", "delete-stack")
    assert [call[call.index("--stack-name") + 1] for call in calls] == deleted


def test_a_deletion_leaves_a_newer_stack_with_the_same_name(cli):
    aws = cli.answers(
        cloudformation__delete_stack=[{}],
        cloudformation__describe_stacks=[describe("DELETE_COMPLETE")],
    )
    stacks.delete_stack(aws, stack("it", "ROLLBACK_COMPLETE"))
    (call,) = cli.calls("cloudformation", "delete-stack")
    assert call[call.index("--stack-name") + 1] == ID


@pytest.mark.parametrize(
    ("before", "is_permanent", "flag"),
    [
        (None, True, "--disable-rollback"),
        ("REVIEW_IN_PROGRESS", True, "--disable-rollback"),
        ("CREATE_FAILED", True, "--disable-rollback"),
        ("UPDATE_FAILED", True, "--disable-rollback"),
        ("UPDATE_FAILED", False, "--disable-rollback"),
        ("UPDATE_COMPLETE", True, "--no-disable-rollback"),
        ("UPDATE_ROLLBACK_COMPLETE", True, "--no-disable-rollback"),
        (None, False, "--no-disable-rollback"),
        ("REVIEW_IN_PROGRESS", False, "--no-disable-rollback"),
        ("CREATE_COMPLETE", False, "--no-disable-rollback"),
    ],
)
def test_every_execution_says_whether_to_roll_back_a_failure(cli, before, flag, *, is_permanent):
    deploy(cli, before, "UPDATE_COMPLETE", is_permanent=is_permanent)
    (executed,) = cli.calls("cloudformation", "execute-change-set")
    assert [text for text in executed if "rollback" in text] == [flag]


@pytest.mark.parametrize(
    ("after", "keeps"),
    [("CREATE_FAILED", True), ("UPDATE_FAILED", True), ("UPDATE_ROLLBACK_COMPLETE", False)],
)
def test_a_half_created_stack_needs_the_same_settings(cli, after, *, keeps):
    with pytest.raises(Stop, match="run the command again") as stop:
        deploy(cli, "CREATE_FAILED", after, is_permanent=True)
    assert ("Keep the settings of the first try" in str(stop.value)) is keeps


def event(name, status, reason=""):
    physical = ID if name == "it" else f"physical {name}"
    fields = {"StackId": ID, "PhysicalResourceId": physical, "LogicalResourceId": name}
    return fields | {"ResourceStatus": status, "ResourceStatusReason": reason}


OTHER_EVENTS = [event(f"R{n}", "DELETE_COMPLETE") for n in range(200)]
STARTED_EVENTS = [
    event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
    event("Table", "CREATE_FAILED", "Table already exists"),
    event("it", "UPDATE_IN_PROGRESS"),
]


def failure_reason(cli, events):
    """Return the reason that these events give, newest first."""
    aws = cli.answers(cloudformation__describe_stack_events=[{"StackEvents": events}])
    return stacks.find_failure_reason(aws, stack("it", "UPDATE_ROLLBACK_COMPLETE"))


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([event("it", "UPDATE_FAILED", "Template error"), event("it", "UPDATE_IN_PROGRESS")],
         "Template error"),
        ([event("Bucket", "DELETE_FAILED", "not empty"), event("it", "DELETE_IN_PROGRESS"),
          event("Table", "CREATE_FAILED", "of another time")], "Bucket: not empty"),
        ([event("it", "UPDATE_ROLLBACK_COMPLETE"), event("it", "UPDATE_IN_PROGRESS")],
         "AWS CloudFormation gives no reason"),
        ([], "AWS CloudFormation gives no reason"),
        ([*OTHER_EVENTS, *STARTED_EVENTS, event("Role", "CREATE_FAILED", "of another time"),
          event("it", "CREATE_IN_PROGRESS")], "Table: Table already exists"),
    ],
)  # fmt: skip
def test_the_reason_is_of_the_last_operation(cli, events, reason):
    assert failure_reason(cli, events) == reason
