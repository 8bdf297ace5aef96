"""Build the fields of an action's form from the types that its request declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from msgspec.structs import FieldInfo, fields, replace

from chalicelib.domain.engagements.engagements import AgentAccess, CutOffMethod
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.people.members import Kind
from chalicelib.domain.values import Value
from chalicelib.entrypoints.web.actions.declared import ActionPage, Label, Typed, WebAction
from chalicelib.entrypoints.web.forms import plain_type

Options = tuple[tuple[str, str], ...]


class RoleMode(StrEnum):
    """When a grant opens a role."""

    NEVER = "never"
    ALWAYS = "always"
    ON_REQUEST = "on-request"
    EMERGENCY = "emergency"


LABELS: Mapping[str, Label] = {
    "member": ("Member", "The member's ID, such as bob."),
    "engagement": ("Engagement", "The engagement's ID, such as acme-prod."),
    "role": ("Role", "The role's name in Daypass, such as readonly."),
    "token": ("Token", "The token's ID. You can find it on the member's page."),
    "session": ("Session", "The session's ID: 16 characters after the member's ID in its name."),
    "request": ("Request", "The request's ID, such as bob.00d9o4r5k3f81c2q."),
    "approver": ("Approver", "The ID of the person at the client, such as jo."),
    "link": (
        "Link",
        "The link's ID. You can find it on the engagement's page “Client and cut-offs”.",
    ),
    "client": ("Client", "The client's name. It is not case-sensitive."),
    "reason": ("Reason", "Recorded in the trail, with your name."),
    "name": "Name",
    "kind": "Kind",
    "arn": "ARN",
    "starts_at": "Starts",
    "ends_at": "Ends",
    "agents": ("Agents", "Programs, such as AI coding tools, that act for a member on their own."),
    "cut_off": (
        "Cut-offs",
        (
            "How a revocation ends live sessions in the client’s account. The client has to agree,"
            " and creates what the method needs."
        ),
    ),
    "max_session": "Longest session",
    "requires_reason": "Members must give a reason for each session",
    "allows_links": (
        "Members may also get a session through an access link",
        "Each access link works only once, for anyone who has it.",
    ),
    "allows_chaining": (
        "Its sessions can assume further roles",
        "A cut-off does not end the sessions of those roles.",
    ),
}
"""The label of each field, unless the action has its own. A field without a label is hidden if the
page has a value for it, and else left out."""
CHOICES: Mapping[type, Mapping[Any, str]] = {
    AgentAccess: {
        AgentAccess.READ_ONLY: "They can list resources and see settings, and nothing else",
        AgentAccess.REFUSE: "They cannot get sessions",
        AgentAccess.ALLOW: "They can get the same sessions as their member",
    },
    CutOffMethod: {
        CutOffMethod.BRAKE: "Brake: Daypass can end one session, a member’s sessions, or"
        " everyone’s",
        CutOffMethod.DENY_ALL: (
            "Deny all: Daypass can end everyone’s sessions, and only the client can undo it"
        ),
        CutOffMethod.NONE: "None: only the client can end live sessions",
    },
    RoleMode: {
        RoleMode.NEVER: "Never",
        RoleMode.ALWAYS: "Always",
        RoleMode.ON_REQUEST: "On request",
        RoleMode.EMERGENCY: "On request, or in an emergency",
    },
    PermissionSet: {
        PermissionSet.VIEW_ONLY_ACCESS: "ViewOnlyAccess: resources and settings, no data",
        PermissionSet.READ_BASICS: "EC2 and RDS, and every S3 bucket and object",
        PermissionSet.READ_ONLY_ACCESS: "ReadOnlyAccess: nearly every service, with data",
        PermissionSet.SECURITY_AUDIT: "SecurityAudit: for a security audit",
        PermissionSet.AS_THEY_ARE: "As they are: the role keeps its permissions",
    },
    GrantsToRenew: {
        GrantsToRenew.ENDED_WITH_IT: "Renew the grants that end with the engagement",
        GrantsToRenew.NONE: "Do not renew any grants",
    },
    Kind: {
        Kind.MEMBER: "Member: gets sessions through grants",
        Kind.LEAD: "Lead: also manages everything, and reads the trail",
        Kind.AUDITOR: "Auditor: reads everything, but cannot get sessions",
        Kind.MACHINE: "Machine: a CI system, whose jobs get sessions through grants",
    },
}
"""The options of each type, with their texts."""
_HOUR = 3600
DURATIONS = {
    "max_session": (900, 1800, _HOUR),
    "longest": (_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR),
    "answer_within": (900, _HOUR, 4 * _HOUR, 24 * _HOUR, 7 * 24 * _HOUR),
    "others_after": (300, 600, 1800, _HOUR),
}
"""The seconds to choose from, by field. A stored duration is a further option."""


class Widget(StrEnum):
    """The form of an input."""

    HIDDEN = "hidden"
    TEXT = "text"
    DATE_TIME = "date-time"
    """A date and a time in UTC."""
    SELECT = "select"
    CHECKBOXES = "checkboxes"
    """Several options. Any number of them can be chosen."""
    MODES = "modes"
    """A select for each of several roles. The values are a role, a colon and its mode."""
    CHECKBOX = "checkbox"
    NUMBER = "number"


WIDGETS = {
    bool: Widget.CHECKBOX,
    datetime: Widget.DATE_TIME,
    frozenset: Widget.CHECKBOXES,
    tuple: Widget.MODES,
    int: Widget.NUMBER,
}
"""The widget of each type. Others have text, or a select if the type has options."""
_MULTI_VALUE_WIDGETS = (Widget.CHECKBOXES, Widget.MODES)


class FormField(Value):
    """An input of an action's form."""

    name: str
    label: str = ""
    hint: str = ""
    widget: Widget = Widget.HIDDEN
    value: Any = ""
    """The text that the field has at first. For CHECKBOXES and MODES, the list of chosen values;
    for CHECKBOX, a bool; for DATE_TIME, a datetime or the typed text."""
    options: Options = ()
    modes: Options = ()
    required: bool = False


