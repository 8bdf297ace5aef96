"""Open an engagement: with its external ID, its roles and the link for the client, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id
from chalicelib.domain.moments import LONGEST_SESSION
from chalicelib.domain.onboarding.role_setup import ReadyMade, RoleSetup
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import check_dates, dates
from chalicelib.usecases.engagements.roles import check_arn
from chalicelib.usecases.onboarding.links import NewLink, make_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRole:
    """A role that the client is to create, and what it is to be allowed.

    Its ARN is that of a role `daypass-<name>` in the client's account unless it is given.
    """

    name: str
    arn: str | None = None
    max_session: int = LONGEST_SESSION
    asks_reason: bool = False
    allows_chaining: bool = False
    permissions: ReadyMade = ReadyMade.READ_BASICS


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new engagement. There is a link for the client if there is a role to create."""

    engagement: Engagement
    roles: tuple[Role, ...]
    link: NewLink | None


def open_engagement(
    ports: Ports,
    lead: Caller,
    *,
    id: str,
    client: str,
    account_id: str,
    starts_at: datetime | None = None,
    ends_at: datetime,
    roles: Sequence[WantedRole] = (),
) -> Opened:
    """A new engagement with an external ID of its own, which nobody chooses and none else has.

    Its roles are unverified. Conflict if the id has ever been used; InvalidRequest for the firm's
    own account, for dates without time between them, and for a role that is not of the account.
    """
    if account_id == ports.firm.account_id:
        raise InvalidRequest(Reason.ACCOUNT_IS_OUR_OWN, field="account_id")
    now = ports.now()
    starts_at = starts_at or now
    check_dates(starts_at, ends_at, now)
    if ports.state.engagement(id) is not None:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    place = Engagement(
        id=id,
        client=client,
        account_id=account_id,
        external_id=external_id(ports.random(EXTERNAL_ID_BYTES)),
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )
    made = _roles(ports, place, roles)
    items: list[Item] = [place, ExternalIdTaken(external_id=place.external_id, engagement=id)]
    items += made
    items += [
        RoleSetup(engagement=id, role=role.name, permissions=role.permissions)
        for role in roles
        if role.permissions is not ReadyMade.READ_BASICS
    ]
    link = make_link(ports, lead, place, None) if roles else None
    details = {"account_id": account_id, "external_id": place.external_id} | dates(place)
    if link is not None:
        items.append(link.link)
        details["link"] = link.link.id
        details["roles"] = " ".join(f"{role.name}={role.arn}" for role in made)
    write(ports, lead, Action.ENGAGEMENT_CREATE, items, engagement=id, details=details)
    return Opened(engagement=place, roles=made, link=link)


def _roles(ports: Ports, place: Engagement, wanted: Sequence[WantedRole]) -> tuple[Role, ...]:
    if len({role.name for role in wanted}) != len(wanted):
        raise InvalidRequest(Reason.BAD_VALUE, "Two roles have the same name.", field="roles")
    usual = f"arn:{ports.firm.partition}:iam::{place.account_id}:role/daypass-"
    made = tuple(
        Role(
            engagement=place.id,
            name=role.name,
            arn=role.arn or usual + role.name,
            max_session=role.max_session,
            asks_reason=role.asks_reason,
            allows_chaining=role.allows_chaining,
            created_at=place.created_at,
        )
        for role in wanted
    )
    for role in made:
        check_arn(ports, place, role.arn)
    return made
