"""Event source mappings of DynamoDB streams: partial failures, and the role that reads the stream.

"Configuring partial batch response with DynamoDB and Lambda" (AWS Lambda Developer Guide): Lambda
gives a batch again from the lowest sequence number that the function returned. It reads the stream
with the function's role. It does not split batches here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam, lambda_svc

READS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""The actions that the role needs ("Process DynamoDB records with Lambda")."""
_is_polling: ContextVar[bool] = ContextVar("is polling", default=False)
_Result = dict[str, Any]


def apply() -> None:
    """Keep the position of a stream at the first record that failed, or that cannot be read."""
    poll, execute = lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function

    def poll_streams() -> bool:
        token = _is_polling.set(True)
        try:
            return bool(poll())
        finally:
            _is_polling.reset(token)

    def execute_batch(function: dict[str, Any], event: Any) -> _Result:
        if not _is_polling.get():
            result: _Result = execute(function, event)
            return result
        token = _is_polling.set(False)  # ministack calls this function within itself
        try:
            config, stream = (
                function.get("config") or function,
                event["Records"][0]["eventSourceARN"],
            )
            if not _may_read(config, stream):
                return _failed("The function's role may not read the stream")
            return _keep_failed(config, stream, event["Records"], execute(function, event))
        finally:
            _is_polling.reset(token)

    lambda_svc._poll_dynamodb_streams = poll_streams
    lambda_svc._execute_function = execute_batch


def _may_read(config: Mapping[str, Any], stream: str) -> bool:
    """Return whether the function's role may read the stream. Such a request has no source
    function."""
    account, role = str(config["Role"]).split(":")[4], str(config["Role"]).rpartition("/")[2]
    policies = iam_evaluator._gather_role_policies(role, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    contexts = (
        EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}",
            principal_type="AssumedRole",
            principal_account=account,
            action=f"dynamodb:{action}",
            resource_arn=stream,
            region=stream.split(":")[3],
        )
        for action in READS
    )
    decisions = [iam_evaluator.evaluate(each, policies, *limits).decision for each in contexts]
    return set(decisions) == {"Allow"}


def _keep_failed(
    config: Mapping[str, Any], stream: str, records: Sequence[Any], result: _Result
) -> _Result:
    """Return the function's result, or an error if it reports failed records. Then the next batch
    begins with the first of them."""
    mappings = [
        mapping
        for mapping in lambda_svc._esms.values()
        if (mapping["FunctionName"], mapping["EventSourceArn"]) == (config["FunctionName"], stream)
        and "ReportBatchItemFailures" in mapping["FunctionResponseTypes"]
    ]
    body = result.get("body")
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not mappings or result.get("error") or not failures:
        return result
    reported = {failure.get("itemIdentifier") for failure in failures}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    # An identifier that is none of the batch's stands for the whole batch.
    done = min(map(numbers.index, reported)) if reported <= set(numbers) else 0
    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[mappings[0]["UUID"]] += done
    return _failed("The function could not handle every record")


def _failed(message: str) -> _Result:
    """Return a result after which ministack does not advance in the stream."""
    return {"error": True, "body": {"errorType": "StreamMapping", "errorMessage": message}}
