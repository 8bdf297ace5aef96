"""Requests that DynamoDB, S3, SNS and Lambda must refuse, also to an administrator."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from local.live.report import Seen
from local.live.run import Check, Reply, Run, Stage, refused, request_id
from local.live.stages.deploy import resources
from local.live.stages.probe import Probe, create_probe
from local.live.stages.sts import ENGAGEMENT, ROLE, vend

_FUNCTION = "daypass-ClientCheck-live"
"""The broker role lets a function of this name put cut-offs, and no tokens."""
_KEY = {"pk": {"S": "LIVE#none"}, "sk": {"S": "none"}}
_DENIALS = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
_STATEMENTS = {
    "PartiQLUpdate": "UPDATE \"daypass-trail\" SET a = '1' WHERE pk = 'LIVE#none' AND sk = 'none'",
    "PartiQLDelete": "DELETE FROM \"daypass-trail\" WHERE pk = 'LIVE#none' AND sk = 'none'",
    "PartiQLInsert": "INSERT INTO \"daypass-trail\" VALUE {'pk': 'LIVE#none', 'sk': 'none'}",
}
_PATIENCE = 60
_CHANGES = 6
"""How many shells change one engagement at once."""


def _prepare(run: Run) -> None:
    """Create a function with the broker's role and a name that the role knows."""
    role = f"arn:aws:iam::{run.firm.id}:role/daypass-broker"
    run.notes["broker"] = create_probe(run, _FUNCTION, role)


def _see_leading_keys(run: Run) -> Seen:
    """The broker's role refuses a function other functions' keys, also within a transaction.

    Each request has a condition that no item meets, so that it changes nothing.
    """
    probe: Probe = run.notes["broker"]

    def put(key: str) -> dict[str, Any]:
        return {
            "TableName": "daypass-state",
            "Item": {"pk": {"S": key}, "sk": {"S": "live"}},
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(pk)",
        }

    own, other = put("CUTOFF#live"), put("TOKEN#live")
    check = {name: own[name] for name in ("TableName", "ConditionExpression")}
    check_other = check | {"Key": {"pk": {"S": "TOKEN#live"}, "sk": {"S": "live"}}}
    answers = {
        "own put": probe.dynamodb("PutItem", **own),
        "other put": probe.dynamodb("PutItem", **other),
        "own transaction": probe.dynamodb("TransactWriteItems", TransactItems=[{"Put": own}]),
        "other in a transaction": probe.dynamodb(
            "TransactWriteItems", TransactItems=[{"Put": own}, {"Put": other}]
        ),
        "other checked": probe.dynamodb(
            "TransactWriteItems", TransactItems=[{"Put": own}, {"ConditionCheck": check_other}]
        ),
    }
    expected = (
        "ConditionalCheckFailedException",
        "AccessDeniedException",
        "TransactionCanceledException",
        "AccessDeniedException",
        "AccessDeniedException",
    )
    codes = {name: answer.code for name, answer in answers.items()}
    value = "; ".join(f"{name}: {code}" for name, code in codes.items())
    return Seen(tuple(codes.values()) == expected, value, answers["other checked"].request_id)


def _see_conflicts(run: Run) -> Seen:
    """Leads who give several members access to one engagement at once all succeed."""
    members = [f"member-{number}" for number in range(_CHANGES)]
    for member in members:
        run.as_lead("POST", "/v1/members", id=member, name=member, kind="member")

    def grant(member: str) -> tuple[Reply, float]:
        started = time.monotonic()
        body = {"member": member, "roles": [ROLE]}
        path = f"/v1/engagements/{ENGAGEMENT}/grants"
        return run.call("POST", path, token=run.lead, body=body), time.monotonic() - started

    with ThreadPoolExecutor(_CHANGES) as threads:
        replies = list(threads.map(grant, members))
    statuses = [reply.status for reply, _ in replies]
    slowest = max(seconds for _, seconds in replies)
    return Seen(
        all(status < 300 for status in statuses),
        f"{_CHANGES} changes at once: {statuses}; the slowest took {slowest:.1f} s",
        replies[-1][0].request_id,
    )


def _see_index(run: Run) -> Seen:
    """A vend appears in the trail of its engagement, which is read from an index."""
    vended = vend(run, "alice")["vend"]
    replies: list[Reply] = []

    def is_listed() -> bool:
        path = f"/v1/trail?engagement={ENGAGEMENT}"
        replies.append(run.call("GET", path, token=run.lead))
        return vended in json.dumps(replies[-1].json())

    lag = run.wait_until(is_listed, _PATIENCE)
    value = "The vend is not listed after a minute" if lag is None else f"Listed after {lag:.1f} s"
    return Seen(lag is not None, value, replies[-1].request_id)


