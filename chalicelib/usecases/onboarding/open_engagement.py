"""Open an engagement with its external ID, its roles and the client's link, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.onboarding.requests import OpenEngagement, RequestedRole
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item, Value, new_item
from chalicelib.usecases.engagements.engagements import (
    check_engagement_dates,
    with_cut_off_external_id,
)
from chalicelib.usecases.engagements.roles import check_arn
from chalicelib.usecases.onboarding.links import LINK_OF_USUAL_LIFE, NewLink, build_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


class OpenedEngagement(Value, frozen=True, kw_only=True):
    """A new engagement, with a link to the client's page if the request names a role."""

    engagement: Engagement
    roles: tuple[Role, ...]
    link: NewLink | None


def open_engagement(ports: Ports, lead: Caller, request: OpenEngagement) -> OpenedEngagement:
    """Create an engagement with a random external ID that no other engagement has or had.

    If the request names roles, also create the roles and a link to the client's page. Raise
    Conflict if the engagement's ID was ever used. Raise InvalidRequest if the dates are not valid,
    or if the account or a role cannot be the client's. Raise Unavailable if a setting for the
    firm's own accounts is invalid.
    """
    ports.firm.require_known_accounts()
    if (reason := ports.firm.find_client_account_problem(request.account_id)) is not None:
        raise InvalidRequest(reason, field="account_id")
    requested_roles = request.roles or ()
    now = ports.now()
    engagement = new_item(
        Engagement,
        request,
        starts_at=request.starts_at or now,
        external_id=build_external_id(ports.random(EXTERNAL_ID_BYTES)),
        created_at=now,
    )
    engagement, used_external_ids = with_cut_off_external_id(ports, engagement)
    check_engagement_dates(engagement, now)
    if ports.state.get(Engagement, engagement.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    roles = _build_roles(ports, engagement, requested_roles)
    used_external_ids.append(
        UsedExternalId(external_id=engagement.external_id, engagement=engagement.id)
    )
    setups = _build_setups(engagement, requested_roles)
    new_link = build_link(ports, lead, engagement, LINK_OF_USUAL_LIFE) if requested_roles else None
    items: list[Item] = [engagement, *used_external_ids, *roles, *setups]
    if new_link is not None:
        items.append(new_link.link)
    edits = [(None, item) for item in items]
    details = {"chaining": " ".join(role.name for role in roles if role.allows_chaining)}
    write(ports, lead, Action.ENGAGEMENT_CREATE, *edits, details=details)
    return OpenedEngagement(engagement=engagement, roles=roles, link=new_link)


def _build_setups(engagement: Engagement, requested: Sequence[RequestedRole]) -> list[RoleSetup]:
    """Return what the lead chose about the requested roles, not yet stored. Leave out roles that
    keep all that they have."""
    setups = [
        new_item(
            RoleSetup,
            role,
            engagement=engagement.id,
            role=role.name,
            permissions=role.requested_permissions,
        )
        for role in requested
    ]
    return [
        setup for setup in setups if setup != RoleSetup(engagement=engagement.id, role=setup.role)
    ]


def _build_roles(
    ports: Ports, engagement: Engagement, requested: Sequence[RequestedRole]
) -> tuple[Role, ...]:
    """Return the requested roles, not yet stored. Raise InvalidRequest for a repeated name or an
    ARN that cannot be of the client's role."""
    if len({role.name for role in requested}) != len(requested):
        raise bad_value("roles", "Two roles have the same name. Give each role its own name.")
    default_prefix = f"arn:{ports.firm.partition}:iam::{engagement.account_id}:role/daypass-"
    roles = tuple(
        new_item(
            Role,
            role,
            engagement=engagement.id,
            arn=role.arn or default_prefix + role.name,
            created_at=engagement.created_at,
            requested_ends=(engagement.ends_at,),
        )
        for role in requested
    )
    for role in roles:
        check_arn(ports, engagement, role.arn)
    return roles
