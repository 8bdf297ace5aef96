"""The Lambda function ClientDecision, which writes the decisions of clients' approvers.

Only the function ClientApproval may invoke it. It checks the link itself, so a flaw in
ClientApproval, which anyone with an approver's link reaches, decides nothing without a link.
"""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.errors import InvalidRequest, Reason
from chalicelib.domain.requests.client_decisions import STORED, ClientDecision, DecisionResult
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.observability import log_failure
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.telemetry import logger
from chalicelib.usecases.requests.decide import decide_on_page

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="client_decision")
def client_decision(event: Any, context: Any) -> Any:
    """Decide a request as the approver of the event's link, and return the `DecisionResult`.

    Raise no error, because AWS Lambda would log and return its text. Log no link.
    """
    correlation_id = getattr(context, "aws_request_id", "")
    result = STORED
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        decide_on_page(bootstrap.ports(), parse(ClientDecision, event))
    except Exception as error:  # noqa: BLE001 - Lambda would show the text of a bug
        result = DecisionResult.from_error(log_failure(correlation_id, error))
    facts = {"reason": result.reason.value} if result.reason else {}
    logger.info("client decision", extra={"correlation_id": correlation_id, **facts})
    return to_json_value(result)
