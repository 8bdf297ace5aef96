"""The foundation's template: the retained resources, and each role's permissions."""

import json
import re
from fnmatch import fnmatchcase

import botocore.session
import package

from chalicelib.entrypoints.http.routes import Function
from local import functions
from operating.change_sets import encode_template
from tests.permitted import listed, statements
from tests.rows import every
from tests.running import read_file

FOUNDATION = package.foundation()["Resources"]


# Removed addresses must get no more mail. Roles that only this account names would stay assumable.
DELETED_WITH_STACK = {
    "AlarmMail",
    "AnonymousRole",
    "ApiRole",
    "ClientApprovalRole",
    "ClientDecisionRole",
    "DigestRole",
    "GatewayInUse",
    "NoticeMail",
    "NoticeTopic",
    "NotifyRole",
    "OperatorRole",
    "OverviewRole",
    "ProberRole",
    "SlackRole",
    "SlackWorkRole",
    "StaticRole",
    "WarningMail",
    "WarningTopic",
    "WatchRole",
    "WebRole",
}
ROLES = {
    resource["Properties"]["RoleName"]: name
    for name, resource in FOUNDATION.items()
    if resource["Type"] == "AWS::IAM::Role" and name != "GatewayLogsRole"
}


PUBLISH_ROLE = package.app()["Resources"]["PublishRole"]


