"""Create a client's role as its page says, check it, and vend sessions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.live.report import Seen
from local.live.run import Check, Run, Stage, request_id
from local.live.stages.deploy import enrol
from local.rehearsal.commands import StepFailed

ENGAGEMENT = "live-with-the-longest-id-that-there-is-4"
"""40 characters, which an engagement's ID may have at most."""
ROLE = "readonly"
_LONGEST = "the-longest-id-that-a-member-has"
"""32 characters, which a member's ID may have at most."""
CLIENT_STACK = "daypass-live-readonly"
MEMBERS = ("alice", "alice-2", _LONGEST)
_UNITED = "daypass-live-united"
_PATH = f"/v1/engagements/{ENGAGEMENT}"
_PATIENCE = 60
"""Seconds for IAM to apply a new trust policy everywhere."""


def _prepare(run: Run) -> None:
    """Open an engagement, create its role in the client's account, and check it."""
    ends_at = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    opened = run.as_lead(
        "POST",
        "/v1/engagements",
        id=ENGAGEMENT,
        client="Sandbox",
        account_id=run.client.id,
        ends_at=ends_at,
        cut_off="brake",
        roles=[{"name": ROLE, "permissions": "read-basics"}],
    )
    run.notes["page"] = run.report.hide(opened["link"]["url"])
    for name in ("external_id", "cut_off_external_id"):
        run.notes[name] = run.report.hide(opened[name])
    _create_client_role(run)
    run.notes["verified"] = _verify(run, ROLE)
    for member in MEMBERS:
        created = run.as_lead("POST", "/v1/members", id=member, name=member, kind="member")
        run.members[member] = enrol(run, created["enrolment"]["code"])
        run.as_lead("POST", f"{_PATH}/grants", member=member, roles=[ROLE])


def _create_client_role(run: Run) -> None:
    """Create the role with the template of the client's page, as the client does."""
    path = f"{_PATH}/roles/{ROLE}/setup/files?format=cloudformation"
    (file,) = run.as_lead("GET", path)["files"]
    run.notes["template"] = file["text"]
    cloudformation = run.client.client("cloudformation")
    run.create(run.client, "stack", CLIENT_STACK)
    cloudformation.create_stack(
        StackName=CLIENT_STACK,
        TemplateBody=file["text"],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=CLIENT_STACK, WaiterConfig={"Delay": 2, "MaxAttempts": 150}
    )


def _verify(run: Run, role: str) -> dict[str, Any]:
    """Check the role until IAM knows it everywhere, and return the last answer."""
    answers: list[dict[str, Any]] = []

    def is_assumed() -> bool:
        answers.append(run.as_lead("POST", f"{_PATH}/roles/{role}/verify"))
        results: dict[str, str] = answers[-1]["verification"]["results"]
        return results["right-external-id"] == "passed"

    if run.wait_until(is_assumed, _PATIENCE) is None:
        causes = answers[-1]["report"]["causes"]
        raise StepFailed(f"Daypass cannot assume the role {role}: {json.dumps(causes)}")
    return answers[-1]


def vend(run: Run, member: str, *, caller: str = "person") -> dict[str, Any]:
    """Return a session of the member's, and keep its keys out of every output."""
    body = {"role": ROLE, "caller": caller}
    answer = run.call("POST", f"{_PATH}/sessions", token=run.members[member], body=body)
    session: dict[str, Any] = answer.json()
    for key in _keys(session):
        run.report.hide(key)
    return session


def session_client(run: Run, session: dict[str, Any], service: str, region: str = "") -> Any:
    """Return a client with the session's keys."""
    return run.client.client(service, region, keys=_keys(session))


def _keys(session: dict[str, Any]) -> list[str]:
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    return [session["credentials"][name] for name in names]


def _see_grade(run: Run) -> Seen:
    """The role of the client's page passes every check, with source identity and tags."""
    report, verification = run.notes["verified"]["report"], run.notes["verified"]["verification"]
    attributes = verification["accepts_source_identity"], verification["accepts_tags"]
    return Seen(
        report["grade"] == "A" and report["passed"] and attributes == (True, True),
        f"grade {report['grade']}; source identity and tags: {attributes[0]}, {attributes[1]}",
    )


def _see_united_policy(run: Run) -> Seen:
    """One statement with the external ID for all three actions gets grade B."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{run.firm.id}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {
            "StringEquals": {"sts:ExternalId": run.notes["external_id"]},
            "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{run.firm.id}:role/daypass-broker"},
        },
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    run.create(run.client, "role", _UNITED)
    role = run.client.client("iam").create_role(
        RoleName=_UNITED, AssumeRolePolicyDocument=policy, Description="Of make live."
    )
    run.as_lead("POST", f"{_PATH}/roles", name="united", arn=role["Role"]["Arn"])
    verified = _verify(run, "united")
    grade, results = verified["report"]["grade"], verified["verification"]["results"]
    kinds = {name: results.get(name) for name in ("source-identity", "session-tags")}
    return Seen(grade == "B", f"grade {grade}; {kinds}", request_id(role))


def _see_caller_identity(run: Run) -> Seen:
    """A probe's session, which may do nothing, named its account; so does a vended one."""
    result = run.notes["verified"]["verification"]["results"]["declared-account"]
    session = run.notes["session"] = vend(run, "alice")
    identity = session_client(run, session, "sts").get_caller_identity()
    holds = result == "passed" and identity["Arn"] == session["assumed_role_arn"]
    return Seen(holds, f"declared-account {result}; {identity['Arn']}", request_id(identity))


def _see_longest_names(run: Run) -> Seen:
    """STS accepts the session policies with the longest names, and an agent can list buckets."""
    person, agent = vend(run, _LONGEST), vend(run, _LONGEST, caller="agent")
    for session in (person, agent):
        listed = session_client(run, session, "s3").list_buckets()
    names = f"{person['session_name']} and {agent['session_name']}"
    return Seen(holds=True, value=f"{names} list the buckets", request_id=request_id(listed))


def _see_simulation(run: Run) -> Seen:
    """IAM's simulator accepts the function's ARN, and knows that the broker may assume the role."""
    function = f"arn:aws:lambda:{run.firm.region}:{run.firm.id}:function:daypass-Enter-live"
    simulated = run.firm.client("iam").simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{run.firm.id}:role/daypass-broker",
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[run.notes["verified"]["arn"]],
        ContextEntries=[
            {
                "ContextKeyName": "lambda:SourceFunctionArn",
                "ContextKeyType": "string",
                "ContextKeyValues": [function],
            }
        ],
    )
    (result,) = simulated["EvaluationResults"]
    missing = result.get("MissingContextValues", [])
    return Seen(
        result["EvalDecision"] == "allowed" and not missing,
        f"{result['EvalDecision']}; missing keys: {', '.join(missing) or 'none'}",
        request_id(simulated),
    )


STAGE = Stage(
    "sts",
    "Create a client's role, check it, and vend",
    _prepare,
    (
        Check(6, _see_grade),
        Check(7, _see_united_policy),
        Check(10, _see_caller_identity),
        Check(11, _see_longest_names, leaves="read PackedPolicySize in CloudTrail"),
        Check(14, _see_simulation, leaves="a role that the broker may not assume"),
    ),
    is_needed=True,
)