def build_fields(
    action: WebAction, page: ActionPage, names: Mapping[str, str], typed: Typed, *, was_sent: bool
) -> tuple[FormField, ...]:
    """Return the fields of the action's form, with the typed values, or else with the page's stored
    values. If the form was sent, the browser has left out empty fields and unchecked boxes. If the
    page only asks for missing IDs, return the fields for these."""
    if page.next_page:
        return tuple(_ask_for_names(action, page, typed))
    shown = [FormField(name=name, value=value) for name, value in names.items()]
    for each in _list_fields(action, page, names):
        value = typed.get(each.name, "" if was_sent else each.value)
        if each.widget is Widget.HIDDEN:
            # Keep the version that the person saw, so that a change meanwhile is noticed. Other
            # hidden values are the page's.
            is_kept = was_sent and each.name == "version"
            value = typed.get(each.name, each.value) if is_kept else each.value
        elif each.widget in _MULTI_VALUE_WIDGETS and isinstance(value, str):
            value = [value] if value else []
        shown.append(replace(each, value=value))
    return tuple(sorted(shown, key=lambda each: each.widget is not Widget.HIDDEN))


def _ask_for_names(action: WebAction, page: ActionPage, typed: Typed) -> Iterator[FormField]:
    for name in action.names:
        label, hint = _split(LABELS[name])
        yield FormField(
            name=name,
            label=label,
            hint=hint,
            widget=Widget.TEXT,
            value=typed.get(name, ""),
            options=page.options.get(name, ()),
            required=True,
        )


def _split(label: Label) -> tuple[str, str]:
    return (label, "") if isinstance(label, str) else label


def _list_fields(
    action: WebAction, page: ActionPage, names: Mapping[str, str]
) -> Iterator[FormField]:
    """Yield the fields except the IDs in `names`: first those that the action labels, in its order,
    then the others. A field without a label is hidden, and left out if it has no stored value."""
    labels = {**LABELS, **action.labels, **page.labels}
    order = [*action.labels, *(each.encode_name for each in fields(action.form))]
    declared = {each.encode_name: each for each in fields(action.form)}
    for name in sorted(declared.keys() - names.keys() - page.without, key=order.index):
        value = find_stored(page.stored, name)
        if name in labels:
            yield _build_field(declared[name], page, value, *_split(labels[name]))
        elif value is not None:
            yield FormField(name=name, value=value)


def find_stored(stored: Any, name: str) -> Any:
    """Return the value of this name that a page has for its form. Return None if it has none."""
    is_mapping = isinstance(stored, Mapping)
    return stored.get(name) if is_mapping else getattr(stored, name, None)


def _build_field(
    declared: FieldInfo, page: ActionPage, value: Any, label: str, hint: str
) -> FormField:
    """Return the form's field for a declared field of the request, with the page's value."""
    name, kind = declared.encode_name, plain_type(declared.type)
    if value is None and not declared.required:
        value = declared.default
    options = page.options.get(name) or _list_options(name, kind, value)
    widget = WIDGETS.get(kind, Widget.TEXT)
    if options and widget not in _MULTI_VALUE_WIDGETS:
        widget = Widget.SELECT
    # The page marks a field as optional unless it is required. "Optional" does not fit a select
    # without an empty option, nor a widget with several values, where no value is a choice too.
    return FormField(
        name=name,
        label=label,
        hint=hint,
        widget=widget,
        value=_show(value, widget),
        options=options,
        modes=_list_options(name, RoleMode, None) if widget is Widget.MODES else (),
        required=declared.required
        or name in page.required
        or widget in _MULTI_VALUE_WIDGETS
        or (widget is Widget.SELECT and all(option for option, _ in options)),
    )


def _list_options(name: str, kind: Any, value: Any) -> Options:
    if name in DURATIONS:
        seconds = {*DURATIONS[name], value} - {None}
        return tuple((str(each), describe_duration(each)) for each in sorted(seconds))
    return tuple((each.value, text) for each, text in CHOICES.get(kind, {}).items())


def _show(value: Any, widget: Widget) -> Any:
    """Return a stored value as its widget shows it."""
    if widget in (Widget.CHECKBOX, Widget.DATE_TIME):
        return value or ""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Iterable) and not isinstance(value, str):
        return sorted(value) if widget in _MULTI_VALUE_WIDGETS else " ".join(sorted(value))
    return "" if value is None else str(value)


def describe_permissions(setup: RoleSetup) -> str:
    """Return the role's permissions in words."""
    if setup.permissions_policy:
        return "The client’s own policy"
    return CHOICES[PermissionSet][setup.permissions]
