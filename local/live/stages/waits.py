"""Points that AWS shows after some minutes only: CloudTrail, metrics, and queries of the logs."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from local.live.report import Seen
from local.live.run import Check, Run, Stage, request_id
from local.live.stages.deploy import resources
from local.rehearsal.operator import ROOT

_MINUTES = 20
"""CloudTrail delivers events within about 15 minutes."""
_QUERY = re.compile(r"```insights\n(.*?)```", re.DOTALL)


def _prepare(_run: Run) -> None:
    """Need nothing."""


def _see_events(run: Run) -> Seen:
    """The client's trail has the probes with their session policy, and the session by its name."""
    # An AssumeRole is recorded in the region of the STS endpoint, which is the firm's.
    trail = run.client.client("cloudtrail", run.firm.region)
    sessions_trail = run.client.client("cloudtrail")
    session = run.notes["session"]["session_name"]
    probes: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []

    def has_both() -> bool:
        probes[:] = [
            event
            for event in _look_up(trail, "EventName", "AssumeRole")
            if "DaypassProbe" in event["CloudTrailEvent"]
        ]
        own[:] = _look_up(sessions_trail, "Username", session)
        return bool(probes and own)

    run.wait_until(has_both, _MINUTES * 60)
    errors = [
        event["EventId"] for event in probes if "errorCode" in json.loads(event["CloudTrailEvent"])
    ]
    value = f"{len(probes)} probes, {len(errors)} of them refused; {len(own)} of the session"
    return Seen(bool(probes and own) and not errors, value, own[0]["EventId"] if own else "")


def _look_up(trail: Any, key: str, value: str) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": key, "AttributeValue": value}]
    time.sleep(1)  # CloudTrail answers two look-ups a second
    return list(trail.lookup_events(LookupAttributes=attributes, MaxResults=50)["Events"])


def _see_metric(run: Run) -> Seen:
    """CloudWatch names the API and its stage as the alarms do."""
    cloudwatch, seen = run.firm.client("cloudwatch"), list[dict[str, Any]]()
    names = {"ApiName": "daypass", "Stage": "api"}
    dimensions = [{"Name": name, "Value": value} for name, value in names.items()]

    def is_listed() -> bool:
        seen.append(
            cloudwatch.list_metrics(
                Namespace="AWS/ApiGateway", MetricName="5XXError", Dimensions=dimensions
            )
        )
        return bool(seen[-1]["Metrics"])

    waited = run.wait_until(is_listed, _MINUTES * 60)
    value = "Not listed" if waited is None else f"Listed after {waited:.0f} s of this stage"
    return Seen(waited is not None, value, request_id(seen[-1]))


def _see_queries(run: Run) -> Seen:
    """CloudWatch Logs accepts each query of the runbooks."""
    logs, group = run.firm.client("logs"), resources(run, "daypass")["APIHandlerLogs"]
    pages = [ROOT / "docs" / "runbooks.md", *sorted((ROOT / "docs" / "runbooks").glob("*.md"))]
    queries = [text for page in pages for text in _QUERY.findall(page.read_text(encoding="utf-8"))]
    now, request, statuses = int(time.time()), "", set[str]()
    for text in queries:
        started = logs.start_query(
            logGroupName=group, startTime=now - 3600, endTime=now, queryString=text
        )
        request = request_id(started)
        time.sleep(2)  # so that no more than 30 run at once
        statuses.add(logs.get_query_results(queryId=started["queryId"])["status"])
    holds = len(queries) > 5 and not statuses & {"Failed", "Timeout", "Cancelled"}
    return Seen(holds, f"{len(queries)} queries accepted: {', '.join(sorted(statuses))}", request)


STAGE = Stage(
    "waits",
    "Wait for CloudTrail and CloudWatch",
    _prepare,
    (
        Check(
            9,
            _see_events,
            leaves="the firm's trail, and a console session",
            not_local="The local AWS has no CloudTrail",
        ),
        Check(40, _see_metric, not_local="The local AWS has no metrics of API Gateway"),
        Check(42, _see_queries, not_local="The local AWS does not parse queries"),
    ),
)