def _see_trail(run: Run) -> Seen:
    """DynamoDB refuses an administrator each change of the trail."""
    dynamodb = run.firm.client("dynamodb")
    trail, values = {"TableName": "daypass-trail"}, {":one": {"S": "1"}}
    update = {"UpdateExpression": "SET a = :one", "ExpressionAttributeValues": values}
    batch = {"daypass-trail": [{"DeleteRequest": {"Key": _KEY}}]}
    attempts: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "UpdateItem": (dynamodb.update_item, trail | {"Key": _KEY} | update),
        "DeleteItem": (dynamodb.delete_item, trail | {"Key": _KEY}),
        "BatchWriteItem": (dynamodb.batch_write_item, {"RequestItems": batch}),
        "UpdateTimeToLive": (
            dynamodb.update_time_to_live,
            trail | {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "gone"}},
        ),
    }
    if not run.is_local:  # PartiQL on the local AWS does not ask IAM
        attempts |= {
            name: (dynamodb.execute_statement, {"Statement": text})
            for name, text in _STATEMENTS.items()
        }
    return _see_denials(attempts)


def _see_digests(run: Run) -> Seen:
    """S3 refuses an administrator a put into the bucket of the digests, and a deletion."""
    s3, bucket = run.firm.client("s3"), resources(run, "daypass-foundation")["DigestBucket"]
    target = {"Bucket": bucket, "Key": "live/none"}
    return _see_denials(
        {
            "PutObject": (s3.put_object, target | {"Body": b""}),
            "PutObject, if new": (s3.put_object, target | {"Body": b"", "IfNoneMatch": "*"}),
            "DeleteObject": (s3.delete_object, target),
            "DeleteObjectVersion": (s3.delete_object, target | {"VersionId": "null"}),
        }
    )


def _see_topics(run: Run) -> Seen:
    """SNS refuses an administrator's message to either topic."""
    sns = run.firm.client("sns")
    topics = resources(run, "daypass-foundation")
    message = {"Subject": "make live", "Message": "This must not arrive."}
    return _see_denials(
        {
            name: (sns.publish, message | {"TopicArn": topics[name]})
            for name in ("AlarmTopic", "WarningTopic", "NoticeTopic")
        }
    )


def _see_denials(attempts: dict[str, tuple[Callable[..., Any], dict[str, Any]]]) -> Seen:
    """Make each call, and expect that AWS denies it."""
    outcomes: dict[str, str] = {}
    request = ""
    for name, (call, arguments) in attempts.items():
        refusal = refused(call, **arguments)
        outcomes[name] = "allowed" if refusal is None else _code(refusal)
        if refusal is not None:
            request = request_id(refusal.response)
    holds = all(code in _DENIALS for code in outcomes.values())
    value = "; ".join(f"{name}: {code}" for name, code in outcomes.items())
    return Seen(holds, value, request)


def _code(refusal: ClientError) -> str:
    return str(refusal.response["Error"]["Code"])


def _stop_function(run: Run) -> None:
    """Set a concurrency of 0 for the function that serves files, and read one until it fails."""
    name = resources(run, "daypass")["Static"]
    aws_lambda = run.firm.client("lambda")
    aws_lambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        replies: list[Reply] = []

        def is_refused() -> bool:
            replies.append(run.call("GET", "/cli.sha256"))
            return replies[-1].status != 200

        run.wait_until(is_refused, _PATIENCE)
        refusal = refused(aws_lambda.invoke, FunctionName=name, Payload=b"{}")
        run.notes["stopped"] = (replies[-1], refusal)
    finally:
        aws_lambda.delete_function_concurrency(FunctionName=name)


def _see_stopped_function(run: Run) -> Seen:
    """Lambda does not invoke a function with a concurrency of 0."""
    _stop_function(run)
    refusal: ClientError | None = run.notes["stopped"][1]
    if refusal is None:
        return Seen(holds=False, value="Lambda invoked the function")
    holds = _code(refusal) == "TooManyRequestsException"
    return Seen(holds, _code(refusal), request_id(refusal.response))


def _see_gateway_status(run: Run) -> Seen:
    """API Gateway answers 5xx when Lambda rejects the invocation."""
    reply: Reply = run.notes["stopped"][0]
    text = reply.body.decode(errors="replace")[:200]
    return Seen(500 <= reply.status < 600, f"{reply.status} {text}", reply.request_id)


STAGE = Stage(
    "tables",
    "Tables, buckets, topics and functions: what AWS refuses",
    _prepare,
    (
        Check(19, _see_leading_keys),
        Check(20, _see_conflicts),
        Check(21, _see_index),
        Check(22, _see_trail),
        Check(25, _see_stopped_function, leaves="an invocation that has begun"),
        Check(
            26,
            _see_gateway_status,
            not_local="The local API Gateway passes Lambda's refusal on",
        ),
        Check(43, _see_topics, leaves="wait for a notification"),
        Check(82, _see_digests, leaves="a put that could replace an object"),
    ),
)
