"""Hand the decisions of clients' approvers to the function that may write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from botocore.config import Config

from chalicelib.adapters.aws_errors import unavailable_on_error
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.client_decisions import ClientDecision, DecisionResult

# The function's own timeout is 15 seconds (.chalice/config.json). Without retries, because the
# person who waits can see on the page what became of the decision.
CONFIG = Config(connect_timeout=1, read_timeout=18, retries={"total_max_attempts": 1})


def decide(function: str, create_client: Callable[[], Any], decision: ClientDecision) -> None:
    """Invoke the function with this decision, and wait for its result.

    Raise the errors of `decide_on_page`. Raise Unavailable with DECISION_UNCERTAIN if the function
    did not answer: it may have stored the decision.
    """
    with unavailable_on_error(Reason.DECISION_UNCERTAIN):
        response = create_client().invoke(
            FunctionName=function,
            InvocationType="RequestResponse",
            Payload=msgspec.json.encode(decision),
        )
        payload = response["Payload"].read()
    if "FunctionError" in response:
        raise Unavailable(Reason.DECISION_UNCERTAIN)  # without its text, which may hold secrets
    read_result(payload)


def read_result(payload: bytes) -> None:
    """Raise the error that the function returned, if it did. Raise Unavailable for another payload
    than its own."""
    try:
        error = msgspec.json.decode(payload, type=DecisionResult).to_error()
    except msgspec.MsgspecError:
        raise Unavailable(Reason.DECISION_UNCERTAIN) from None
    if error is not None:
        raise error
