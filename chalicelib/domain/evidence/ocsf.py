"""Write trail entries as events of the Open Cybersecurity Schema Framework (OCSF, schema.ocsf.io).

One table says which class of event each action is. What the schema has no attribute for is in
`unmapped`, so that an event has all of its entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Action, Entry, Outcome

VERSION = "1.5.0"
"""The version of the schema. Later versions 1.x accept these events, too."""
Json = dict[str, Any]


class Class(IntEnum):
    """A class of OCSF, by its `class_uid`. The thousands are its `category_uid`."""

    ACCOUNT_CHANGE = 3001
    AUTHENTICATION = 3002
    USER_ACCESS = 3005
    API_ACTIVITY = 6003


_NAMES = {
    Class.ACCOUNT_CHANGE: "Account Change",
    Class.AUTHENTICATION: "Authentication",
    Class.USER_ACCESS: "User Access Management",
    Class.API_ACTIVITY: "API Activity",
}
_CATEGORIES = {3: "Identity & Access Management", 6: "Application Activity"}
_ACCOUNT, _LOGIN = Class.ACCOUNT_CHANGE, Class.AUTHENTICATION
_ACCESS, _API = Class.USER_ACCESS, Class.API_ACTIVITY


class Activity(NamedTuple):
    """The `activity_id` and the `activity_name` of an event."""

    id: int
    name: str


CREATE, READ = Activity(1, "Create"), Activity(2, "Read")
UPDATE, DELETE = Activity(3, "Update"), Activity(4, "Delete")
_ENABLE, _DISABLE = Activity(2, "Enable"), Activity(5, "Disable")
_ASSIGN, _TAKE = Activity(1, "Assign Privileges"), Activity(2, "Revoke Privileges")
_LOGON, _LOGOFF = Activity(1, "Logon"), Activity(2, "Logoff")
OTHER = Activity(99, "")
"""An activity that the schema does not list. Its name is the action's."""

