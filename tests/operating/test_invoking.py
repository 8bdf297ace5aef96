"""Say why a function did not respond."""

from __future__ import annotations

import pytest

from operating.invoking import _describe_failure

FUNCTION = "daypass-FirstLead-1"
LOG = f"Read the log group /aws/lambda/{FUNCTION}."


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            {"errorType": "Runtime.ImportModuleError", "errorMessage": "bad magic number"},
            f"The function failed (Runtime.ImportModuleError): bad magic number. {LOG}",
        ),
        (
            {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 25.00 seconds"},
            f"The function failed (Sandbox.Timedout): Task timed out after 25.00 seconds. {LOG}",
        ),
        # A bug's own text may hold anything.
        ({"errorType": "KeyError", "errorMessage": "a secret"}, f"The function failed. {LOG}"),
        ({}, f"The function failed. {LOG}"),
    ],
)
def test_lambdas_message_is_shown_and_a_bugs_text_is_not(
    response: dict[str, str], message: str
) -> None:
    assert _describe_failure(FUNCTION, response) == message
