"""Where a member may go."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.roles import AsksReason, MaxSession
from chalicelib.domain.identifiers import AccountId, EngagementId, RoleName
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.text import ClientName
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.vending.unverified import problem
from chalicelib.entrypoints.http.requests import Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import ANYBODY
from chalicelib.usecases.engagements.my_engagements import Place, my_engagements
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
members = Routes(blueprint, ANYBODY)


class MyRole(Thing, frozen=True, kw_only=True):
    """A role as a member sees it."""

    name: RoleName
    verified: bool
    problem: Annotated[
        str, Meta(description="Why nothing is vended from it now; empty if nothing keeps it.")
    ]
    asks_reason: AsksReason
    max_session: MaxSession


class MyEngagement(Thing, frozen=True, kw_only=True):
    """An engagement as a member sees it, with the time that they have there."""

    id: EngagementId
    client: ClientName
    account_id: AccountId
    open: bool
    granted: bool
    starts_at: Moment
    ends_at: Moment
    roles: tuple[MyRole, ...]


class MyEngagementList(Thing, frozen=True):
    engagements: tuple[MyEngagement, ...]
    cursor: NameCursor | None


@members.get("/v1/me/engagements")
def list_my_engagements(ports: Ports, caller: Caller, query: Paged) -> MyEngagementList:
    """The engagements that you have a grant for, and the roles in it"""
    page = my_engagements(ports, caller, **sent(query))
    return MyEngagementList(tuple(_mine(one) for one in page.items), page.cursor or None)


def _mine(place: Place) -> MyEngagement:
    engagement = place.engagement
    return MyEngagement(
        id=engagement.id,
        client=engagement.client,
        account_id=engagement.account_id,
        open=place.is_open,
        granted=place.is_granted,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        roles=tuple(
            MyRole(
                name=role.name,
                verified=role.proof(engagement) is not None,
                problem=problem(role, engagement, place.now),
                asks_reason=role.asks_reason,
                max_session=role.max_session,
            )
            for role in place.roles
        ),
    )
