"""Probes of services."""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from local.endpoint import Endpoint
from tests.local.aws.probes import Probes
from tests.local.scene import (
    CLIENT,
    FIRM,
    Credentials,
    allow,
    create_stack,
    deploy_function,
    function,
    policy,
    refusal,
    run_as,
    status_of,
    table_with,
)

probe = Probes()


@probe
def handles_the_sender_of_a_mail(aws: Endpoint) -> bool:
    """A function that may send from one address sends from it, and from no other."""
    aws.as_root(FIRM, "sesv2").create_email_identity(EmailIdentity="example.com")
    only = {"Condition": {"StringEquals": {"ses:FromAddress": "daypass@example.com"}}}
    sender = allow("ses:SendEmail", f"arn:aws:ses:us-east-1:{FIRM}:identity/*") | only
    senders = ("Example <daypass@example.com>", "boss@example.com")
    return refusals_of_mail(aws, sender, *senders) == ["", "AccessDeniedException"]


def refusals_of_mail(aws: Endpoint, permission: dict[str, Any], *senders: str) -> list[str]:
    """Return the error's code for a mail from each sender, by a function with this permission."""
    _, caller = function(aws, permissions=[permission])
    text = {"Data": "Hello"}
    mail = {
        "Destination": {"ToAddresses": ["jo@acme.example"]},
        "Content": {"Simple": {"Subject": text, "Body": {"Text": text}}},
    }
    send = caller.client("sesv2").send_email
    errors = [refusal(send, FromEmailAddress=sender, **mail) for sender in senders]
    return [error.code if error else "" for error in errors]


@probe
def handles_the_event_history(aws: Endpoint) -> bool:
    """A session that may look events up finds what a session did, and AWS's error code."""
    role_arn, _ = function(aws, permissions=[allow("cloudtrail:LookupEvents")])
    name = f"looker-{secrets.token_hex(4)}"
    caller = run_as(aws, role_arn, name)
    refusal(caller.client("iam").create_user, UserName="mallory")
    caller.client("sts").get_caller_identity()
    page = caller.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": name}],
        StartTime=datetime.now(UTC) - timedelta(minutes=5),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )
    events = [json.loads(each["CloudTrailEvent"]) for each in page["Events"]]
    return [(each["eventName"], each.get("errorCode")) for each in events] == [
        ("GetCallerIdentity", None),
        ("CreateUser", "AccessDenied"),
    ]


@probe
def handles_a_stacks_tables(aws: Endpoint) -> bool:
    live = {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}}
    table = {"TableName": "short-lived", **table_with("pk"), **live}
    resources = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}}
    create_stack(aws, CLIENT, "short-lived", Resources=resources)
    dynamodb = aws.as_root(CLIENT, "dynamodb")
    described = dynamodb.describe_time_to_live(TableName="short-lived")["TimeToLiveDescription"]
    return bool(described.get("AttributeName") == "expires")


@probe
def names_a_stacks_log_groups(aws: Endpoint) -> bool:
    create_stack(aws, CLIENT, "logging", Resources={"Lines": {"Type": "AWS::Logs::LogGroup"}})
    listed = aws.as_root(CLIENT, "logs").describe_log_groups(logGroupNamePrefix="logging-Lines-")
    return len(listed["logGroups"]) == 1


