"""The foundation stack: its tables, and the permissions of the broker role."""

import pytest

from local import functions, sample_accounts
from local.sample_accounts import FIRM, ORGANIZATION, OTHER_ACCOUNTS
from tests.local.scene import ALL_THREE, CLIENT, create_stack, new_role, refusal, run_as, trusting


@pytest.fixture(scope="module")
def broker(aws, foundation):
    return run_as(aws, foundation.broker_role_arn, functions.deployed_name("Enter"))


@pytest.fixture(scope="module")
def dynamodb(broker):
    return broker.client("dynamodb")


@pytest.mark.parametrize(
    ("table", "indexes"),
    [
        ("daypass-state", {"by-list"}),
        ("daypass-trail", {"by-day", "by-engagement", "by-actor", "by-subject"}),
    ],
)
def test_a_table_is_protected_encrypted_and_recoverable(aws, foundation, table, indexes):
    assert table in (foundation.state_table, foundation.trail_table)
    root = aws.as_root(FIRM, "dynamodb")
    description = root.describe_table(TableName=table)["Table"]
    assert description["DeletionProtectionEnabled"] is True
    assert description["SSEDescription"]["Status"] == "ENABLED"
    assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert {index["IndexName"] for index in description["GlobalSecondaryIndexes"]} == indexes
    backups = root.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert recovery == "ENABLED"
    live = root.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    # DynamoDB deletes no entry of the trail, and only those items of the state with `gone_after`.
    assert live["TimeToLiveStatus"] == ("ENABLED" if table == "daypass-state" else "DISABLED")
    assert live.get("AttributeName", "gone_after") == "gone_after"
    assert refusal(root.delete_table, TableName=table) is not None


def test_the_broker_assumes_clients_roles_and_none_of_the_firms(aws, broker):
    open_trust = [trusting("*", *ALL_THREE)]
    ours = [{"Key": "DaypassMember", "Value": "ana"}, {"Key": "DaypassEngagement", "Value": "acme"}]
    sent = {"SourceIdentity": "ana", "Tags": ours}
    assert broker.may(new_role(aws, CLIENT, trust=open_trust), **sent)
    assert not broker.may(new_role(aws, FIRM, trust=open_trust), **sent)
    assert not broker.may(f"arn:aws:iam::{FIRM}:role/daypass-broker", **sent)


def test_the_broker_assumes_no_role_in_other_accounts_of_the_firm(aws, broker):
    """It refuses listed accounts, and accounts in the firm's organization."""
    for account in OTHER_ACCOUNTS:
        assert not broker.may(new_role(aws, account, trust=[trusting("*")]))
    of_client = new_role(aws, CLIENT, trust=[trusting("*")])
    with aws.organization(ORGANIZATION, CLIENT):
        assert not broker.may(of_client)
    with aws.organization("o-theirs12345", CLIENT):
        assert broker.may(of_client)
    assert broker.may(of_client)


def test_the_policy_of_a_firm_with_one_account_has_no_further_denials(aws):
    """Both parameters are optional. An empty one must not become a denial of everything."""
    account = "555566667777"
    create_stack(aws, account, "alone", **sample_accounts.read_foundation_template())
    iam = aws.as_root(account, "iam")
    policy = iam.get_role_policy(RoleName="daypass-broker", PolicyName="broker")["PolicyDocument"]
    denied = [item["Sid"] for item in policy["Statement"] if item["Effect"] == "Deny"]
    assert denied == ["OnlyInItsFunctions", "NeverOurselves", "OurTagsAlone"]


@pytest.mark.parametrize(
    ("keys", "may"),
    [
        (["DaypassMember"], True),
        (["DaypassMember", "DaypassEngagement"], True),
        (["Department"], False),
        (["DaypassMember", "Department"], False),
        (["daypassmember"], False),
    ],
)
def test_the_broker_can_set_only_its_own_two_tags(aws, broker, keys, *, may):
    """This holds even if the client's trust policy allows any tag."""
    open_role = new_role(aws, CLIENT, trust=[trusting("*", "sts:AssumeRole", "sts:TagSession")])
    assert broker.may(open_role, Tags=[{"Key": key, "Value": "x"} for key in keys]) is may


IN_ENTER = {
    "ContextKeyName": "lambda:SourceFunctionArn",
    "ContextKeyType": "string",
    "ContextKeyValues": [
        f"arn:aws:lambda:us-east-1:{FIRM}:function:{functions.deployed_name('Enter')}"
    ],
}


def simulated(broker, role_arn, resource):
    response = broker.client("iam").simulate_principal_policy(
        PolicySourceArn=role_arn,
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[resource],
        ContextEntries=[IN_ENTER],
    )
    return response["EvaluationResults"][0]["EvalDecision"]


@pytest.mark.parametrize(
    ("account", "decision"), [(CLIENT, "allowed"), (FIRM, "explicitDeny"), ("", "implicitDeny")]
)
def test_the_broker_can_simulate_its_own_permissions(broker, foundation, account, decision):
    resource = f"arn:aws:iam::{account}:role/Any" if account else "arn:aws:iam::1:user/x"
    assert simulated(broker, foundation.broker_role_arn, resource) == decision


def test_the_broker_can_simulate_no_other_role(aws, broker):
    other = new_role(aws, FIRM, trust=[trusting("*")])
    error = refusal(simulated, broker, other, "*")
    assert error.code == "AccessDenied"