ACTIVITIES: Mapping[Action, tuple[Class, Activity]] = {
    Action.VEND: (_API, CREATE),
    Action.SESSION_REVOKE: (_API, DELETE),
    Action.SESSION_END: (_API, DELETE),
    Action.ACCESS_LINK_CREATE: (_API, CREATE),
    Action.ACCESS_LINK_USE: (_API, UPDATE),
    Action.ACCESS_LINK_REVOKE: (_API, DELETE),
    Action.MEMBER_CREATE: (_ACCOUNT, CREATE),
    Action.MEMBER_CHANGE: (_ACCOUNT, OTHER),
    Action.MEMBER_REVOKE: (_ACCOUNT, _DISABLE),
    Action.MEMBER_LEAVE: (_ACCOUNT, OTHER),
    Action.MEMBER_REINSTATE: (_ACCOUNT, _ENABLE),
    Action.MANY_SESSIONS: (_API, READ),
    Action.LEAD_RECOVER: (_ACCOUNT, _ENABLE),
    Action.ENROLMENT_CREATE: (_ACCOUNT, OTHER),
    Action.ENROLMENT_REVOKE: (_ACCOUNT, OTHER),
    Action.ENROLMENT_USE: (_ACCOUNT, OTHER),
    Action.JOB_BIND: (_ACCOUNT, OTHER),
    Action.TOKEN_CHANGE: (_ACCOUNT, OTHER),
    Action.TOKEN_ROTATE: (_ACCOUNT, OTHER),
    Action.TOKEN_REVOKE: (_ACCOUNT, OTHER),
    Action.ENGAGEMENT_CREATE: (_API, CREATE),
    Action.ENGAGEMENT_CHANGE: (_API, UPDATE),
    Action.ENGAGEMENT_CLOSE: (_API, UPDATE),
    Action.ENGAGEMENT_RENEW: (_API, UPDATE),
    Action.ENGAGEMENT_REVOKE: (_API, UPDATE),
    Action.CLIENT_REVOKE: (_API, UPDATE),
    Action.ENGAGEMENT_REOPEN: (_API, UPDATE),
    Action.ENGAGEMENT_IMPORT: (_API, CREATE),
    Action.ENGAGEMENT_LEAVE: (_API, READ),
    Action.EXTERNAL_ID_ROTATE: (_API, UPDATE),
    Action.EXTERNAL_ID_PROMOTE: (_API, UPDATE),
    Action.EXTERNAL_ID_RETIRE: (_API, UPDATE),
    Action.ROLE_CREATE: (_API, CREATE),
    Action.ROLE_CHANGE: (_API, UPDATE),
    Action.ROLE_END: (_API, UPDATE),
    Action.ROLE_VERIFY: (_API, READ),
    Action.CUT_OFF_CHECK: (_API, READ),
    Action.ROLE_OVERRIDE: (_API, UPDATE),
    Action.ROLE_OVERRIDE_END: (_API, UPDATE),
    Action.ROLE_SETUP: (_API, UPDATE),
    Action.DAILY_CHECK: (_API, READ),
    Action.EVENTS_LOOK_UP: (_API, READ),
    Action.ROLE_POLICY_REPLACED: (_API, UPDATE),
    Action.LINK_CREATE: (_API, CREATE),
    Action.LINK_REVOKE: (_API, DELETE),
    Action.LINK_CHECK: (_API, READ),
    Action.GRANT_CREATE: (_ACCESS, _ASSIGN),
    Action.GRANT_CHANGE: (_ACCESS, OTHER),
    Action.GRANT_REVOKE: (_ACCESS, _TAKE),
    Action.GRANT_REVIEW: (_ACCESS, OTHER),
    Action.REQUEST_CREATE: (_ACCESS, OTHER),
    Action.REQUEST_APPROVE: (_ACCESS, _ASSIGN),
    Action.REQUEST_DENY: (_ACCESS, OTHER),
    Action.REQUEST_WITHDRAW: (_ACCESS, OTHER),
    Action.REQUEST_START: (_ACCESS, OTHER),
    Action.REQUEST_REVOKE: (_ACCESS, _TAKE),
    Action.EMERGENCY_BEGIN: (_ACCESS, _ASSIGN),
    Action.EMERGENCY_CONFIRM: (_ACCESS, OTHER),
    Action.APPROVAL_POLICY_CHANGE: (_API, UPDATE),
    Action.APPROVER_CREATE: (_ACCOUNT, CREATE),
    Action.APPROVER_REVOKE: (_ACCOUNT, _DISABLE),
    Action.APPROVER_CONFIRM: (_ACCOUNT, _ENABLE),
    Action.APPROVER_LINK_CREATE: (_ACCOUNT, OTHER),
    Action.CLIENT_APPROVAL_REQUIRE: (_API, UPDATE),
    Action.CLIENT_APPROVAL_LIFT: (_API, UPDATE),
    Action.FREEZE_BEGIN: (_API, CREATE),
    Action.FREEZE_LIST: (_API, UPDATE),
    Action.FREEZE_LIFT_REQUEST: (_API, UPDATE),
    Action.FREEZE_LIFT: (_API, DELETE),
    Action.PAUSE_BEGIN: (_API, CREATE),
    Action.PAUSE_LIFT: (_API, DELETE),
    Action.PAUSE_LIFT_REQUEST: (_API, UPDATE),
    Action.PAUSE_KEEP: (_API, UPDATE),
    Action.CUT_OFF_REQUEST: (_API, CREATE),
    Action.CUT_OFF_WRITE: (_API, UPDATE),
    Action.CUT_OFF_SEE: (_API, READ),
    Action.CUT_OFF_END: (_API, DELETE),
    Action.CUT_OFF_RELEASE: (_API, UPDATE),
    Action.NOTICE: (_API, OTHER),
    Action.SLACK_BIND: (_ACCOUNT, OTHER),
    Action.WEB_LINK_CREATE: (_LOGIN, OTHER),
    Action.WEB_SIGN_IN: (_LOGIN, _LOGON),
    Action.WEB_SIGN_OUT: (_LOGIN, _LOGOFF),
    Action.READ: (_API, READ),
}
"""The class and the activity of each action."""

_FAILURES = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.WITHHELD})
_USER_TYPES = {OPERATOR: 2, SCHEDULE: 3, CLIENT: 99}  # administrator, system, other
_A_USER = 1
_PRODUCT = {"name": "Daypass", "vendor_name": "Daypass"}


