"""Say why a function did not respond, and ask before a recovery ends other people's access."""

import io

import pytest

from operating import invoking
from operating.console import Stop
from operating.invoking import _describe_failure
from tests.rows import every

FUNCTION = "daypass-FirstLead-1"
LOG = f"Read the log group /aws/lambda/{FUNCTION}."


@every(
    "response, message",
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
def test_lambdas_message_is_shown_and_a_bugs_text_is_not(response, message):
    assert _describe_failure(FUNCTION, response) == message


RECOVERIES = {
    "plain": ({}, "", True),
    "lost, no terminal": ({"LOST": "1"}, "", False),
    "lost, no": ({"LOST": "1"}, "n\n", False),
    "lost, yes": ({"LOST": "1"}, "y\n", True),
    "lost, YES=1": ({"LOST": "1", "YES": "1"}, "", True),
    "others, no terminal": ({"OTHERS": "suspend"}, "", False),
    "others, YES=1": ({"OTHERS": "suspend", "YES": "1"}, "", True),
    "LOST=yes": ({"LOST": "yes", "YES": "1"}, "", False),
}
"""The settings, what the operator types, and whether the function is invoked."""


def test_a_recovery_that_ends_other_access_asks(monkeypatch, capsys):
    wrong = []
    for case, (settings, typed, expected) in RECOVERIES.items():
        invoked = []

        def invoke(_, event, log=invoked):
            log.append(event)
            raise Stop("invoked")

        with monkeypatch.context() as patched:
            patched.setattr(invoking, "_invoke", invoke)
            patched.setattr("sys.stdin", io.StringIO(typed))
            for name, value in (
                {"ID": "lena", "LOST": "", "OTHERS": "", "YES": ""} | settings
            ).items():
                patched.setenv(name, value)
            with pytest.raises(Stop) as stopped:
                invoking.recover_lead()
        if bool(invoked) is not expected:
            wrong.append((case, str(stopped.value)))
    assert wrong == []
    assert (
        "This revokes all tokens of every lead, and the codes and links" in capsys.readouterr().out
    )
