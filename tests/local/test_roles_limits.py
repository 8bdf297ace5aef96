"""Limits of each function's role: what an attacker who controls it cannot do with the tables."""

import pytest

from local import functions
from local.sample_accounts import FIRM
from local.slack.workspace import SIGNING, WEBHOOK
from tests.local.scene import CLIENT, function, new_role, refusal, run_as, trusting
from tests.rows import every

STATE, TRAIL = "daypass-state", "daypass-trail"
FUNCTIONS = sorted(set(functions.roles()))
# Function, table, partition key to put, and the purpose of the attack.
ATTACKS = [
    ("Watch", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Watch", STATE, "LEADS", "be counted among the leads"),
    ("Watch", TRAIL, "VENDS#alice", "write the outcome of a vend"),
    ("Notify", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Notify", STATE, "ENGAGEMENT#acme-prod", "grant themselves access to an engagement"),
    ("Notify", TRAIL, "VENDS#alice", "write the outcome of a vend"),
    (
        "Anonymous",
        STATE,
        "ENGAGEMENT#acme-prod",
        "grant themselves access, or mark a role as verified",
    ),
    ("Anonymous", STATE, "EXTERNALID#daypass-1", "reserve an external ID"),
    ("Anonymous", STATE, "LEADS", "be counted among the leads"),
    ("Anonymous", TRAIL, "VENDS#alice", "write the outcome of another member's vend"),
    ("Anonymous", TRAIL, "ENGAGEMENT#acme-prod", "write an entry on an engagement's trail"),
    ("ClientApproval", STATE, "REQUEST#alice", "approve a request of any client"),
    ("ClientApproval", STATE, "APPROVEDGRANT#alice", "open access to any client"),
    ("ClientApproval", STATE, "GIVENAPPROVAL#acme-prod/jo", "approve in someone's name"),
    ("ClientApproval", TRAIL, "ENGAGEMENT#acme-prod", "write an entry on an engagement's trail"),
    ("ClientDecision", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("ClientDecision", STATE, "ENGAGEMENT#acme-prod", "grant themselves access to an engagement"),
    ("ClientDecision", STATE, "BLOCK#", "stop everything"),
    ("ClientDecision", TRAIL, "VENDS#alice", "write the outcome of a vend"),
    ("ClientDecision", TRAIL, "FIRM", "blame someone else for a change"),
    ("Web", STATE, "ACCESSLINK#1", "create an access link"),
    ("Web", STATE, "BLOCK#acme-prod", "pause an engagement in the client's name"),
    ("Web", STATE, "APPROVERLINK#1", "decide in a client's name"),
    ("Web", STATE, "OVERVIEW", "hide someone from the overview"),
    ("Overview", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Overview", STATE, "WEBSESSION#1", "sign someone in to the web console"),
    ("Overview", TRAIL, "FIRM", "blame someone else for a change"),
    ("Overview", TRAIL, "VENDS#alice", "write the outcome of a vend"),
    ("Digest", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Digest", TRAIL, "FIRM", "add what it then signs"),
    ("Slack", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Slack", STATE, "ENGAGEMENT#acme-prod", "grant themselves access to an engagement"),
    ("FirstLead", STATE, "ENGAGEMENT#acme-prod", "grant themselves access to an engagement"),
    ("Enter", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("ClientCheck", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("ClientCheck", STATE, "WEBLINK#1", "create a link that signs someone else in"),
    ("ClientCheck", STATE, "WEBSESSION#1", "sign someone in to the web console"),
    ("Sweep", STATE, "MEMBER#mallory", "make themselves a lead"),
    ("Sweep", STATE, "ACCESSLINK#1", "create an access link"),
    ("APIHandler", STATE, "ACCESSLINK#1", "create an access link"),
]


def item(pk):
    return {"pk": {"S": pk}, "sk": {"S": "1"}}


def in_the_function(aws, function, name=""):
    role = f"arn:aws:iam::{FIRM}:role/{functions.roles()[function]}"
    return run_as(aws, role, name or functions.deployed_name(function))


@every("function, table, pk, attack", ATTACKS)
def test_a_function_cannot(aws, foundation, function, table, pk, attack):
    """Refuse the put alone and in a transaction."""
    client = in_the_function(aws, function).client("dynamodb")
    alone = refusal(client.put_item, TableName=table, Item=item(pk))
    put = {"Put": {"TableName": table, "Item": item(pk)}}
    in_transaction = refusal(client.transact_write_items, TransactItems=[put])
    for error in (alone, in_transaction):
        assert error is not None, attack
        assert error.code == "AccessDeniedException"


@every("function", [name for name in FUNCTIONS if "Prober" not in name])
def test_another_function_with_the_same_role_cannot_read_the_tables(aws, foundation, function):
    """Passing the role to a function of one's own gives no access."""
    client = in_the_function(aws, function, "mallorys-function").client("dynamodb")
    for call, more in ((client.get_item, {"Key": item("LEADS")}), (client.scan, {})):
        error = refusal(call, TableName=STATE, **more)
        assert error.code == "AccessDeniedException"


def test_another_function_with_the_same_role_cannot_assume_a_clients_role(aws, foundation):
    open_role = new_role(aws, CLIENT, trust=[trusting("*")])
    assert in_the_function(aws, "Enter").may(open_role)
    assert not in_the_function(aws, "Enter", "mallorys-function").may(open_role)


@every("function", ["Enter", "ClientCheck"])
def test_the_functions_that_vend_cannot_read_lists(aws, foundation, function):
    query = {
        "TableName": STATE,
        "IndexName": "by-list",
        "KeyConditionExpression": "#l = :l",
        "ExpressionAttributeNames": {"#l": "list"},
        "ExpressionAttributeValues": {":l": {"S": "MEMBERS"}},
    }
    for reads in ("Sweep", "APIHandler"):
        assert refusal(in_the_function(aws, reads).client("dynamodb").query, **query) is None
    assert refusal(in_the_function(aws, function).client("dynamodb").query, **query) is not None


ROLES = sorted(set(functions.roles().values()))
# Each parameter's only reader, and whether it writes the parameter, too.
PARAMETERS = {
    SIGNING: ("daypass-slack", False),
    WEBHOOK: ("daypass-notify", False),
    "/daypass/prober": ("daypass-prober", True),
    "/daypass/another": ("", False),
}


@every("name", PARAMETERS)
@every("role", ROLES)
def test_only_the_designated_role_reads_a_parameter(aws, foundation, role, name):
    """Otherwise, an attacker in the function that posts to the channel could sign commands as a
    lead."""
    put = {"Name": name, "Value": "x", "Type": "SecureString", "Overwrite": True}
    aws.as_root(FIRM, "ssm").put_parameter(**put)
    client = run_as(aws, f"arn:aws:iam::{FIRM}:role/{role}").client("ssm")
    reader, writes = PARAMETERS[name]
    error = refusal(client.get_parameter, Name=name, WithDecryption=True)
    assert (error is None) is (role == reader)
    assert (refusal(client.put_parameter, **put) is None) is (role == reader and writes)


INVOKED = {
    "daypass-SlackWork-abc": "daypass-slack",
    "daypass-ClientDecision-abc": "daypass-client-approval",
    "daypass-FirstLead-abc": "",
    "another": "",
}


@every("function", INVOKED)
@every("role", ROLES)
def test_only_the_designated_role_invokes_a_function(aws, foundation, role, function):
    client = run_as(aws, f"arn:aws:iam::{FIRM}:role/{role}").client("lambda")
    error = refusal(client.invoke, FunctionName=function)
    # The functions do not exist here, so a permitted call fails too, with another code.
    assert error.code.startswith("AccessDenied") is not (role == INVOKED[function])


AN_ENTRY = {"TableName": TRAIL, "Key": item("FIRM")}
SET = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
CHANGES = [
    ("update_item", {**AN_ENTRY, **SET}),
    ("delete_item", AN_ENTRY),
    ("batch_write_item", {"RequestItems": {TRAIL: [{"PutRequest": {"Item": item("FIRM")}}]}}),
    ("batch_write_item", {"RequestItems": {TRAIL: [{"DeleteRequest": {"Key": item("FIRM")}}]}}),
    ("transact_write_items", {"TransactItems": [{"Delete": AN_ENTRY}]}),
    ("transact_write_items", {"TransactItems": [{"Update": {**AN_ENTRY, **SET}}]}),
    (
        "update_time_to_live",
        {"TableName": TRAIL, "TimeToLiveSpecification": {"AttributeName": "at", "Enabled": True}},
    ),
]


@pytest.fixture(scope="module")
def may_do_everything(aws):
    """Return a client with a role of the firm whose own policies allow everything."""
    return function(aws)[1].client("dynamodb")


@every("operation, parameters", CHANGES)
def test_no_role_can_change_the_trail_whatever_its_own_policies_allow(
    foundation, may_do_everything, operation, parameters
):
    error = refusal(getattr(may_do_everything, operation), **parameters)
    assert error.code == "AccessDeniedException"


def test_roles_with_permission_can_read_and_restore_the_trail(foundation, may_do_everything):
    """Point-in-time recovery and `make deploy` need this."""
    assert refusal(may_do_everything.scan, TableName=TRAIL) is None
    put = {"TableName": TRAIL, "Item": item("FIRM#of-a-test")}
    assert refusal(may_do_everything.put_item, **put) is None
    described = may_do_everything.describe_continuous_backups(TableName=TRAIL)
    assert described["ContinuousBackupsDescription"]["ContinuousBackupsStatus"] == "ENABLED"
