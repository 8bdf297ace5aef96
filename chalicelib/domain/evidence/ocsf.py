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

ACTIONS: Mapping[tuple[Class, Activity], tuple[Action, ...]] = {
    (_API, CREATE): (
        Action.VEND,
        Action.ACCESS_LINK_CREATE,
        Action.ENGAGEMENT_CREATE,
        Action.ENGAGEMENT_IMPORT,
        Action.ROLE_CREATE,
        Action.LINK_CREATE,
        Action.FREEZE_BEGIN,
        Action.PAUSE_BEGIN,
        Action.CUT_OFF_REQUEST,
    ),
    (_API, DELETE): (
        Action.SESSION_REVOKE,
        Action.SESSION_END,
        Action.ACCESS_LINK_REVOKE,
        Action.LINK_REVOKE,
        Action.FREEZE_LIFT,
        Action.PAUSE_LIFT,
        Action.CUT_OFF_END,
    ),
    (_API, UPDATE): (
        Action.ACCESS_LINK_USE,
        Action.ENGAGEMENT_CHANGE,
        Action.ENGAGEMENT_CLOSE,
        Action.ENGAGEMENT_RENEW,
        Action.ENGAGEMENT_REVOKE,
        Action.CLIENT_REVOKE,
        Action.ENGAGEMENT_REOPEN,
        Action.EXTERNAL_ID_ROTATE,
        Action.EXTERNAL_ID_PROMOTE,
        Action.EXTERNAL_ID_RETIRE,
        Action.ROLE_CHANGE,
        Action.ROLE_END,
        Action.ROLE_OVERRIDE,
        Action.ROLE_OVERRIDE_END,
        Action.ROLE_SETUP,
        Action.ROLE_POLICY_REPLACED,
        Action.APPROVAL_POLICY_CHANGE,
        Action.CLIENT_APPROVAL_REQUIRE,
        Action.CLIENT_APPROVAL_LIFT,
        Action.FREEZE_LIST,
        Action.FREEZE_LIFT_REQUEST,
        Action.PAUSE_LIFT_REQUEST,
        Action.PAUSE_KEEP,
        Action.CUT_OFF_WRITE,
        Action.CUT_OFF_RELEASE,
    ),
    (_API, READ): (
        Action.MANY_SESSIONS,
        Action.ENGAGEMENT_LEAVE,
        Action.ROLE_VERIFY,
        Action.CUT_OFF_CHECK,
        Action.DAILY_CHECK,
        Action.EVENTS_LOOK_UP,
        Action.LINK_CHECK,
        Action.CUT_OFF_SEE,
        Action.READ,
    ),
    (_API, OTHER): (Action.NOTICE,),
    (_ACCESS, _ASSIGN): (Action.GRANT_CREATE, Action.REQUEST_APPROVE, Action.EMERGENCY_BEGIN),
    (_ACCESS, OTHER): (
        Action.GRANT_CHANGE,
        Action.GRANT_REVIEW,
        Action.REQUEST_CREATE,
        Action.REQUEST_DENY,
        Action.REQUEST_WITHDRAW,
        Action.REQUEST_START,
        Action.EMERGENCY_CONFIRM,
    ),
    (_ACCESS, _TAKE): (Action.GRANT_REVOKE, Action.REQUEST_REVOKE),
    (_ACCOUNT, CREATE): (Action.MEMBER_CREATE, Action.APPROVER_CREATE),
    (_ACCOUNT, OTHER): (
        Action.MEMBER_CHANGE,
        Action.MEMBER_LEAVE,
        Action.ENROLMENT_CREATE,
        Action.ENROLMENT_REVOKE,
        Action.ENROLMENT_USE,
        Action.JOB_BIND,
        Action.TOKEN_CHANGE,
        Action.TOKEN_ROTATE,
        Action.TOKEN_REVOKE,
        Action.APPROVER_LINK_CREATE,
        Action.SLACK_BIND,
    ),
    (_ACCOUNT, _DISABLE): (Action.MEMBER_REVOKE, Action.APPROVER_REVOKE),
    (_ACCOUNT, _ENABLE): (Action.MEMBER_REINSTATE, Action.LEAD_RECOVER, Action.APPROVER_CONFIRM),
    (_LOGIN, OTHER): (Action.WEB_LINK_CREATE,),
    (_LOGIN, _LOGON): (Action.WEB_SIGN_IN,),
    (_LOGIN, _LOGOFF): (Action.WEB_SIGN_OUT,),
}
ACTIVITIES = {action: kind for kind, actions in ACTIONS.items() for action in actions}
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
    """Return the roles that the entry is about, as `engagement/role`. If the entry names no role,
    return all of the engagement's, as `engagement/*`."""
    names = [entry.role] if entry.role else entry.detail("roles").split()
    names += [name for field in ("on_request", "emergency") for name in entry.detail(field).split()]
    engagement = entry.engagement or entry.detail("asked_for") or "*"
    return [f"{engagement}/{name}" for name in dict.fromkeys(names) if name] or [f"{engagement}/*"]


def _build_unmapped(entry: Entry) -> Json:
    """Return the facts of the entry that have no attribute in the schema, by their names on the
    trail."""
    fields = {
        "outcome": entry.outcome.value,
        "engagement": entry.engagement,
        "role": entry.role,
        "subject": entry.subject,
        "details": dict(sorted(entry.details.items())),
    }
    return {name: value for name, value in fields.items() if value}
