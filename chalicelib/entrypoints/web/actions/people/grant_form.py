"""The form of a grant: each of the engagement's roles in one of three lists, and two times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from chalicelib.domain.engagements.grants import (
    Grant,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.values import Request, Value, build_constraints
from chalicelib.entrypoints.web.actions.declared import (
    FormField,
    Typed,
    Widget,
)
from chalicelib.entrypoints.web.request import WebRequest

ROLES_SHOWN = 100
_LISTS = {
    "roles": ("Always", "The grant alone opens these roles."),
    "on_request": ("Only on request", "These open only after a request is approved."),
    "emergency": (
        "On request, or in an emergency",
        "The member may also open these themself, for an hour at most. Every lead hears of it.",
    ),
}
"""The lists of roles, each with its label and its hint."""
TickedRoles = Annotated[
    frozenset[RoleName], build_constraints("a list of at most 20 role names", max_length=20)
]


class RoleConditions(Value, frozen=True, kw_only=True):
    """A grant's roles: all of them, and those with conditions."""

    roles: frozenset[str]
    on_request: frozenset[str]
    emergency: frozenset[str]


class GrantForm(Request, frozen=True, kw_only=True):
    """A form for a grant. Each role is in one of the three lists."""

    engagement: EngagementId
    member: MemberId
    roles: TickedRoles = frozenset()
    """The roles that the grant alone opens."""
    on_request: TickedRoles = frozenset()
    """The roles that open only after a request is approved."""
    emergency: TickedRoles = frozenset()
    """The roles that open after a request is approved, or by the member in an emergency."""
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    def read_roles(self) -> RoleConditions:
        """Return the roles as a grant has them. Raise InvalidRequest if none is ticked, or one
        twice."""
        ticked = [*self.roles, *self.on_request, *self.emergency]
        if not ticked:
            raise bad_value("roles", "Tick one role at least, in one of the three lists.")
        if len(ticked) > len(set(ticked)):
            raise bad_value("roles", "Tick each role in one of the three lists only.")
        return RoleConditions(
            roles=frozenset(ticked),
            on_request=self.on_request | self.emergency,
            emergency=self.emergency,
        )


def is_as_requested(stored: Grant, form: GrantForm) -> bool:
    """Return whether the stored grant is what the form asks for, as after a form sent twice."""
    return (
        RoleConditions(roles=stored.roles, on_request=stored.on_request, emergency=stored.emergency)
        == form.read_roles()
        and find_new_time(form.ends_at, stored.ends_at) is None
        and find_new_time(form.starts_at, stored.starts_at) is None
        and stored.revoked_at is None
    )


def find_new_time(sent: datetime | None, stored: datetime) -> datetime | None:
    """Return the time of the form if it differs from the stored time. A form has no seconds."""
    if sent is None or sent == stored.replace(second=0, microsecond=0):
        return None
    return sent if sent != stored else None


def build_role_fields(
    web: WebRequest, engagement: str, typed: Typed, grant: Grant | None
) -> Iterable[FormField]:
    """Yield the three fields with the engagement's roles, each with the roles of the grant, or else
    those that were typed."""
    page = web.ports.state.list(Role, engagement=engagement, limit=ROLES_SHOWN)
    roles = [role.name for role in page.items if role.ended_at is None]
    was_typed = any(name in typed for name in _LISTS)
    before = _sort_into_lists(grant)
    for name, (label, hint) in _LISTS.items():
        yield FormField(
            name=name,
            label=label,
            widget=Widget.CHECKBOXES,
            value=_as_list(typed.get(name, ())) if was_typed else sorted(before[name]),
            options=tuple((role, role) for role in roles),
            hint=hint,
            required=True,  # in one of the three lists: none of them is marked as optional
        )


def _sort_into_lists(grant: Grant | None) -> Mapping[str, frozenset[str]]:
    """Return the grant's roles by the list in which they are ticked."""
    if grant is None:
        return dict.fromkeys(_LISTS, frozenset())
    return {
        "roles": grant.roles - grant.on_request,
        "on_request": grant.on_request - grant.emergency,
        "emergency": grant.emergency,
    }


def _as_list(value: Any) -> list[str]:
    """Return the typed values of checkboxes: a query has one text, a form several."""
    return [value] if isinstance(value, str) else list(value)


def build_time_fields(typed: Typed, grant: Grant | None, ends_at: datetime) -> Iterable[FormField]:
    yield FormField(
        name="starts_at",
        label="Starts",
        widget=Widget.DATE_TIME,
        value=typed.get("starts_at", grant.starts_at if grant is not None else ""),
        hint="" if grant is not None else "Without a time: now.",
    )
    yield FormField(
        name="ends_at",
        label="Ends",
        widget=Widget.DATE_TIME,
        value=typed.get("ends_at", ends_at),
        hint="" if grant is not None else f"The engagement ends on {utc_text(ends_at)}.",
    )
