"""Read the fields of a CloudTrail event that the comparison with Daypass's trail needs.

The broker has this file too, as a symbolic link (docs/decisions/0097).
So it imports nothing but the standard library of Python 3.9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

NOT_AN_EVENT = "is not a file of CloudTrail events"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Event(NamedTuple):
    """The fields of an event that the comparison needs. A missing field is an empty text."""

    id: str
    at: str
    """The time in UTC, such as `2026-11-24T09:30:00Z`."""
    action: str
    """The service and the operation, such as `s3:GetObject`."""
    region: str
    request_id: str
    account: str
    """The account that has the event in its CloudTrail."""
    error: str
    caller_account: str
    session_name: str
    """The name of the session that made the request."""
    session_role_arn: str
    """The ARN of the session's role."""
    role_arn: str
    """For an AssumeRole, the ARN of the requested role."""
    new_session: str
    """For an AssumeRole, the name of the requested session."""


def parse_time(text: str) -> datetime:
    """Return the time that CloudTrail or the trail wrote, in UTC. Raise ValueError for any other
    text."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def build_event(record: Mapping[str, Any]) -> Event:
    """Return the event in the record. Raise ValueError if the record is not an event."""
    identity, parameters = _part(record, "userIdentity"), _part(record, "requestParameters")
    at, source, name = (_text(record, key) for key in ("eventTime", "eventSource", "eventName"))
    if not (_TIME.fullmatch(at) and source and name):
        raise ValueError(NOT_AN_EVENT)
    parse_time(at)  # raises ValueError for a day that does not exist
    # The principal's ID of a session is the role's ID, a colon and the session's name.
    _, _, session_name = _text(identity, "principalId").partition(":")
    issuer = _part(_part(identity, "sessionContext"), "sessionIssuer")
    role_arn, caller_account = _text(parameters, "roleArn"), _text(identity, "accountId")
    role_account = role_arn.split(":")[4] if role_arn.count(":") > 4 else ""
    return Event(
        id=_text(record, "eventID"),
        at=at,
        action=f"{source.removesuffix('.amazonaws.com')}:{name}",
        region=_text(record, "awsRegion"),
        request_id=_text(record, "requestID"),
        # recipientAccountId can be missing, as in AWS's example of an AssumeRole from another
        # account. That event is in the CloudTrail of the role's account, not of the caller's.
        account=_text(record, "recipientAccountId") or role_account or caller_account,
        error=_text(record, "errorCode"),
        caller_account=caller_account,
        session_name=session_name,
        session_role_arn=_text(issuer, "arn"),
        role_arn=role_arn,
        new_session=_text(parameters, "roleSessionName"),
    )


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""