def failed_stack(aws: Endpoint, **execution: bool) -> tuple[str, Callable[..., str]]:
    """Create a stack that fails half-way. Return its status and a function that retries."""
    cloudformation = aws.as_root(CLIENT, "cloudformation")
    name = f"half-{secrets.token_hex(4)}"
    wrong = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "None", "Value": "x"}}
    topic = {"Type": "AWS::SNS::Topic"}
    template: dict[str, Any] = {"Resources": {"One": topic, "Two": wrong | {"DependsOn": "One"}}}

    def change(kind: str, **execution: bool) -> str:
        created = cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=f"c{secrets.token_hex(4)}",
            ChangeSetType=kind,
            TemplateBody=json.dumps(template),
        )
        cloudformation.execute_change_set(ChangeSetName=created["Id"], **execution)
        while True:
            (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return str(stack["StackStatus"])
            time.sleep(0.05)

    status = change("CREATE", **execution)
    template["Resources"]["Two"]["Metadata"] = {"tried": "twice"}
    return status, lambda **execution: change("UPDATE", **execution)


@probe
def handles_a_failed_change_set_that_keeps_its_resources(aws: Endpoint) -> bool:
    """ "ExecuteChangeSet" (AWS CloudFormation API Reference): the default is true."""
    status, _ = failed_stack(aws)
    rolled_back, _ = failed_stack(aws, DisableRollback=False)
    assert rolled_back == "ROLLBACK_COMPLETE"
    return status == "CREATE_FAILED"


@probe
def handles_a_retry_that_has_to_disable_rollback(aws: Endpoint) -> bool:
    _, retry = failed_stack(aws, DisableRollback=True)
    if refusal(retry, DisableRollback=False) is None:
        return False
    return retry(DisableRollback=True) == "UPDATE_FAILED"


@probe
def handles_a_conflict_of_transactions(aws: Endpoint) -> bool:
    dynamodb = aws.as_root(CLIENT, "dynamodb")
    name = {"TableName": f"contended-{secrets.token_hex(4)}"}
    dynamodb.create_table(**name, **table_with("pk"))
    checked = {"Key": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    items = [{"ConditionCheck": {**name, **checked}}]

    def check(_: int) -> bool:
        return refusal(dynamodb.transact_write_items, TransactItems=items) is not None

    with aws.transactions_taking(milliseconds=500), ThreadPoolExecutor() as threads:
        return any(threads.map(check, range(2)))


@probe
def handles_a_permission_to_simulate_one_role(aws: Endpoint) -> bool:
    role_arn, caller = function(aws, permissions=[])
    itself = allow("iam:SimulatePrincipalPolicy", role_arn)
    aws.as_root(FIRM, "iam").put_role_policy(
        RoleName=role_arn.rsplit("/", 1)[1], PolicyName="it", PolicyDocument=policy([itself])
    )
    return refusal(simulate, caller, role_arn) is None


@probe
def handles_an_unknown_role_in_the_simulator(aws: Endpoint) -> bool:
    _, caller = function(aws)
    error = refusal(simulate, caller, f"arn:aws:iam::{FIRM}:role/unknown")
    return error is not None and error.code == "NoSuchEntity"


@probe
def handles_the_policy_view_only_access(aws: Endpoint) -> bool:
    arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    return refusal(aws.as_root(CLIENT, "iam").get_policy, PolicyArn=arn) is None


@contextmanager
def invoked(aws: Endpoint) -> Iterator[tuple[Any, dict[str, str], Future[Any]]]:
    """Yield the client, the name and the response of a function that runs for half a second yet."""
    code = "import time\ndef run(event, context):\n    time.sleep(1)"
    name = {"FunctionName": deploy_function(aws, {"it.py": code})["FunctionName"]}
    aws_lambda = aws.as_root(FIRM, "lambda")
    aws_lambda.invoke(**name)  # the container is warm now
    with ThreadPoolExecutor() as threads:
        running = threads.submit(aws_lambda.invoke, **name)
        time.sleep(0.5)
        yield aws_lambda, name, running


@probe
def handles_an_update_during_an_invocation(aws: Endpoint) -> bool:
    with invoked(aws) as (aws_lambda, name, running):
        aws_lambda.update_function_configuration(**name, Environment={"Variables": {"A": "b"}})
        return "FunctionError" not in running.result()


@probe
def handles_the_log_of_a_deleted_function(aws: Endpoint) -> bool:
    """An invocation that ends later does not bring back the log group."""
    logs = aws.as_root(FIRM, "logs")
    with invoked(aws) as (aws_lambda, name, running):
        group = f"/aws/lambda/{name['FunctionName']}"
        aws_lambda.delete_function(**name)
        logs.delete_log_group(logGroupName=group)
        running.exception()
    return not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]


@probe
def handles_the_expected_owner_of_a_bucket(aws: Endpoint) -> bool:
    s3 = aws.as_root("111122223333", "s3")
    own = {"Bucket": "of-someone-else"}
    s3.create_bucket(**own)
    assert refusal(s3.head_bucket, **own, ExpectedBucketOwner="111122223333") is None
    error = refusal(s3.head_bucket, **own, ExpectedBucketOwner=FIRM)
    return error is not None and error.status == 403


@probe
def handles_the_description_smith_and_sons(aws: Endpoint) -> bool:
    iam = aws.as_root(FIRM, "iam")
    name = f"described-{secrets.token_hex(4)}"
    try:
        iam.create_role(
            RoleName=name, Description="Smith & Sons", AssumeRolePolicyDocument=policy([])
        )
        return bool(iam.get_role(RoleName=name)["Role"]["Description"] == "Smith & Sons")
    except (ClientError, ResponseParserError):
        return False


@probe
def handles_the_permission_to_send_mail_from_one_address(aws: Endpoint) -> bool:
    """The permission is on the identity of the sender."""
    allowed, other = (f"{secrets.token_hex(4)}@example.com" for _ in range(2))
    for sender in (allowed, other):
        aws.as_root(FIRM, "sesv2").create_email_identity(EmailIdentity=sender)
    resource = f"arn:aws:ses:us-east-1:{FIRM}:identity/{allowed}"
    senders = (f"Daypass <{sender}>" for sender in (allowed, other))
    refusals = refusals_of_mail(aws, allow("ses:SendEmail", resource), *senders)
    return refusals == ["", "AccessDeniedException"]


@probe
def handles_a_web_acl_association(aws: Endpoint) -> bool:
    properties = {"WebACLArn": "arn:aws:wafv2:…", "ResourceArn": "arn:aws:apigateway:…"}
    resources = {"It": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": properties}}
    cloudformation = aws.as_root(FIRM, "cloudformation")
    template = json.dumps({"Resources": resources})
    return refusal(cloudformation.validate_template, TemplateBody=template) is None


@probe
def handles_a_stages_limits_for_each_method(aws: Endpoint) -> bool:
    """Allow two requests for `/own`, and two for `/a` and `/b` together, which share a limit."""
    integration = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    integration["responses"] = {"default": {"statusCode": "200"}}
    get = {"responses": {"200": {}}, "x-amazon-apigateway-integration": integration}
    paths = {path: {"get": get} for path in ("/own", "/a", "/b")}
    body = {"swagger": "2.0", "info": {"title": "limited", "version": "1"}, "paths": paths}
    twice = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}
    settings = [{"ResourcePath": path, **twice} for path in ("/*", "/~1own")]
    settings[0]["HttpMethod"], settings[1]["HttpMethod"] = "*", "GET"
    url = deployed(aws, body, MethodSettings=settings)
    statuses = [status_of(url + path) for path in ("/a", "/b", "/a", "/own", "/own", "/own")]
    return statuses == [200, 200, 429, 200, 200, 429]


@probe
def handles_the_domain_name_of_an_api(aws: Endpoint) -> bool:
    answer = "{'statusCode': 200, 'body': event['requestContext'].get('domainName', '')}"
    url = deployed_function(aws, answer)
    with urllib.request.urlopen(f"{url}/a") as response:
        return bool(f"http://{response.read().decode()}/it" == url)


@probe
def handles_the_binary_types_of_an_api(aws: Endpoint) -> bool:
    answer = "{'statusCode': 200, 'isBase64Encoded': True, 'body': 'UEs='}"
    url = deployed_function(
        aws, answer, **{"x-amazon-apigateway-binary-media-types": ["application/zip"]}
    )
    answers = []
    for accept in ("application/zip", "*/*"):
        request = urllib.request.Request(f"{url}/a", headers={"Accept": accept})
        with urllib.request.urlopen(request) as response:
            answers.append(response.read())
    return answers == [b"PK", b"UEs="]


def deployed_function(aws: Endpoint, answer: str, **definition: Any) -> str:
    """Deploy an API whose path /a is a function with this answer, a Python expression. Return the
    API's URL."""
    made = deploy_function(aws, {"it.py": f"def run(event, context):\n    return {answer}"})
    path = f"2015-03-31/functions/{made['FunctionArn']}/invocations"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/{path}"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    get = {"responses": {}, "x-amazon-apigateway-integration": integration}
    about = {"swagger": "2.0", "info": {"title": "it", "version": "1"}}
    return deployed(aws, {**about, "paths": {"/a": {"get": get}}, **definition})


def deployed(aws: Endpoint, body: dict[str, Any], **stage: Any) -> str:
    """Deploy an API with this definition and one stage with these properties. Return its URL."""
    name = f"api-{secrets.token_hex(4)}"
    api = {"RestApiId": {"Ref": "Api"}}
    stage |= {**api, "StageName": "it", "DeploymentId": {"Ref": "Deployment"}}
    template = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": name, "Body": body}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": api},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
    }
    resource = create_stack(aws, FIRM, name, Resources=template).describe_stack_resource(
        StackName=name, LogicalResourceId="Api"
    )
    api_id = resource["StackResourceDetail"]["PhysicalResourceId"]
    return f"{aws.url}/_aws/execute-api/{api_id}/it"


