"""`lambda:SourceFunctionArn`: the function whose code sends a request.

"Using source function ARN to control function access behavior" (AWS Lambda Developer Guide): Lambda
adds the key to the context of the function's credentials. Here the key belongs to the credentials,
even if they are used outside of the function; AWS does not document that case. Resource policies
do not support the key.
"""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts

SESSION_FIELD = "SourceFunctionArn"
CONDITION_KEY = "lambda:sourcefunctionarn"


def apply() -> None:
    """Store the function's ARN in the session of a deployed function's role."""
    issue = lambda_runtime.execution_credentials

    def issue_with_function(config: dict[str, Any]) -> dict[str, str]:
        credentials: dict[str, str] = issue(config)
        session = sts._sessions.get(credentials["AWS_ACCESS_KEY_ID"])
        if session is not None:
            session[SESSION_FIELD] = config.get("FunctionArn", "")
        return credentials

    lambda_runtime.execution_credentials = issue_with_function
    lambda_svc.execution_credentials = issue_with_function
