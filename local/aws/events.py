"""Keep CloudTrail's events of roles' sessions, as AWS documents them: a refused cross-account
AssumeRole is in the caller's account only ("Logging IAM and AWS STS API calls with AWS CloudTrail",
IAM User Guide).

ministack's own CloudTrail knows no sessions, no second account and no errors.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from ministack import app
from ministack.services import iam, sts

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_REQUEST_ID = re.compile(r"<RequestId>([^<]+)</RequestId>")
_ERROR = re.compile(r"<Code>([^<]+)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"")
_kept: dict[str, deque[dict[str, Any]]] = defaultdict(partial(deque, maxlen=5000))
"""By account, oldest first."""


def list_events(account: str) -> dict[str, Any]:
    """Return the account's events, as a file of CloudTrail's has them."""
    return {"Records": list(_kept[account])}


def look_up(account: str, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response to LookupEvents: a page of the events in the region that have the
    value, newest first ("LookupEvents", CloudTrail API Reference)."""
    attributes = {a["AttributeKey"]: a["AttributeValue"] for a in request["LookupAttributes"]}
    if len(attributes) != 1 or not attributes.keys() <= _ATTRIBUTES.keys():
        raise ValueError(attributes)
    ((name, value),) = attributes.items()
    begin, end = float(request["StartTime"]), float(request["EndTime"])
    matches = [
        event
        for event in reversed(_kept[account])
        if event["awsRegion"] == region
        and begin <= _seconds(event) <= end
        and _ATTRIBUTES[name](event) == value
    ]
    start = int(request.get("NextToken", "0"))
    stop = start + min(int(request.get("MaxResults", _PAGE)), _PAGE)
    page = [
        {
            "EventId": event["eventID"],
            "EventName": event["eventName"],
            "EventSource": event["eventSource"],
            "EventTime": _seconds(event),
            "CloudTrailEvent": json.dumps(event),
        }
        for event in matches[start:stop]
    ]
    return {"Events": page, **({"NextToken": str(stop)} if stop < len(matches) else {})}


def _seconds(event: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(event["eventTime"]).timestamp()


_ATTRIBUTES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "EventName": lambda event: str(event["eventName"]),
    "ResourceName": lambda event: str(event["requestParameters"].get("roleArn", "")),
    "Username": lambda event: event["userIdentity"]["principalId"].partition(":")[2],
}
_PAGE = 50


def record(
    method: str, path: str, headers: Mapping[str, str], body: str, status: int, response: str
) -> None:
    """Keep the event of a request, if a role's session sent it."""
    signed_by = _CREDENTIAL.search(headers.get("authorization", ""))
    session = sts._sessions.get(signed_by[1]) if signed_by else None
    if signed_by is None or session is None or "assumed-role" not in session["Arn"]:
        return
    _, region, service = signed_by.groups()
    parameters = dict(parse_qsl(body)) if "form" in headers.get("content-type", "") else {}
    name = parameters.get("Action") or app._ct_event_name(service, method, path, dict(headers), {})
    request_id = _REQUEST_ID.search(response)
    error = _ERROR.search(response) if status >= 400 else None
    caller_account = _account(session)
    event = {
        "eventVersion": "1.08",
        "userIdentity": _identify(session),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "requestParameters": {f"{n[0].lower()}{n[1:]}": text for n, text in parameters.items()},
        "requestID": request_id[1] if request_id else str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "recipientAccountId": caller_account,
        **({"errorCode": error[1] or error[2]} if error else {}),
    }
    _kept[caller_account].append(event)
    account = parameters.get("RoleArn", "::::").split(":")[4]
    if name == "AssumeRole" and not error and account != caller_account:
        identity = {"principalId": session["UserId"], "accountId": caller_account}
        copy = {"userIdentity": {"type": "AWSAccount", **identity}, "recipientAccountId": account}
        _kept[account].append({**event, **copy, "eventID": str(uuid.uuid4())})


def _identify(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return the userIdentity of a session's request."""
    account, role_name = _account(session), session["Arn"].split("/")[1]
    role = iam._roles.get_scoped(account, None, role_name) or {"Arn": ""}  # it may be deleted
    issuer = {"type": "Role", "arn": role["Arn"]}
    return {
        "type": "AssumedRole",
        "principalId": session["UserId"],
        "arn": session["Arn"],
        "accountId": account,
        "sessionContext": {"sessionIssuer": issuer},
    }


def _account(session: Mapping[str, Any]) -> str:
    """Return the account of a session. Only its ARN has it for a function's own session."""
    account: str = session["Arn"].split(":")[4]
    return account
