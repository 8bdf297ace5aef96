"""Run the function Publish, which sends new trail entries to an event bus. AWS Lambda reads the
trail's stream, and invokes it."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.jobs import Invocation, run_job
from chalicelib.telemetry import logger
from chalicelib.usecases.evidence.publish import PublishSummary
from chalicelib.usecases.evidence.publish import publish as send_entries

blueprint = Blueprint(__name__)
METRICS = {"late": "LateEvents", "left_out": "LeftOutEvents"}


@blueprint.lambda_function(name="publish")
def publish(event: Any, context: Any) -> dict[str, Any]:
    """Send the entries, and return the position from which AWS Lambda must pass them again."""

    def log_left_out(entry: str) -> None:
        facts = {"entry": entry, "correlation_id": context.aws_request_id}
        logger.error("entry left out", extra=facts)

    def send(run: Invocation) -> PublishSummary:
        ports = bootstrap.publish_ports()
        return send_entries(
            ports,
            ports.read_stream(event),
            time_left=run.time_left,
            report_left_out=log_left_out,
        )

    result = run_job("publish", Invocation(event, context), send, METRICS)
    first_unsent = result.get("first_unsent")
    if first_unsent == "":
        return {"batchItemFailures": []}
    # If the run failed, it has no result. "Configuring partial batch response with DynamoDB and
    # Lambda": an empty identifier stands for the whole batch.
    return {"batchItemFailures": [{"itemIdentifier": first_unsent or ""}]}
