"""`lambda:SourceFunctionArn`: the function whose code makes a call.

"Using source function ARN to control function access behavior" (AWS Lambda Developer Guide): Lambda
puts it into the context of the credentials that it hands a function. So it goes with them here,
wherever they are used from. AWS does not say whether it does there. No resource's policy knows it.
"""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts

KEPT_AS = "SourceFunctionArn"
CONDITION_KEY = "lambda:sourcefunctionarn"


def apply() -> None:
    """Keep with the session of a deployed function's role which function that is."""
    issue = lambda_runtime.execution_credentials

    def issue_to_a_function(config: dict[str, Any]) -> dict[str, str]:
        given: dict[str, str] = issue(config)
        session = sts._sessions.get(given["AWS_ACCESS_KEY_ID"])
        if session is not None:
            session[KEPT_AS] = config.get("FunctionArn", "")
        return given

    lambda_runtime.execution_credentials = issue_to_a_function
    lambda_svc.execution_credentials = issue_to_a_function
