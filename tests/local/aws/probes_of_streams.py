"""Probes of event source mappings of DynamoDB streams."""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from local.endpoint import Endpoint
from tests.local.aws.probes import Probes
from tests.local.scene import BY_LAMBDA, FIRM, deploy_function, new_role, table_with

probe = Probes()
NOT_THE_SECOND = """
import json
tries = []
def run(event, context):
    records = event["Records"]
    values = [record["dynamodb"]["NewImage"]["pk"]["S"] for record in records]
    tries.append(values)
    with open("{file}", "w") as file:
        json.dump(tries, file)
    failed = [r["dynamodb"]["SequenceNumber"] for r, v in zip(records, values) if v == "2"]
    return {{"batchItemFailures": [{{"itemIdentifier": n}} for n in failed if len(tries) < 3]}}
"""


@probe
def repeats_a_batch_from_the_first_record_that_failed(aws: Endpoint) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tries.json"
        mapping = _map(aws, deploy_function(aws, {"it.py": NOT_THE_SECOND.format(file=file)}))
        tries = []
        for _ in range(600):  # a busy machine takes seconds for a try
            tries = json.loads(file.read_text(encoding="utf-8") or "[]") if file.exists() else []
            if sum("3" in values for values in tries) == 3 or _result(aws, mapping)[:2] == "OK":
                break
            time.sleep(0.1)
        aws.as_root(FIRM, "lambda").delete_event_source_mapping(UUID=mapping)
    return tries == [["1", "2", "3"], ["2", "3"], ["2", "3"]]


@probe
def reads_a_stream_with_the_functions_role(aws: Endpoint) -> bool:
    created = deploy_function(aws, {"it.py": "def run(event, context): pass"})
    role = new_role(aws, FIRM, trust=[BY_LAMBDA], permissions=[])
    client = aws.as_root(FIRM, "lambda")
    client.update_function_configuration(FunctionName=created["FunctionName"], Role=role)
    mapping = _map(aws, created)
    while (result := _result(aws, mapping)) == "No records processed":
        time.sleep(0.05)
    client.delete_event_source_mapping(UUID=mapping)
    return result == "FAILED"


def _map(aws: Endpoint, function: Any) -> str:
    """Give the function the stream of a new table with three items. Return the mapping's ID."""
    dynamodb, name = aws.as_root(FIRM, "dynamodb"), f"table-{secrets.token_hex(4)}"
    table = dynamodb.create_table(
        TableName=name,
        **table_with("pk"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    for pk in "123":
        dynamodb.put_item(TableName=name, Item={"pk": {"S": pk}})
    mapping = aws.as_root(FIRM, "lambda").create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"],
        FunctionName=function["FunctionName"],
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    return str(mapping["UUID"])


def _result(aws: Endpoint, mapping: str) -> str:
    described = aws.as_root(FIRM, "lambda").get_event_source_mapping(UUID=mapping)
    return str(described["LastProcessingResult"])
