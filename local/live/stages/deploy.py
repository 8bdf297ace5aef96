"""Deploy, update, and make the first lead, with an operator's commands."""

from __future__ import annotations

import re
import time
from typing import Any

from local.live.report import Seen
from local.live.run import Check, Run, Skipped, Stage, request_id
from local.rehearsal.commands import StepFailed

STACKS = ("daypass-foundation", "daypass")
FIRM_NAME = "Sandbox Consulting"
_CODE = re.compile(r"daypass_enrol_lena_\w+")
_REPORT = re.compile(r"Init Duration: ([\d.]+) ms")
_LOGS_SECONDS = 120


def _prepare(run: Run) -> None:
    """Deploy, deploy again with another name, and enrol the first lead."""
    account = run.firm.client("apigateway").get_account()
    before = run.notes["logs_role"] = account.get("cloudwatchRoleArn", "")
    run.create(run.firm, "gateway-account", "cloudwatchRoleArn", before=before)
    for stack in STACKS:
        run.create(run.firm, "stack", stack)
    settings = {"YES": "1"} | ({"PACKAGED": run.packaged} if run.packaged else {})
    started = time.monotonic()
    run.make("deploy", settings | {"FIRM_NAME": "Before the update"})
    updating = time.monotonic()
    run.make("deploy", settings | {"FIRM_NAME": FIRM_NAME})
    run.notes["seconds"] = (updating - started, time.monotonic() - updating)
    run.api_url = run.api_address(_outputs(run)["EndpointURL"].rstrip("/"))
    code = _CODE.search(run.make("first-lead", {"NAME": "Lena"}, is_secret=True))
    if code is None:
        raise StepFailed("`make first-lead` printed no enrolment code.")
    run.lead = enrol(run, code[0])
    run.as_lead("GET", "/v1/me")


def enrol(run: Run, code: str) -> str:
    """Exchange an enrolment code for a token, and keep both out of every output."""
    run.report.hide(code)
    body = {"code": code, "label": "make live"}
    token: str = run.call("POST", "/v1/enrol", body=body).json()["token"]
    return run.report.hide(token)


def _stack(run: Run, name: str) -> tuple[dict[str, Any], str]:
    response = run.firm.client("cloudformation").describe_stacks(StackName=name)
    return response["Stacks"][0], request_id(response)


def _outputs(run: Run) -> dict[str, str]:
    stack, _ = _stack(run, "daypass")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def api_id(run: Run) -> str:
    """Return the API's ID."""
    return _outputs(run)["RestAPIId"]


def resources(run: Run, stack: str) -> dict[str, str]:
    """Return the physical IDs of the stack's resources, by logical ID."""
    cloudformation = run.firm.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


def _see_stacks(run: Run) -> Seen:
    """Both stacks are complete, and the app has the name of the update."""
    foundation, _ = _stack(run, "daypass-foundation")
    app, request = _stack(run, "daypass")
    names = {each["ParameterKey"]: each.get("ParameterValue") for each in app["Parameters"]}
    created, updated = run.notes["seconds"]
    statuses = f"{foundation['StackStatus']}, {app['StackStatus']}"
    holds = (
        foundation["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        and app["StackStatus"] == "UPDATE_COMPLETE"
        and names["FirmName"] == FIRM_NAME
    )
    return Seen(holds, f"{statuses}; {created:.0f} s, then {updated:.0f} s", request)


def _see_start(run: Run) -> Seen:
    """Lambda reports how long the API's function took to start."""
    group = resources(run, "daypass")["APIHandlerLogs"]
    logs, messages = run.firm.client("logs"), list[str]()

    def is_reported() -> bool:
        events = logs.filter_log_events(logGroupName=group, filterPattern='"Init Duration"')
        messages.extend(event["message"] for event in events["events"])
        return bool(messages)

    run.wait_until(is_reported, _LOGS_SECONDS)
    starts = [match[1] for message in messages if (match := _REPORT.search(message))]
    if not starts:
        return Seen(holds=False, value=f"No REPORT line in {group}")
    return Seen(holds=True, value=f"Init Duration of {', '.join(starts)} ms")


def _see_method_settings(run: Run) -> Seen:
    """The stage has all limits of its template, and it is the only stage."""
    stages = run.firm.client("apigateway").get_stages(restApiId=api_id(run))
    template = run.firm.client("cloudformation").get_template(
        StackName="daypass", TemplateStage="Processed"
    )["TemplateBody"]
    (declared,) = (
        resource["Properties"]["MethodSettings"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGateway::Stage"
    )
    names = [stage["stageName"] for stage in stages["item"]]
    settings = len(stages["item"][0]["methodSettings"])
    return Seen(
        names == ["api"] and settings == len(declared),
        f"{settings} of {len(declared)} method settings; stages: {', '.join(names)}",
        request_id(stages),
    )


def _see_logs_role(run: Run) -> Seen:
    """API Gateway has accepted the role where it had none before."""
    if run.notes["logs_role"]:
        raise Skipped("API Gateway had a logging role in this account before")
    account = run.firm.client("apigateway").get_account()
    role = account.get("cloudwatchRoleArn", "")
    return Seen(role.endswith(":role/daypass-gateway-logs"), role or "no role", request_id(account))


def _see_versions(run: Run) -> Seen:
    """The bucket keeps a version of each file that `make deploy` uploaded."""
    bucket = resources(run, "daypass-foundation")["ArtefactBucket"]
    listed = run.firm.client("s3").list_object_versions(Bucket=bucket)
    versions = [version["VersionId"] for version in listed.get("Versions", ())]
    return Seen(
        bool(versions) and "null" not in versions,
        f"{len(versions)} versions; the first deployment took {run.notes['seconds'][0]:.0f} s",
        request_id(listed),
    )


STAGE = Stage(
    "deploy",
    "Deploy, update, and make the first lead",
    _prepare,
    (
        Check(3, _see_stacks),
        Check(
            4,
            _see_start,
            leaves="package with and without a python3.13, and compare",
            not_local="The local AWS writes no REPORT lines",
        ),
        Check(32, _see_method_settings),
        Check(36, _see_logs_role),
        Check(55, _see_versions, leaves="what the bucket answers meanwhile"),
    ),
    is_needed=True,
)
