"""`make first-lead`, `make recover-lead`, `make enrol-prober`: what the operator invokes."""

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
from operating.stacks import APP, Stack
from operating.telling import Stop, exit_status, say


def first_lead() -> None:
    name = os.environ.get("NAME", "").strip()
    if not name:
        raise Stop('Who is the first lead? As in: make first-lead NAME="Lena Lindqvist"')
    member = os.environ.get("ID") or _id_of(name)
    stack, answer = _invoke("FirstLead", {"id": member, "name": name})
    say(f"{name} is the first lead, {answer['member']}.")
    _tell_code(stack, answer["code"])


def recover_lead() -> None:
    member = os.environ.get("ID", "")
    if not member:
        raise Stop("Which lead? As in: make recover-lead ID=lena")
    others = os.environ.get("OTHERS") or "keep"
    if others not in ("keep", "suspend"):
        raise Stop("OTHERS is what becomes of the other leads: OTHERS=suspend, or nothing")
    event: dict[str, Any] = {"id": member, "others": others}
    if os.environ.get("LOST") == "1":
        event["lost"] = True
    stack, answer = _invoke("RecoverLead", event)
    again = ", and is an active lead again" if answer.get("reinstated") else ""
    say(f"The lead {answer['member']} can enrol anew{again}.")
    if others == "suspend":
        suspended = (
            ", ".join(answer.get("suspended", ())) or "nobody: there is no other active lead"
        )
        say(f"Suspended: {suspended}.")
    _tell_code(stack, answer["code"])


def enrol_prober() -> None:
    # Asked for, and no setting: whatever is typed after `make` is in the shell's history, and `ps`
    # shows it to everybody on this machine.
    print("The prober's enrolment code: ", end="", flush=True)
    code = sys.stdin.readline().strip()
    if not code:
        raise Stop("There is no code. A lead gets one: POST /v1/members/prober/enrolment")
    _, answer = _invoke("EnrolProber", {"code": code}, answers="says")
    say(answer["says"])


def _id_of(name: str) -> str:
    """The first of her names, as an ID is written."""
    spelt = unicodedata.normalize("NFKD", name.split()[0])
    plain = spelt.encode("ascii", "ignore").decode().lower()
    if not re.fullmatch("[a-z][a-z0-9]+", plain):
        raise Stop("Which ID shall she have? As in: ID=lena (a-z, 0-9 and single hyphens)")
    return plain


def _invoke(
    logical_id: str, event: dict[str, Any], answers: str = "code"
) -> tuple[Stack, dict[str, Any]]:
    """The app's stack, and the function's answer, with this in it. Stop if it refuses."""
    parameters.refuse_unknown()
    aws = here()
    stack = stacks.required(aws, APP)
    function = stacks.resources(aws, stack)[logical_id]["PhysicalResourceId"]
    answer = _answer(aws, function, event)
    if answers not in answer:
        raise Stop(answer.get("detail") or _why_it_failed(function, answer))
    return stack, answer


def _why_it_failed(function: str, answer: dict[str, Any]) -> str:
    """Return what AWS Lambda itself says of a function that did not run. Never a bug's own text."""
    by_lambda = answer.get("errorType", "").startswith(("Runtime.", "Sandbox."))
    why = f" ({answer['errorType']}): {answer.get('errorMessage', '')}" if by_lambda else "."
    return f"The function failed{why.rstrip('.')}. Its log is /aws/lambda/{function}."


def _answer(aws: Aws, function: str, event: dict[str, Any]) -> dict[str, Any]:
    # The answer holds a code that somebody could enrol with: nobody else on this machine reads it.
    with TemporaryDirectory() as folder:
        sent, answered = Path(folder) / "event", Path(folder) / "answer"
        sent.write_text(json.dumps(event), encoding="utf-8")
        # As bytes: otherwise version 2 of the CLI takes it for base64, and version 1 does not.
        payload = f"fileb://{sent}"
        aws("lambda", "invoke", str(answered), function_name=function, payload=payload)
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
        return answer


def _tell_code(stack: Stack, code: str) -> None:
    say("The enrolment code, good once, within 24 hours, and for nobody else to see:")
    say()
    say(f"  {code}")
    say()
    say("To be exchanged for a token, as docs/using.md says under “Once”, at this address:")
    say()
    say(f"  {stack.outputs['EndpointURL'].rstrip('/')}")


COMMANDS = {
    "first-lead": first_lead,
    "recover-lead": recover_lead,
    "enrol-prober": enrol_prober,
}

if __name__ == "__main__":
    sys.exit(exit_status(COMMANDS[sys.argv[1]]))
