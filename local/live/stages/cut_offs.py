"""End a member's live sessions from within the client's account, and measure how long it takes."""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError

from local.live.report import Seen
from local.live.run import Check, Run, Stage, refused, request_id
from local.live.stages.preflight import build_policy
from local.live.stages.sts import CLIENT_STACK, session_client, vend
from local.rehearsal.commands import StepFailed

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
_FULL = "daypass-live-full"
_MOST_POLICIES = 10
_PATIENCE = 420
"""Seconds: IAM may take five minutes, and Daypass a minute more."""


def _prepare(run: Run) -> None:
    """Vend a session for each member, and cut off one of them."""
    session, other = vend(run, "alice"), vend(run, "alice-2")
    run.notes["other"] = session_client(run, other, "ec2", run.client.region)
    regions = dict.fromkeys((run.client.region, *REGIONS))
    clients = {region: session_client(run, session, "ec2", region) for region in regions}
    for client in (*clients.values(), run.notes["other"]):
        if refusal := refused(client.describe_regions):
            raise StepFailed(f"A new session cannot do its work: {refusal}")
    run.as_lead("POST", "/v1/members/alice/revoke", reason="make live")
    _watch(run, clients)


def _watch(run: Run, clients: dict[str, Any]) -> None:
    """Repeat a request in each region until AWS denies it, and read how far Daypass is."""
    started = time.monotonic()
    denied: dict[str, float] = {}
    refusals: dict[str, ClientError] = {}
    cut_offs: list[dict[str, Any]] = []

    def is_over() -> bool:
        for region, client in clients.items():
            if region not in denied and (refusal := refused(client.describe_regions)):
                denied[region] = time.monotonic() - started
                refusals[region] = refusal
        cut_offs[:] = run.as_lead("GET", "/v1/cut-offs")["cut_offs"]
        return len(denied) == len(clients) and bool(cut_offs) and cut_offs[0]["status"] == "seen"

    run.wait_until(is_over, _PATIENCE)
    run.notes |= {"denied": denied, "refusals": refusals, "regions": set(clients)}
    run.notes["cut_off"] = cut_offs[0] if cut_offs else {}


def _see_written(run: Run) -> Seen:
    """Daypass wrote a version, without iam:SetDefaultPolicyVersion."""
    cut_off = run.notes["cut_off"]
    holds = bool(cut_off.get("written_at")) and cut_off.get("problem") != "not-permitted"
    return Seen(holds, f"{cut_off.get('status')}; problem: {cut_off.get('problem')}")


def _see_seen(run: Run) -> Seen:
    """Daypass understood the message with which AWS refused its canary."""
    cut_off = run.notes["cut_off"]
    times = {name: cut_off.get(name) for name in ("requested_at", "written_at", "seen_at")}
    return Seen(cut_off.get("status") == "seen", f"{cut_off.get('status')}; {times}")


def _see_regions(run: Run) -> Seen:
    """The session ends in each region within five minutes."""
    denied: dict[str, float] = run.notes["denied"]
    late = [region for region in run.notes["regions"] if denied.get(region, 999) > 300]
    value = "; ".join(f"{region} {seconds:.1f} s" for region, seconds in denied.items())
    if late:
        return Seen(holds=False, value=f"{value}; not within 300 s: {', '.join(sorted(late))}")
    refusals: dict[str, ClientError] = run.notes["refusals"]
    codes = {refusal.response["Error"]["Code"] for refusal in refusals.values()}
    last = list(refusals.values())[-1]
    holds = codes <= {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}
    return Seen(holds, f"{value}; {', '.join(sorted(codes))}", request_id(last.response))


def _see_update(run: Run) -> Seen:
    """An update of the client's stack keeps Daypass's version of the brake."""
    cloudformation, iam = run.client.client("cloudformation"), run.client.client("iam")
    policy = f"arn:aws:iam::{run.client.id}:policy/daypass-cut-off/daypass-readonly-brake"
    before = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    cloudformation.update_stack(
        StackName=CLIENT_STACK,
        TemplateBody=run.notes["template"].replace(
            "MaxSessionDuration: 3600", "MaxSessionDuration: 7200", 1
        ),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=CLIENT_STACK, WaiterConfig={"Delay": 2, "MaxAttempts": 150}
    )
    read = iam.get_policy(PolicyArn=policy)
    after = read["Policy"]["DefaultVersionId"]
    return Seen(before == after != "v1", f"{before}, then {after}", request_id(read))


def _see_cut_off_role(run: Run) -> Seen:
    """The cut-off role admits Daypass's session, and none of the others that Daypass tried."""
    checks = run.notes["verified"]["report"]["cut_off"]["checks"]
    results = {check["check"]: check["result"] for check in checks}
    holds = results.get("cut-off-role") == "passed" and "failed" not in results.values()
    return Seen(holds, "; ".join(f"{name}: {result}" for name, result in results.items()))


def _see_other_member(run: Run) -> Seen:
    """The session of a member whose ID begins alike still works."""
    refusal = refused(run.notes["other"].describe_regions)
    if not run.notes["denied"]:
        return Seen(holds=False, value="The member's own session was not denied")
    value = "alice is denied, alice-2 is not" if refusal is None else str(refusal)
    return Seen(refusal is None, value, request_id(refusal.response) if refusal else "")


def _see_full_role(run: Run) -> Seen:
    """IAM refuses to attach an eleventh policy to a role."""
    iam = run.client.client("iam")
    allow = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": run.client.id}, "Action": "sts:AssumeRole"}
    policies = [
        f"arn:aws:iam::{run.client.id}:policy/{_FULL}-{number}"
        for number in range(_MOST_POLICIES + 1)
    ]
    for policy in policies:
        run.create(run.client, "policy", policy)
        iam.create_policy(PolicyName=policy.rpartition("/")[2], PolicyDocument=build_policy(allow))
    run.create(run.client, "role", _FULL)
    iam.create_role(RoleName=_FULL, AssumeRolePolicyDocument=build_policy(trust))
    for policy in policies[:-1]:
        iam.attach_role_policy(RoleName=_FULL, PolicyArn=policy)
    refusal = refused(iam.attach_role_policy, RoleName=_FULL, PolicyArn=policies[-1])
    if refusal is None:
        return Seen(holds=False, value="IAM attached an eleventh policy")
    code = refusal.response["Error"]["Code"]
    return Seen(code == "LimitExceeded", str(refusal), request_id(refusal.response))


STAGE = Stage(
    "cut-offs",
    "Cut off a member, and measure how long it takes",
    _prepare,
    (
        Check(63, _see_written),
        Check(64, _see_seen, leaves="the method deny-all"),
        Check(65, _see_regions),
        Check(67, _see_update, leaves="a deletion with several versions, and Terraform"),
        Check(68, _see_cut_off_role, leaves="a released brake, and a role with a path"),
        Check(69, _see_other_member),
        Check(70, _see_full_role, leaves="what a cut-off reports then"),
    ),
)
