"""The prober beside the local stack: in a process of its own, as its own role, over HTTP."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.domain.prober.checks import CANARY_ROLE, OWN_ENGAGEMENT, UNVERIFIED_ROLE
from local import sample_accounts
from local.people import log_in_people
from local.processes import RunningStack, stack
from local.sample_accounts import FIRM, Client, ClientRole
from local.sample_data import Api, create_sample_data
from tests.e2e.stories import blocks
from tests.running import ROOT

CANARY_ACCOUNT = Client("The prober's own", "444455556666", roles=(), buckets=())
PARAMETER = "/daypass/prober"

# Invokes a function as Lambda does, at this minute of the hour and this many days from now.
PROGRAM = """
import json, sys
from datetime import timedelta
from types import SimpleNamespace
from msgspec.structs import replace
from chalicelib import bootstrap
from chalicelib.entrypoints.prober import schedule

function, event, minute, days = sys.argv[1], *map(json.loads, sys.argv[2:])
made = bootstrap.prober_ports()
now = lambda: made.now().replace(minute=minute) + timedelta(days=days)
bootstrap.prober_ports = lambda: replace(made, now=now, pause=lambda: None)
context = SimpleNamespace(aws_request_id="run-1")
response = getattr(schedule, function)(event, context)
sys.stderr.write(json.dumps(response))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """The response and the log of one invocation."""

    summary: dict[str, Any]
    log: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]

    @property
    def findings(self) -> dict[str, str]:
        lines = [line for line in self.lines if line["message"] == "API check"]
        return {line["check"]: line["verdict"] for line in lines}


@dataclass(frozen=True, slots=True)
class Deployed:
    """The local stack, one of the firm's leads, and the prober's enrolment code."""

    running: RunningStack
    lead: Api
    code: str
    lead_token: str

    def run(self, *, canary: bool = False, minute: int = 30, days: int = 0) -> Ran:
        return self.invoke("prober", {}, canary=canary, minute=minute, days=days)

    def invoke(
        self, function: str, event: Any, *, canary: bool = False, minute: int = 30, days: int = 0
    ) -> Ran:
        aws = self.running.aws
        role = f"arn:aws:iam::{FIRM}:role/daypass-prober"
        process = subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM, function]
            + [json.dumps(argument) for argument in (event, minute, days)],
            cwd=ROOT,
            env={
                "PATH": os.defpath,
                "AWS_ENDPOINT_URL": aws.url,
                "AWS_REGION": aws.region,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.function_credentials_url(role),
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "DAYPASS_API_URL": self.running.api_url,
                "DAYPASS_PROBER_PARAMETER": PARAMETER,
                "DAYPASS_CANARY_ACCOUNT": CANARY_ACCOUNT.account if canary else "",
            },
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        return Ran(json.loads(process.stderr), process.stdout)

    def tokens(self) -> dict[str, str]:
        """Return the prober's stored tokens."""
        ssm = self.running.aws.as_root(FIRM, "ssm")
        stored = ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"]
        tokens: dict[str, str] = json.loads(stored)
        return tokens


@contextmanager
def deployed() -> Iterator[Deployed]:
    """Run the local stack with what docs/prober.md says to create for the prober, including the
    canary role."""
    with stack(aws_port=0, api_port=0) as running:
        token = create_sample_data(running)["lena"]
        lead = Api(running.api_url, token)
        code = _set_up_by_the_document(running, token)
        external_id = lead("GET", f"/v1/engagements/{OWN_ENGAGEMENT}")["external_id"]
        for name in (UNVERIFIED_ROLE, CANARY_ROLE):
            # The role that is not verified could be.
            role = ClientRole(f"daypass-{name}")
            sample_accounts.create_role(running.aws, CANARY_ACCOUNT, role, external_id=external_id)
        path = f"/v1/engagements/{OWN_ENGAGEMENT}/roles"
        lead(
            "POST",
            path,
            name=CANARY_ROLE,
            arn=CANARY_ACCOUNT.role_arn(ClientRole("daypass-canary")),
        )
        lead("POST", f"{path}/{CANARY_ROLE}/verify")
        lead(
            "PATCH",
            f"/v1/engagements/{OWN_ENGAGEMENT}/grants/prober",
            roles=[UNVERIFIED_ROLE, CANARY_ROLE],
        )
        yield Deployed(running, lead, code, token)


def _set_up_by_the_document(running: RunningStack, lead_token: str) -> str:
    """Run the document's commands as Lena, and return the enrolment code from their output."""
    (commands,) = [
        text
        for kind, text in blocks("docs/prober.md")
        if kind == "sh" and "daypass invite prober" in text
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log_in_people(folder, running.api_url, {"lena": lead_token})
        process = subprocess.run(
            ["bash", "-e", "-c", commands],
            env={
                "PATH": f"{folder}/bin:/usr/bin:/bin",
                "DAYPASS_HOME": str(folder / "lena"),
                "ACCOUNT": CANARY_ACCOUNT.account,
            },
            capture_output=True,
            text=True,
        )
    assert process.returncode == 0, process.stderr
    (code,) = re.findall(r"daypass_enrol_prober_\w+", process.stdout)
    return str(code)
