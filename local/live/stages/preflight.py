"""Before any stack: a throwaway function shows what Daypass's roles rely on."""

from __future__ import annotations

import json
from typing import Any

from local.live.report import Seen
from local.live.run import Check, Run, Stage, refused, request_id
from local.live.stages.probe import Answer, Probe, create_function, create_probe
from local.rehearsal.commands import StepFailed

PROBE = "daypass-live-probe"
_TARGET = "daypass-live-target"
_FOREIGN = "daypass-live-foreign"
_LAMBDA = {"Service": "lambda.amazonaws.com"}
_PATIENCE = 60
"""Seconds for IAM to apply a new policy everywhere."""


def _prepare(run: Run) -> None:
    """Create two roles and the function."""
    for name in ("daypass-foundation", "daypass"):
        cloudformation = run.firm.client("cloudformation")
        missing = refused(cloudformation.describe_stacks, StackName=name)
        if missing is None or "does not exist" not in str(missing):
            raise StepFailed(
                f"The stack {name} exists in {run.firm.id}, or cannot be read. Use an account"
                " without Daypass: the clean-up would delete it."
            )
    iam = run.firm.client("iam")
    function = f"arn:aws:lambda:{run.firm.region}:{run.firm.id}:function:{PROBE}"
    probe = _create_role(run, PROBE, _LAMBDA)
    target = _create_role(run, _TARGET, {"AWS": f"arn:aws:iam::{run.firm.id}:root"}, hours=2)
    statements: tuple[dict[str, Any], ...] = (
        # Allowed only with the key, and only if its value has no version.
        {
            "Effect": "Allow",
            "Action": "dynamodb:DescribeLimits",
            "Resource": "*",
            "Condition": {"StringEquals": {"lambda:SourceFunctionArn": function}},
        },
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": target},
    )
    iam.put_role_policy(
        RoleName=PROBE, PolicyName="probe", PolicyDocument=build_policy(*statements)
    )
    run.notes |= {"probe": create_probe(run, PROBE, probe), "role": probe, "target": target}


def _create_role(run: Run, name: str, principal: dict[str, str], *, hours: int = 1) -> str:
    """Create a role that the principal may assume, and return its ARN."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    run.create(run.firm, "role", name)
    response = run.firm.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=build_policy(statement),
        MaxSessionDuration=hours * 3600,
        Description="A throwaway role of make live.",
    )
    return str(response["Role"]["Arn"])


def build_policy(*statements: dict[str, Any]) -> str:
    """Return a policy with these statements, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _see_source_function(run: Run) -> Seen:
    """A call is allowed only if it carries the function's ARN, without a version."""
    probe: Probe = run.notes["probe"]
    answers: list[Answer] = []

    def is_allowed() -> bool:
        answers.append(probe.dynamodb("DescribeLimits"))
        return answers[-1].status == 200

    is_seen = run.wait_until(is_allowed, _PATIENCE) is not None
    value = "DynamoDB saw the function's ARN, without a version" if is_seen else answers[-1].error
    return Seen(is_seen, value, answers[-1].request_id)


def _see_foreign_role(run: Run) -> Seen:
    """Lambda in the client's account refuses a role of the firm's."""
    run.create(run.client, "function", _FOREIGN)
    refusal = refused(
        create_function, account=run.client, name=_FOREIGN, role_arn=run.notes["role"]
    )
    if refusal is None:
        return Seen(holds=False, value="Lambda created a function with a role of another account")
    holds = "ross-account pass role" in str(refusal)
    return Seen(holds, str(refusal), request_id(refusal.response))


def _see_chaining(run: Run) -> Seen:
    """A session that a function's role asks for lasts an hour at most."""
    probe: Probe = run.notes["probe"]
    answers: list[Answer] = []

    def is_allowed() -> bool:
        answers.append(probe.assume_role(run.notes["target"], 3600))
        return answers[-1].status == 200

    if run.wait_until(is_allowed, _PATIENCE) is None:
        return Seen(holds=False, value=f"3,600 seconds: {answers[-1].error}")
    longer = probe.assume_role(run.notes["target"], 3601)
    holds = longer.status == 400 and "ole chaining" in longer.text
    return Seen(holds, f"3,600 seconds: 200. 3,601 seconds: {longer.error}", longer.request_id)


def _see_copied_credentials(run: Run) -> Seen:
    """The function's credentials, used on this machine, carry the function's ARN, too."""
    credentials = run.notes["probe"].credentials()
    keys = [run.report.hide(credentials[name]) for name in ("key", "secret", "token")]
    refusal = refused(run.firm.client("dynamodb", keys=keys).describe_limits)
    if refusal is None:
        return Seen(holds=True, value="The copied credentials carried the function's ARN")
    return Seen(holds=False, value=str(refusal), request_id=request_id(refusal.response))


STAGE = Stage(
    "preflight",
    "Preflight: a throwaway function, before any stack",
    _prepare,
    (
        Check(1, _see_source_function),
        Check(2, _see_foreign_role, not_local="The local AWS lets Lambda use any account's role"),
        Check(5, _see_chaining),
        Check(17, _see_copied_credentials),
    ),
    is_needed=True,
)
