"""Open an engagement: with its external ID, its roles and the link for the client, in one step."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id
from chalicelib.domain.onboarding.requests import OpenEngagement, WantedRole
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item, Value, new_item
from chalicelib.usecases.engagements.engagements import check_dates
from chalicelib.usecases.engagements.roles import check_arn
from chalicelib.usecases.onboarding.links import NewLink, make_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


class Opened(Value, frozen=True, kw_only=True):
    """A new engagement. There is a link for the client if a role is asked for."""

    engagement: Engagement
    roles: tuple[Role, ...]
    link: NewLink | None


def open_engagement(ports: Ports, lead: Caller, asked: OpenEngagement) -> Opened:
    """A new engagement with an external ID of its own, which nobody chooses and none else has.

    Conflict if the id has ever been used; InvalidRequest for its dates, and for an account or a
    role that cannot be its client's. Unavailable while the firm's own accounts are unknown.
    """
    ports.firm.require_known_accounts()
    if (reason := ports.firm.no_client(asked.account_id)) is not None:
        raise InvalidRequest(reason, field="account_id")
    wanted = asked.roles or ()
    now = ports.now()
    place = new_item(
        Engagement,
        asked,
        starts_at=asked.starts_at or now,
        external_id=external_id(ports.random(EXTERNAL_ID_BYTES)),
        created_at=now,
    )
    check_dates(place.starts_at, place.ends_at, now)
    if ports.state.get(Engagement, place.id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    roles = _roles(ports, place, wanted)
    taken = ExternalIdTaken(external_id=place.external_id, engagement=place.id)
    setups = [
        RoleSetup(engagement=place.id, role=role.name, permissions=role.asked_for)
        for role in wanted
        if role.asked_for is not PermissionSet.AS_THEY_ARE
    ]
    link = make_link(ports, lead, place, None) if wanted else None
    items: list[Item] = [place, taken, *roles, *setups, *([link.link] if link else [])]
    edits = [(None, item) for item in items]
    details = {"chaining": " ".join(role.name for role in roles if role.allows_chaining)}
    write(ports, lead, Action.ENGAGEMENT_CREATE, *edits, details=details)
    return Opened(engagement=place, roles=roles, link=link)


def _roles(ports: Ports, place: Engagement, wanted: Sequence[WantedRole]) -> tuple[Role, ...]:
    if len({role.name for role in wanted}) != len(wanted):
        raise bad_value("roles", "Two roles have the same name.")
    usual = f"arn:{ports.firm.partition}:iam::{place.account_id}:role/daypass-"
    roles = tuple(
        new_item(
            Role,
            role,
            engagement=place.id,
            arn=role.arn or usual + role.name,
            created_at=place.created_at,
            asked_ends=(place.ends_at,),
        )
        for role in wanted
    )
    for role in roles:
        check_arn(ports, place, role.arn)
    return roles