def build_event(entry: Entry) -> Json:
    """Return the entry as an event of its action's class, as values for a JSON encoder."""
    kind, activity = ACTIVITIES[entry.action]
    if entry.action is Action.REQUEST_APPROVE and entry.detail("status") != "approved":
        activity = OTHER  # it still waits for another approval, which opens the access
    category = kind // 1000
    event: Json = {
        "metadata": _build_metadata(entry),
        "time": round(entry.at.timestamp() * 1000),
        "category_uid": category,
        "category_name": _CATEGORIES[category],
        "class_uid": kind.value,
        "class_name": _NAMES[kind],
        "activity_id": activity.id,
        "activity_name": activity.name or entry.action.value,
        "type_uid": kind * 100 + activity.id,
        **_build_status(entry),
        "message": describe_entry(entry).text,
        "actor": _build_actor(entry),
        "src_endpoint": {"ip": entry.address} if entry.address else {"svc_name": "daypass"},
    }
    if kind is not Class.API_ACTIVITY:
        event["user"] = _build_subject(entry)
    if kind in (Class.API_ACTIVITY, Class.USER_ACCESS):
        event["resources"] = _list_resources(entry)
    if kind is Class.API_ACTIVITY:
        event["api"] = _build_api(entry)
    elif kind is Class.USER_ACCESS:
        event["privileges"] = _list_privileges(entry)
    elif kind is Class.AUTHENTICATION:
        event["service"] = {"name": "Daypass"}
    event["unmapped"] = _build_unmapped(entry)
    return event


def _build_metadata(entry: Entry) -> Json:
    """Return the event's metadata. All entries of a vend have one `correlation_uid`."""
    metadata: Json = {
        "version": VERSION,
        "product": _PRODUCT,
        "uid": entry.id,
        "event_code": entry.action.value,
        "original_time": format_sortable(entry.at),
    }
    return metadata | ({"correlation_uid": entry.vend} if entry.vend else {})


def _build_status(entry: Entry) -> Json:
    """Return whether the operation succeeded. An intent is neither a success nor a failure."""
    if entry.outcome in _FAILURES:
        status: Json = {"status_id": 2, "status": "Failure", "severity_id": 2}
    elif entry.outcome is Outcome.INTENDED:
        status = {"status_id": 99, "status": "intended", "severity_id": 1}
    else:
        status = {"status_id": 1, "status": "Success", "severity_id": 1}
    return status | ({"status_code": entry.reason} if entry.reason else {})


def _build_user(id: str) -> Json:
    return {"uid": id, "name": id, "type_id": _USER_TYPES.get(id, _A_USER)}


def _build_actor(entry: Entry) -> Json:
    token = {"session": {"credential_uid": entry.token}} if entry.token else {}
    return {"user": _build_user(entry.actor), **token}


def _build_subject(entry: Entry) -> Json:
    """Return the person whose account or access the entry is about."""
    if entry.action.value.startswith("approver") and (approver := entry.detail("approver")):
        return {"uid": approver, "name": approver, "type_id": 99, "type": "client's approver"}
    return _build_user(entry.subject or entry.actor)


def _build_api(entry: Entry) -> Json:
    """Return the call. A session that AWS issued has the request ID that CloudTrail has, too."""
    if request_id := entry.detail("aws_request_id"):
        service = {"name": "sts.amazonaws.com"}
        return {"operation": "AssumeRole", "service": service, "request": {"uid": request_id}}
    return {"operation": entry.action.value, "service": {"name": "daypass"}}


def _list_resources(entry: Entry) -> list[Json]:
    """Return the engagement, the role and the member that the entry names. `uid` of a role is its
    ARN, if the entry has that."""
    arn = entry.detail("role_arn") or entry.detail("arn")
    role = f"{entry.engagement}/{entry.role}" if entry.engagement else entry.role
    resources = (
        ("engagement", entry.engagement, ""),
        ("role", role if entry.role else "", arn),
        ("member", entry.subject, ""),
    )
    listed = [
        {"type": kind, "name": name, "uid": uid or name} for kind, name, uid in resources if name
    ]
    return listed or [{"type": "service", "name": "daypass", "uid": "daypass"}]


def _list_privileges(entry: Entry) -> list[str]:
    """Return the roles that the entry is about, as `engagement/role`; all of the engagement's if it
    names none."""
    names = [entry.role] if entry.role else entry.detail("roles").split()
    names += [name for field in ("on_request", "emergency") for name in entry.detail(field).split()]
    engagement = entry.engagement or entry.detail("asked_for") or "*"
    return [f"{engagement}/{name}" for name in dict.fromkeys(names) if name] or [f"{engagement}/*"]


def _build_unmapped(entry: Entry) -> Json:
    """Return what the schema has no attribute for, under the names of the trail."""
    fields = {
        "outcome": entry.outcome.value,
        "engagement": entry.engagement,
        "role": entry.role,
        "subject": entry.subject,
        "details": dict(sorted(entry.details.items())),
    }
    return {name: value for name, value in fields.items() if value}
