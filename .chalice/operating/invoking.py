"""`make first-lead`, `make recover-lead`, `make enrol-prober`: invoke a function."""

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
from operating.aws_cli import Aws, here
from operating.console import Stop, exit_status, say
from operating.stacks import APP, Stack


def first_lead() -> None:
    name = os.environ.get("NAME", "").strip()
    if not name:
        raise Stop(
            'Set NAME to the first lead\'s name, as in: make first-lead NAME="Lena Lindqvist"'
        )
    member = os.environ.get("ID") or _id_of(name)
    stack, response = _invoke("FirstLead", {"id": member, "name": name})
    say(f"{name} is the first lead, {response['member']}.")
    _print_code(stack, response["code"])


def recover_lead() -> None:
    member = os.environ.get("ID", "")
    if not member:
        raise Stop("Set ID to the lead's ID, as in: make recover-lead ID=lena")
    others = os.environ.get("OTHERS") or "keep"
    if others not in ("keep", "suspend"):
        raise Stop(
            "OTHERS can only be suspend (suspend the other leads). Leave it out to keep them."
        )
    event: dict[str, Any] = {"id": member, "others": others}
    if os.environ.get("LOST") == "1":
        event["lost"] = True
    stack, response = _invoke("RecoverLead", event)
    reinstated = ", and is an active lead again" if response.get("reinstated") else ""
    say(f"The lead {response['member']} can enrol again{reinstated}.")
    if others == "suspend":
        suspended = (
            ", ".join(response.get("suspended", ())) or "none: there is no other active lead"
        )
        say(f"Suspended: {suspended}.")
    _print_code(stack, response["code"])


def enrol_prober() -> None:
    # Not a setting: the shell's history keeps the words after `make`, and `ps` shows them to every
    # user of this machine.
    print("The prober's enrolment code: ", end="", flush=True)
    code = sys.stdin.readline().strip()
    if not code:
        raise Stop("No code was entered. Ask a lead for one (docs/prober.md).")
    _, response = _invoke("EnrolProber", {"code": code}, field="message")
    say(response["message"])


def _id_of(name: str) -> str:
    """Return an ID made from the first name. Raise Stop if that is not possible."""
    spelt = unicodedata.normalize("NFKD", name.split()[0])
    plain = spelt.encode("ascii", "ignore").decode().lower()
    if not re.fullmatch("[a-z][a-z0-9]+", plain):
        raise Stop("Set ID too, as in: ID=lena (a-z, 0-9 and single hyphens)")
    return plain


def _invoke(
    logical_id: str, event: dict[str, Any], field: str = "code"
) -> tuple[Stack, dict[str, Any]]:
    """Return the app's stack and the function's response. Raise Stop if the field is missing."""
    parameters.refuse_unknown()
    aws = here()
    stack = stacks.required(aws, APP)
    function = stacks.resources(aws, stack)[logical_id]["PhysicalResourceId"]
    response = _response(aws, function, event)
    if field not in response:
        raise Stop(response.get("detail") or _failure(function, response))
    return stack, response


def _failure(function: str, response: dict[str, Any]) -> str:
    """Return AWS Lambda's own error, if the function did not run. Never show a bug's text."""
    by_lambda = response.get("errorType", "").startswith(("Runtime.", "Sandbox."))
    why = f" ({response['errorType']}): {response.get('errorMessage', '')}" if by_lambda else "."
    return f"The function failed{why.rstrip('.')}. Its log is /aws/lambda/{function}."


def _response(aws: Aws, function: str, event: dict[str, Any]) -> dict[str, Any]:
    # The response holds an enrolment code: no other user of this machine may read it.
    with TemporaryDirectory() as folder:
        sent, received = Path(folder) / "event", Path(folder) / "response"
        sent.write_text(json.dumps(event), encoding="utf-8")
        # As bytes, because version 2 of the CLI would decode text as base64, and version 1 would
        # not.
        payload = f"fileb://{sent}"
        aws("lambda", "invoke", str(received), function_name=function, payload=payload)
        response: dict[str, Any] = json.loads(received.read_text(encoding="utf-8"))
        return response


def _print_code(stack: Stack, code: str) -> None:
    say("The enrolment code. It works once, within 24 hours. Do not show it to anyone else:")
    say()
    say(f"  {code}")
    say()
    say("Exchange it for a token at this address, as docs/using.md describes:")
    say()
    say(f"  {stack.outputs['EndpointURL'].rstrip('/')}")


COMMANDS = {
    "first-lead": first_lead,
    "recover-lead": recover_lead,
    "enrol-prober": enrol_prober,
}

if __name__ == "__main__":
    sys.exit(exit_status(COMMANDS[sys.argv[1]]))