def simulate(caller: Credentials, role_arn: str) -> str:
    response = caller.client("iam").simulate_principal_policy(
        PolicySourceArn=role_arn, ActionNames=["s3:ListAllMyBuckets"], ResourceArns=["*"]
    )
    return str(response["EvaluationResults"][0]["EvalDecision"])


@probe
def handles_a_key_that_signs(aws: Endpoint) -> bool:
    """A function that may sign with a key signs by the key's alias."""
    root = aws.as_root(FIRM, "kms")
    spec = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    if refusal(root.create_key, **spec) is not None:
        return False
    key = root.create_key(**spec)["KeyMetadata"]
    alias = f"alias/{secrets.token_hex(4)}"
    root.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    _, caller = function(aws, permissions=[allow("kms:Sign", key["Arn"])])
    signature = caller.client("kms").sign(
        KeyId=alias, Message=b"text", SigningAlgorithm="ECDSA_SHA_256"
    )["Signature"]
    public = load_der_public_key(root.get_public_key(KeyId=alias)["PublicKey"])
    assert isinstance(public, EllipticCurvePublicKey)
    public.verify(signature, b"text", ECDSA(SHA256()))
    return True


@probe
def handles_puts_of_new_objects_only(aws: Endpoint) -> bool:
    """A policy denies each put that could replace an object."""
    bucket = f"new-{secrets.token_hex(4)}"
    aws.as_root(FIRM, "s3").create_bucket(Bucket=bucket)
    put = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    only_new = {**put, "Effect": "Deny", "Condition": {"Null": {"s3:if-none-match": "true"}}}
    _, caller = function(aws, permissions=[put, only_new])
    s3 = caller.client("s3")
    new = {"Bucket": bucket, "Key": "a", "IfNoneMatch": "*"}
    first, again = refusal(s3.put_object, **new), refusal(s3.put_object, **new)
    other = refusal(s3.put_object, Bucket=bucket, Key="b")
    codes = [each and each.code for each in (first, again, other)]
    return codes == [None, "PreconditionFailed", "AccessDenied"]
