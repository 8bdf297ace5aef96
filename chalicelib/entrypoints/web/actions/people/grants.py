"""Grant access to engagements, and change grants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.domain.engagements.engagements import (
    MAX_ROLES,
    ChangeGrant,
    CreateGrant,
    Engagement,
    Grant,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.values import SeenVersion, build_constraints
from chalicelib.entrypoints.http.routing import GrantPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    lead_action,
    list_changes,
    shows_same,
)
from chalicelib.entrypoints.web.actions.fields import RoleMode
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements import actions, grants
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member

ROLES_SHOWN = 100
_HINT = (
    "Always: the grant alone gives access. On request: access also needs an approval. In an"
    " emergency: the member can also get access without an approval, for an hour at most, and"
    " every lead is notified."
)
_LABELS = {"access": ("Roles", _HINT), "starts_at": "Starts", "ends_at": "Ends"}
_ACCESS = re.compile(r"([a-z0-9-]{1,40}):([a-z-]{1,10})", re.ASCII)


def _parse_access(unverified: Any) -> tuple[tuple[str, str], ...]:
    """Return the role and the mode of each text, such as `deploy:on-request`. Raise ValueError for
    a role with two modes, or if all are `never`."""
    matches = [_ACCESS.fullmatch(text) for text in unverified]
    pairs = [(match[1], match[2]) for match in matches if match is not None]
    if len(pairs) < len(matches) or {mode for _, mode in pairs} - {*RoleMode}:
        raise ValueError("Choose one of the options for each role.")
    if len({role for role, _ in pairs}) < len(pairs):
        raise ValueError("Choose only one option for each role.")
    if all(mode == RoleMode.NEVER for _, mode in pairs):
        raise ValueError("Choose at least one role. To remove all access, revoke the grant.")
    return tuple(pairs)


class GrantForm(GrantPath):
    """A form for a grant. Each role has a mode."""

    access: Annotated[
        tuple[tuple[RoleName, RoleMode], ...],
        build_constraints("a role, a colon and a mode", parser=_parse_access),
    ]
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    version: SeenVersion | None = None

    def build_change(self) -> ChangeGrant:
        """Return the grant as the form has it. Raise InvalidRequest for too many roles."""
        modes = {role: mode for role, mode in self.access if mode != RoleMode.NEVER}
        if len(modes) > MAX_ROLES:
            raise bad_value("access", f"A grant has at most {MAX_ROLES} roles.")
        emergency = frozenset(role for role, mode in modes.items() if mode == RoleMode.EMERGENCY)
        on_request = frozenset(role for role, mode in modes.items() if mode == RoleMode.ON_REQUEST)
        return ChangeGrant(
            roles=frozenset(modes),
            on_request=on_request | emergency,
            emergency=emergency,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            version=self.version,
        )


def _grant_access(web: WebRequest, form: GrantForm) -> None:
    end = find_engagement(web.ports, form.engagement).ends_at
    change = form.build_change()
    fields = {name: getattr(change, name) for name in CreateGrant.__struct_fields__[1:]}
    if shows_same(form.ends_at, end):
        fields["ends_at"] = None
    request = CreateGrant(member=form.member, **fields)
    grants.create_grant(web.ports, web.caller, form.engagement, request)


def _find_engagement(web: WebRequest, engagement: str, member: str) -> Engagement:
    find_member(web.ports, member)
    return find_engagement(web.ports, engagement)


@lead_action(
    actions.GRANT,
    GrantForm,
    perform=_grant_access,
    find=_find_engagement,
    asks_for="the roles of the engagement",
    labels=_LABELS,
    then="people/{member}",
)
def _(web: WebRequest, engagement: Engagement) -> ActionPage:
    return ActionPage(
        stored={"ends_at": engagement.ends_at},
        options=_list_roles(web, engagement.id, frozenset()),
        labels={
            "starts_at": ("Starts", "Leave empty to start now."),
            "ends_at": ("Ends", f"The engagement ends on {utc_text(engagement.ends_at)}."),
        },
    )


def _change_grant(web: WebRequest, form: GrantForm) -> None:
    stored = grants.find_grant(web.ports, form.engagement, form.member)
    change = list_changes(ChangeGrant, form.build_change(), stored)
    if change is not None or stored.revoked_at is not None:
        change = change or form.build_change()
        grants.change_grant(web.ports, web.caller, form.engagement, form.member, change)


@lead_action(
    actions.CHANGE_GRANT,
    GrantForm,
    perform=_change_grant,
    labels=_LABELS,
    then="people/{member}",
)
def _(web: WebRequest, stored: Grant) -> ActionPage:
    return ActionPage(
        stored={
            "access": [f"{role}:{_find_mode(stored, role)}" for role in stored.roles],
            "starts_at": stored.starts_at,
            "ends_at": stored.ends_at,
            "version": stored.version,
        },
        options=_list_roles(web, stored.engagement, stored.roles),
    )


def _find_mode(grant: Grant, role: str) -> RoleMode:
    if role in grant.emergency:
        return RoleMode.EMERGENCY
    return RoleMode.ON_REQUEST if role in grant.on_request else RoleMode.ALWAYS


def _list_roles(web: WebRequest, engagement: str, granted: frozenset[str]) -> Mapping[str, Any]:
    """Return the engagement's roles in use, and those that the grant has, as the form's options."""
    page = web.ports.state.list(Role, engagement=engagement, limit=ROLES_SHOWN)
    names = {role.name for role in page.items if role.ended_at is None} | granted
    return {"access": tuple((name, name) for name in sorted(names))}
