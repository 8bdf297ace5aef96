"""Routes for engagements, roles and grants, and of the access review."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.engagements.reviews import GrantReview
from chalicelib.domain.engagements.role_grades import GradedRole, grade_role
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import NameCursor, RowCursor, Value, sent_fields
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import Table, render_answer
from chalicelib.entrypoints.http.routing import (
    EngagementPath,
    MemberPath,
    PageQuery,
    ReasonBody,
    leads,
    readers,
)
from chalicelib.usecases.engagements import grants, roles
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.listing import ENGAGEMENTS, EngagementRow, read_engagement
from chalicelib.usecases.engagements.review import REVIEW, ReviewFilters
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import SearchFilters


class EngagementList(Value, kw_only=False):
    """A page of engagements."""

    engagements: tuple[EngagementRow, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/engagements")
def list_engagements(
    ports: Ports, lead: Caller, query: SearchFilters
) -> EngagementList | Table | Response:
    """List all engagements with their states, including ended ones"""
    return render_answer(ENGAGEMENTS, ports, lead, query, EngagementList)


leads.serve(
    "GET /v1/engagements/{engagement}", read_engagement, "Show an engagement with its state"
)


class RoleList(Value, kw_only=False):
    """A page of roles."""

    roles: tuple[GradedRole, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


class OverrideRole(ReasonBody):
    """A request to let members use a role that has no passed check."""

    until: Moment
    """When the override ends: at most seven days from now."""


@leads.get("/v1/engagements/{engagement}/roles")
def list_roles(ports: Ports, path: EngagementPath, query: PageQuery) -> RoleList:
    """List the engagement's roles, including ended ones"""
    engagement = find_engagement(ports, path.engagement)
    page = ports.state.list(Role, engagement=engagement.id, **sent_fields(query))
    graded = (grade_role(engagement, role, ports.now()) for role in page.items)
    return RoleList(tuple(graded), page.cursor or None)


leads.serve(
    "GET /v1/engagements/{engagement}/roles/{role}",
    roles.find_role,
    "Show a role, with the result of its last check",
)


leads.serve(
    "POST /v1/engagements/{engagement}/roles/{role}/override",
    roles.override_role,
    "Override a role's check: let Daypass issue sessions from an unverified role for a time",
    Action.ROLE_OVERRIDE,
    OverrideRole,
)


leads.serve(
    "POST /v1/engagements/{engagement}/roles/{role}/override/end",
    roles.end_override,
    "End a role's override. Daypass then issues sessions for the role only if its check passed",
    Action.ROLE_OVERRIDE_END,
)


class GrantList(Value, kw_only=False):
    """A page of grants."""

    grants: tuple[Grant, ...]
    cursor: NameCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/engagements/{engagement}/grants")
def list_grants(ports: Ports, path: EngagementPath, query: PageQuery) -> GrantList:
    """List the engagement's grants, including ended ones"""
    engagement = find_engagement(ports, path.engagement)
    page = ports.state.list(Grant, engagement=engagement.id, **sent_fields(query))
    return GrantList(page.items, page.cursor or None)


@leads.get("/v1/members/{member}/grants")
def list_member_grants(ports: Ports, path: MemberPath, query: PageQuery) -> GrantList:
    """List a member's grants in all engagements, including ended ones"""
    member = find_member(ports, path.member)
    page = ports.state.list(Grant, member=member.id, **sent_fields(query))
    return GrantList(page.items, page.cursor or None)


leads.serve(
    "GET /v1/engagements/{engagement}/grants/{member}", grants.find_grant, "Show a member's grant"
)


class ReviewList(Value, kw_only=False):
    """A page of an access review."""

    grants: tuple[GrantReview, ...]
    """25 grants at most. The page may be empty even if more follow."""
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/review")
def list_reviews(
    ports: Ports, caller: Caller, query: ReviewFilters
) -> ReviewList | Table | Response:
    """List who has access to which engagement, last used it when, and which grants to end"""
    return render_answer(REVIEW, ports, caller, query, ReviewList)


leads.serve(
    "POST /v1/engagements/{engagement}/grants/{member}/review",
    grants.decide_review,
    "Keep or end a grant in an access review. To end it revokes it",
    Action.GRANT_REVIEW,
)
