"""The route for the list of one's own engagements."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.engagements import Agents
from chalicelib.domain.engagements.roles import MaxSession, RequiresReason, Role
from chalicelib.domain.identifiers import AccountId, EngagementId, RequestId, RoleName
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Surface
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Value, sent_fields
from chalicelib.domain.vending.unverified import explain_role_problem
from chalicelib.entrypoints.http.requests import PageQuery
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.engagements import my_engagements
from chalicelib.usecases.engagements.my_engagements import EngagementAccess, RoleOnRequest
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
everyone = Routes(blueprint, EVERYONE)


class RoleAccess(StrEnum):
    """How the member gets access to a role."""

    STANDING = "standing"
    """By their grant alone."""
    ON_REQUEST = "on-request"
    """By their grant and an approved request."""
    EMERGENCY = "emergency"
    """By an approved request or, in an emergency, by themself."""


class MyRole(Value, frozen=True, kw_only=True):
    """A role, as shown to members."""

    name: RoleName
    verified: bool
    """True if the role passed its last check, for its current ARN and external ID."""
    problem: Annotated[
        str,
        Meta(
            description="Why Daypass issues no sessions from the role now. Empty if the role is"
            " verified or overridden."
        ),
    ]
    requires_reason: RequiresReason
    max_session: MaxSession
    access: RoleAccess
    """`standing` if your grant opens the role, `on-request` if it takes an approved request, and
    `emergency` if you may also open it yourself in an emergency."""
    request: RequestId | None
    """The request whose access is open now, or is the next one. None if there is none."""
    open_from: Moment | None
    """When that access starts. None without a request, or if you have to start it."""
    open_until: Moment | None
    """When that access ends. If you have to start it: the latest start."""
    needs_start: bool
    """True if that access begins when you start it: POST /v1/me/requests/{request}/start."""


class MyEngagement(Value, frozen=True, kw_only=True):
    """An engagement as its member sees it."""

    id: EngagementId
    client: ClientName
    account_id: AccountId
    open: bool
    """True if the engagement allows sessions now. False while it is paused, or Daypass frozen."""
    block: Annotated[
        str,
        Meta(
            description="Why no one gets a session in the engagement now: the client has paused it,"
            " or a lead has frozen Daypass. Empty if neither."
        ),
    ]
    granted: bool
    """True if your grant allows you to get sessions now."""
    starts_at: Moment
    """When your access starts: the later start of the engagement and your grant."""
    ends_at: Moment
    """When your access ends: the earlier end of the engagement and your grant."""
    agents: Agents
    roles: tuple[MyRole, ...]
    """The roles of the engagement that your grant includes, without ended ones."""


class MyEngagementList(Value, frozen=True):
    """A page of engagements."""

    engagements: tuple[MyEngagement, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


@everyone.get("/v1/me/engagements")
def list_my_engagements(ports: Ports, caller: Caller, query: PageQuery) -> MyEngagementList:
    """List the engagements that you have a grant for, with their roles"""
    page = my_engagements.list_my_engagements(ports, caller, **sent_fields(query))
    engagements = tuple(_build_my_engagement(access) for access in page.items)
    return MyEngagementList(engagements, page.cursor or None)


def _build_my_engagement(access: EngagementAccess) -> MyEngagement:
    """Return the engagement as `/v1/me/engagements` shows it to the member."""
    engagement = access.engagement
    return MyEngagement(
        id=engagement.id,
        client=engagement.client,
        account_id=engagement.account_id,
        open=access.is_open,
        block=access.block_reason.text(Surface.COMMAND) if access.block_reason else "",
        granted=access.is_granted,
        starts_at=access.starts_at,
        ends_at=access.ends_at,
        agents=engagement.agents,
        roles=tuple(_build_my_role(access, role) for role in access.roles),
    )


def _build_my_role(access: EngagementAccess, role: Role) -> MyRole:
    """Return the role as `/v1/me/engagements` shows it to the member."""
    on_request = access.on_request.get(role.name)
    opened = on_request.opened if on_request is not None else None
    return MyRole(
        name=role.name,
        verified=role.passed_verification(access.engagement) is not None,
        problem=explain_role_problem(role, access.engagement, access.now),
        requires_reason=role.requires_reason,
        max_session=role.max_session,
        access=_find_role_access(on_request),
        request=opened.request if opened is not None else None,
        open_from=opened.starts_at if opened is not None and not opened.needs_start else None,
        open_until=opened.ends_at if opened is not None else None,
        needs_start=opened is not None and opened.needs_start,
    )


def _find_role_access(on_request: RoleOnRequest | None) -> RoleAccess:
    if on_request is None:
        return RoleAccess.STANDING
    return RoleAccess.EMERGENCY if on_request.allows_emergency else RoleAccess.ON_REQUEST
