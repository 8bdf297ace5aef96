"""`make first-lead`, `make recover-lead`, `make enrol-prober`: each invokes a Lambda function."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operating import parameters, stacks
from operating.aws_cli import Aws, configured_aws
from operating.console import Stop, exit_status, is_confirmed, say
from operating.stacks import APP, Stack


def first_lead() -> None:
    """Create the first lead, and print their enrolment code."""
    name = os.environ.get("NAME", "").strip()
    if not name:
        raise Stop(
            'Set NAME to the first lead\'s name, as in: make first-lead NAME="Lena Lindqvist"'
        )
    member = os.environ.get("ID") or _make_id_from_name(name)
    stack, response = _invoke("FirstLead", {"id": member, "name": name})
    say(f"{name} is the first lead, {response['member']}.")
    _print_code(stack, response["code"])


_RECOVERIES = {
    "lost": "revokes all tokens of every lead, and the codes and links that leads made,",
    "suspend": "suspends every other lead",
}
"""The effects that the settings LOST=1 and OTHERS=suspend add to a recovery."""


def recover_lead() -> None:
    """Print a new enrolment code for a lead, and reinstate the lead if suspended. LOST=1 first
    revokes all leads' tokens, and OTHERS=suspend suspends the other leads. Both ask first."""
    member = os.environ.get("ID", "")
    if not member:
        raise Stop("Set ID to the lead's ID, as in: make recover-lead ID=lena")
    other_leads = os.environ.get("OTHERS") or "keep"
    if other_leads not in ("keep", "suspend"):
        raise Stop(
            "OTHERS can only be suspend, which suspends the other leads. To keep them active, leave"
            " OTHERS out."
        )
    lost = os.environ.get("LOST") or "0"
    if lost not in ("0", "1"):
        raise Stop("LOST can only be 1, which revokes the tokens of all leads.")
    event: dict[str, Any] = {"id": member, "others": other_leads}
    if lost == "1":
        event["lost"] = True
    effects = [_RECOVERIES[name] for name in ("lost", "suspend") if name in (*event, other_leads)]
    if effects:
        say(f"This {' and '.join(effects)}, before it makes a code for {member}.")
        if not is_confirmed("Go on?"):
            raise Stop("Nothing was changed.")
    stack, response = _invoke("RecoverLead", event)
    reinstated = ", and is an active lead again" if response.get("reinstated") else ""
    say(f"The lead {response['member']} can enrol again{reinstated}.")
    if other_leads == "suspend":
        suspended = ", ".join(response.get("suspended", ()))
        say(f"Suspended: {suspended}." if suspended else "There was no other lead to suspend.")
    _print_code(stack, response["code"])


def enrol_prober() -> None:
    """Enrol the prober, the function that tests the deployed API, with a code from a lead."""
    # Not a setting: the shell's history keeps the words after `make`, and `ps` shows them to every
    # user of this machine.
    print("The prober's enrolment code: ", end="", flush=True)
    code = sys.stdin.readline().strip()
    if not code:
        raise Stop("No enrolment code was entered. Ask a lead for one (docs/prober.md).")
    _, response = _invoke("EnrolProber", {"code": code}, field="message")
    say(response["message"])


def _make_id_from_name(name: str) -> str:
    """Return a member ID made from the first word of the name. Raise Stop if the word,
    without its accents, does not have the form of an ID."""
    normalised = unicodedata.normalize("NFKD", name.split()[0])
    member_id = normalised.encode("ascii", "ignore").decode().lower()
    if not re.fullmatch("[a-z][a-z0-9]+", member_id):
        raise Stop(
            "Daypass cannot make a member ID from this name. Set ID too, as in: ID=lena (a-z, 0-9"
            " and single hyphens)"
        )
    return member_id


def _invoke(
    logical_id: str, event: dict[str, Any], field: str = "code"
) -> tuple[Stack, dict[str, Any]]:
    """Invoke a function of the app, and return the app's stack and the function's response.

    Raise Stop with the function's error if the response does not have this field.
    """
    parameters.refuse_unknown_settings()
    aws = configured_aws()
    stack = stacks.require_stack(aws, APP)
    function = stacks.list_resources(aws, stack)[logical_id]["PhysicalResourceId"]
    response = _invoke_function(aws, function, event)
    if field not in response:
        raise Stop(response.get("detail") or _describe_failure(function, response))
    return stack, response


def _describe_failure(function: str, response: dict[str, Any]) -> str:
    """Return a message for a failed invocation, with AWS Lambda's error if the function never ran.

    The text of an exception in the function is not shown, because it may contain secrets.
    """
    is_lambda_error = response.get("errorType", "").startswith(("Runtime.", "Sandbox."))
    lambda_error = (
        f" ({response['errorType']}): {response.get('errorMessage', '')}"
        if is_lambda_error
        else "."
    )
    return (
        f"The function failed{lambda_error.rstrip('.')}. Read the log group /aws/lambda/{function}."
    )


def _invoke_function(aws: Aws, function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke the Lambda function with the event, and return its response."""
    # The response can hold an enrolment code, which no other user of this machine may read.
    with TemporaryDirectory() as folder:
        event_file, response_file = Path(folder) / "event", Path(folder) / "response"
        event_file.write_text(json.dumps(event), encoding="utf-8")
        # As bytes, because version 2 of the CLI would decode text as base64, and version 1 would
        # not.
        payload = f"fileb://{event_file}"
        aws("lambda", "invoke", str(response_file), function_name=function, payload=payload)
        response: dict[str, Any] = json.loads(response_file.read_text(encoding="utf-8"))
        return response


def _print_code(stack: Stack, code: str) -> None:
    """Print the enrolment code, and the command that exchanges it for a token."""
    say("The lead's enrolment code. It works once, within 24 hours. Give it to the lead only:")
    say()
    say(f"  {code}")
    say()
    say("The lead logs in with this command, which asks for the code (docs/leading.md):")
    say()
    say(f"  daypass login {stack.outputs['EndpointURL'].rstrip('/')}")


COMMANDS = {
    "first-lead": first_lead,
    "recover-lead": recover_lead,
    "enrol-prober": enrol_prober,
}

if __name__ == "__main__":
    sys.exit(exit_status(COMMANDS[sys.argv[1]]))