@every("name", FOUNDATION)
def test_only_resources_that_others_rely_on_outlive_the_stack(name):
    """Keep tables and broker for their content and identity, and the bucket to keep its name
    taken."""
    resource = FOUNDATION[name]
    policy = None if name in DELETED_WITH_STACK else "Retain"
    assert (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == (policy, policy)


def test_every_function_has_a_role_of_the_foundation_and_every_role_a_function():
    app = package.app()["Resources"]
    deployed = {name for name, resource in app.items() if "Role" in resource.get("Properties", {})}
    assert {*functions.roles(), "Publish"} == deployed
    assert set(functions.roles().values()) == set(ROLES)
    assert {function.value for function in Function} <= deployed


@every("role", ROLES)
def test_a_role_trusts_only_lambda(role):
    """Lambda takes a role of the function's own account only (`docs/decisions`)."""
    trust = FOUNDATION[ROLES[role]]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def actions_of(role):
    return {action for statement in statements(role) for action in listed(statement["Action"])}


@every("role", ROLES)
def test_a_role_may_do_nothing_but_what_is_listed(role):
    """Only the broker may call AWS STS. Each role puts and checks only under the listed keys, and
    writes only its own functions' logs."""
    services = {action.partition(":")[0] for action in actions_of(role)}
    allowed_services = {"dynamodb", "lambda", "logs", "s3", "sns", "ssm"}
    if role == "daypass-digest":
        allowed_services.add("kms")
    assert role == "daypass-broker" or services <= allowed_services
    for statement in statements(role):
        actions = set(listed(statement["Action"]))
        if statement["Effect"] != "Allow":
            continue
        assert not [action for action in actions if "*" in action]
        assert "*" not in listed(statement["Resource"])
        assert not {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} & actions
        if {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"} & actions:
            condition = statement["Condition"]
            assert condition["ForAllValues:StringLike"].keys() == {"dynamodb:LeadingKeys"}
            assert "*" not in condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
            assert len(actions) == 1
    (logs,) = [statement for statement in statements(role) if statement["Sid"] == "Logs"]
    groups = [item["Fn::Sub"].rpartition(":log-group:")[2] for item in listed(logs["Resource"])]
    own = [name for name, its_role in functions.roles().items() if its_role == role]
    assert groups == [f"/aws/lambda/daypass-{name}-*" for name in own]


def test_only_the_event_bus_needs_a_role_of_the_app_which_reads_one_stream_and_sends_to_one_bus():
    resources = package.app()["Resources"]
    roles = [name for name, each in resources.items() if each.get("Type") == "AWS::IAM::Role"]
    assert roles == ["PublishRole"]
    for name in ("Publish", "PublishRole", "PublishLogs", "PublishedTrail"):
        assert resources[name]["Condition"] == "HasEventBus"
    properties = PUBLISH_ROLE["Properties"]
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    (policy,) = properties["Policies"]
    reads, sends, only_here, logs = policy["PolicyDocument"]["Statement"]
    assert (reads["Effect"], reads["Resource"]) == ("Allow", {"Ref": "TrailStream"})
    assert {action.partition(":")[0] for action in reads["Action"]} == {"dynamodb"}
    assert sends == {
        "Sid": "Events",
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": {"Ref": "EventBus"},
    }
    assert (only_here["Effect"], only_here["Action"]) == ("Deny", "events:*")
    ((key, arn),) = only_here["Condition"]["ArnNotLike"].items()
    assert key == "lambda:SourceFunctionArn"
    assert arn["Fn::Sub"].endswith(":function:daypass-Publish-*")
    assert logs["Resource"]["Fn::Sub"].endswith(":log-group:/aws/lambda/daypass-Publish-*")


def test_the_approvers_page_writes_nothing():
    """tests/local/test_roles_limits.py shows which functions each role invokes."""
    page = statements("daypass-client-approval")
    allowed = [listed(each["Action"]) for each in page if each["Effect"] == "Allow"]
    assert {action for each in allowed for action in each} == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


@every("role", ROLES)
def test_only_a_roles_own_functions_may_use_tables_and_clients_roles(role):
    restrictions = [each for each in statements(role) if each["Sid"] == "OnlyInItsFunctions"]
    if not any(action.startswith(("dynamodb:", "sts:")) for action in actions_of(role)):
        assert not restrictions
        return
    (denied,) = restrictions
    assert (denied["Effect"], denied["Resource"]) == ("Deny", "*")
    more = {"daypass-broker": ["sts:*"], "daypass-digest": ["kms:*", "s3:*"]}.get(role, [])
    assert listed(denied["Action"]) == ["dynamodb:*", *more]
    ((key, arns),) = denied["Condition"]["ArnNotLike"].items()
    assert key == "lambda:SourceFunctionArn"
    own = [f"daypass-{name}-*" for name, its_role in functions.roles().items() if its_role == role]
    assert sorted(item["Fn::Sub"].rpartition(":")[2] for item in listed(arns)) == sorted(own)


def test_the_trails_policy_has_no_exceptions():
    """ "IAM JSON policy elements: NotPrincipal" (IAM User Guide): with a Deny it also denies every
    role that has a permissions boundary."""
    policy = FOUNDATION["TrailTable"]["Properties"]["ResourcePolicy"]["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement.keys() == {"Sid", "Effect", "Principal", "Action", "Resource"}
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    name = FOUNDATION["TrailTable"]["Properties"]["TableName"]
    assert statement["Resource"]["Fn::Sub"].endswith(f":table/{name}")
    # Denying these actions would make the policy, or the table, unchangeable for ever.
    administrative = re.compile(r"\*|Policy|Table")
    assert not [action for action in statement["Action"] if administrative.search(action)]


ACCOUNTS = ["1" * 12] * 50
"""The most accounts that the setting accepts. A firm with more sets ORG_ID."""


def test_the_setting_accepts_as_many_other_accounts_as_the_policies_are_measured_with():
    pattern = package.foundation()["Parameters"]["OtherAccounts"]["AllowedPattern"]
    assert re.fullmatch(pattern, ",".join(ACCOUNTS))
    assert not re.fullmatch(pattern, ",".join([*ACCOUNTS, "1" * 12]))


def policy_size(role, partition, region, accounts=ACCOUNTS):
    """Return the number of characters of the role's policies as IAM counts them, without white
    space, with an organization and the most other accounts that the setting accepts."""
    values = {"Region": region, "AccountId": "1" * 12, "Partition": partition}
    arns = {name: f"arn:{partition}:dynamodb:{region}:{'1' * 12}:table/daypass-{name.lower()}"
            for name in ("StateTable", "TrailTable")}  # fmt: skip

    def resolved(node):
        match node:
            case {"Fn::If": [_, then, _]}:
                return resolved(then)
            case {"Fn::GetAtt": [name, _]}:
                return arns.get(name, f"arn:{partition}:kms:{region}:{'1' * 12}:key/{'1' * 36}")
            case {"Fn::Split": _}:
                return accounts
            case {"Ref": name}:
                return "o-" + "1" * 32 if name == "OrganizationId" else "1" * 12
            case {"Fn::Sub": text}:
                for name, arn in arns.items():
                    text = text.replace(f"${{{name}.Arn}}", arn)
                for name, value in values.items():
                    text = text.replace(f"${{AWS::{name}}}", value)
                return text
            case dict():
                return {key: resolved(value) for key, value in node.items()}
            case list():
                return [resolved(item) for item in node]
        return node

    policies = FOUNDATION[ROLES[role]]["Properties"]["Policies"]
    documents = [resolved(policy["PolicyDocument"]) for policy in policies]
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)


def size_in_every_partition(role, accounts=ACCOUNTS):
    """Return the largest size of the role's policies, over all regions that the SDK knows."""
    session = botocore.session.get_session()
    return max(
        policy_size(role, partition, region, accounts)
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("lambda", partition)
    )


@every("role", ROLES)
def test_a_roles_policy_fits_awss_limit_in_each_partition(role):
    """ "IAM and AWS STS quotas" (IAM User Guide): 10,240 characters of inline policies in a role,
    without white space. A statement has some 400, so room for one more is kept."""
    assert size_in_every_partition(role) < 10_240 - 500


def test_the_brokers_policy_would_hold_twice_as_many_accounts():
    """So the limit of the setting is reached long before the policy has to be split."""
    assert size_in_every_partition("daypass-broker", ACCOUNTS * 2) < 10_240 - 500


def test_the_page_about_limits_gives_the_size_of_the_brokers_policy():
    (size,) = re.findall(
        r"the broker's has ([0-9,]+) at most", read_file("docs/reference/limits.md")
    )
    assert abs(int(size.replace(",", "")) - size_in_every_partition("daypass-broker")) < 100


def test_the_foundations_template_fits_awss_limit_with_room_for_a_setting():
    """ "AWS CloudFormation quotas" (User Guide): 51,200 bytes. The template cannot be in the bucket
    that it creates."""
    assert len(encode_template(package.foundation())) < 51_200 - 1_000


def allowed_actions(part):
    """Return all actions that any part of a role's policies allows, also under a condition."""
    if isinstance(part, list):
        return {action for each in part for action in allowed_actions(each)}
    if not isinstance(part, dict):
        return set()
    if part.get("Effect") == "Allow":
        return set(listed(part["Action"]))
    return allowed_actions([*part.values()])


def test_every_role_has_the_boundary_and_the_documents_boundary_allows_what_roles_do():
    (text,) = re.findall(r"```json\n(.*?)```", read_file("docs/landing-zones.md"), re.DOTALL)
    (statement,) = json.loads(text)["Statement"]
    roles = FOUNDATION | {"PublishRole": PUBLISH_ROLE}
    for name in (*ROLES.values(), "GatewayLogsRole", "PublishRole"):
        properties = roles[name]["Properties"]
        assert properties["PermissionsBoundary"]["Fn::If"][0] == "HasBoundary"
        needed = allowed_actions(properties.get("Policies", []))
        for action in needed:
            assert any(fnmatchcase(action, each) for each in statement["Action"]), action


@every("name", ["TemplateBucketPolicy", "ArtefactBucketPolicy", "DigestBucketPolicy"])
def test_a_bucket_refuses_requests_without_encryption_in_transit(name):
    statement, *more = FOUNDATION[name]["Properties"]["PolicyDocument"]["Statement"]
    assert bool(more) is (name == "DigestBucketPolicy")
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Action"] == "s3:*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    bucket = name.removesuffix("Policy")
    assert statement["Resource"] == [
        {"Fn::GetAtt": [bucket, "Arn"]},
        {"Fn::Sub": f"${{{bucket}.Arn}}/*"},
    ]


def test_only_notify_may_mail_clients_and_only_from_the_one_address():
    for role, name in ROLES.items():
        text = json.dumps(FOUNDATION[name]["Properties"]["Policies"])
        assert ("ses:" in text) == (role == "daypass-notify")
    (policy,) = FOUNDATION["NotifyRole"]["Properties"]["Policies"]
    ((condition, statement, nothing),) = [
        each["Fn::If"] for each in policy["PolicyDocument"]["Statement"] if "Fn::If" in each
    ]
    assert (condition, nothing) == ("HasClientMail", {"Ref": "AWS::NoValue"})
    assert statement["Action"] == "ses:SendEmail"
    kinds = [each["Fn::Sub"].rpartition(":")[2] for each in statement["Resource"]]
    assert kinds == ["configuration-set/*", "identity/*"]
    assert statement["Condition"] == {
        "StringEquals": {"ses:FromAddress": {"Ref": "ClientMailFrom"}}
    }


TOPIC = "AWS::SNS::Topic"


def test_only_notify_and_alarms_may_publish_to_a_topic():
    policy = FOUNDATION["TopicsPolicy"]["Properties"]
    assert [FOUNDATION[each["Ref"]]["Type"] for each in policy["Topics"]] == [TOPIC] * 3
    assert [each["Type"] for each in FOUNDATION.values()].count(TOPIC) == 3
    alarms, others = policy["PolicyDocument"]["Statement"]
    assert (alarms["Effect"], alarms["Principal"]) == (
        "Allow",
        {"Service": ["cloudwatch.amazonaws.com", "ses.amazonaws.com"]},
    )
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert (others["Effect"], others["Principal"], others["Action"]) == ("Deny", "*", "sns:Publish")
    # SNS takes a policy of one topic only: "*" is the topic that has the policy.
    assert {each["Resource"] for each in (alarms, others)} == {"*"}
    assert others["Condition"]["Bool"] == {"aws:PrincipalIsAWSService": "false"}
    ((key, value),) = others["Condition"]["ArnNotEquals"].items()
    assert key == "aws:PrincipalArn"
    role = FOUNDATION["NotifyRole"]["Properties"]["RoleName"]
    assert value["Fn::Sub"].endswith(f":role/{role}")
    publishing = [each for each in statements(role) if each["Action"] == "sns:Publish"]
    arn = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:daypass-"
    by_name = [{"Fn::Sub": arn + name} for name in ("alarms", "warnings")]
    assert [each["Resource"] for each in publishing] == [[{"Ref": "NoticeTopic"}, *by_name]]


def test_other_alarms_reach_the_mailbox_of_the_grave_ones_if_they_have_none():
    mail = FOUNDATION["WarningMail"]
    assert mail["Condition"] == "HasWarningEmail"
    assert mail["Properties"]["Endpoint"] == {
        "Fn::If": ["UsesAlarmEmail", {"Ref": "AlarmEmail"}, {"Ref": "WarningEmail"}]
    }


def test_templates_are_stored_and_read_only_in_the_firms_account():
    (policy,) = FOUNDATION["AnonymousRole"]["Properties"]["Policies"]
    (statement,) = [
        each
        for each in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("s3:") for action in each.get("Action", ()))
    ]
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["s3:GetObject", "s3:PutObject"])
    own = {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"] == {"StringEquals": own}


def test_only_api_gateway_can_assume_the_role_that_writes_its_logs():
    """ "Set up CloudWatch logging for REST APIs" (API Gateway Developer Guide)."""
    role = FOUNDATION["GatewayLogsRole"]["Properties"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert "Policies" not in role
    (managed,) = role["ManagedPolicyArns"]
    assert managed["Fn::Sub"].endswith("/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    account = FOUNDATION["GatewayLogs"]["Properties"]
    assert account == {"CloudWatchRoleArn": {"Fn::GetAtt": ["GatewayLogsRole", "Arn"]}}


def who_puts(key):
    """Return the functions that may put state items under this key for any client."""
    names = set()
    for function, role in functions.roles().items():
        for statement in statements(role):
            sid = str(statement["Sid"])
            if sid in ("StatePuts", f"StatePutsOf{function}"):
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                names |= {function} if key in keys else set()
    return sorted(names, key=str.lower)


def test_the_page_about_threats_names_the_functions_that_a_theft_would_serve():
    page = read_file("docs/threats.md")
    row = page.partition("| someone who controls a function |")[2].partition("\n")[0]
    broker = sorted(name for name, role in functions.roles().items() if role == "daypass-broker")
    for effect, names in {
        "Reach every client": broker,
        "Give grants, and lift the requirement of the client's approval": who_puts("ENGAGEMENT#*"),
        "Make a member a lead": who_puts("MEMBER#*"),
        "Write an approval of any client's request that no one gave": who_puts("APPROVEDGRANT#*"),
        "Make links to the pages of any client's approvers, and decide as they do": who_puts(
            "APPROVERLINK#*"
        ),
    }.items():
        assert f"{effect}: {', '.join(f'`{name}`' for name in names)}" in row, (effect, names)


DIGEST_ROLE = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/daypass-digest"}


def test_only_the_function_that_seals_the_trail_writes_digests_and_nobody_deletes_them():
    policy = FOUNDATION["DigestBucketPolicy"]["Properties"]["PolicyDocument"]
    _, deletes, others, overwrites = policy["Statement"]
    objects = {"Fn::Sub": "${DigestBucket.Arn}/*"}
    denied = {"Effect": "Deny", "Principal": "*", "Resource": objects}
    assert deletes == {
        "Sid": "NobodyDeletes", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"], **denied
    }  # fmt: skip
    assert others == {
        "Sid": "NobodyElseWrites",
        "Action": "s3:PutObject",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": DIGEST_ROLE}},
        **denied,
    }
    assert overwrites == {
        "Sid": "OnlyNewObjects",
        "Action": "s3:PutObject",
        "Condition": {"Null": {"s3:if-none-match": "true"}},
        **denied,
    }
    bucket = FOUNDATION["DigestBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["ObjectLockEnabled"] is True


def test_only_the_function_that_seals_the_trail_signs():
    key = FOUNDATION["DigestKey"]["Properties"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    _, others = key["KeyPolicy"]["Statement"]
    assert others == {
        "Sid": "NobodyElseSigns",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Sign",
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": DIGEST_ROLE}},
    }
    signers = {
        role
        for role in ROLES
        for each in statements(role)
        if each["Effect"] == "Allow" and "kms:Sign" in listed(each["Action"])
    }
    assert signers == {"daypass-digest"}
