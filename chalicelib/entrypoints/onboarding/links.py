"""For leads: the links to the client's page."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, ShownOnce, Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneLink
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import links
from chalicelib.usecases.onboarding.links import NewLink

blueprint = Blueprint(__name__)


class NewSetupLink(Thing, frozen=True):
    """A link at the one moment at which it is shown."""

    link: Inline[SetupLink]
    url: ShownOnce[
        Annotated[
            str,
            Meta(
                description="To be sent to the client. Shown this once; Daypass keeps a SHA-256"
                " of it."
            ),
        ]
    ]


class SetupLinkList(Thing, frozen=True):
    links: tuple[SetupLink, ...]


def new_link(made: NewLink, base_url: str) -> NewSetupLink:
    """The link in the URL's path: a query would be kept in more places."""
    return NewSetupLink(made.link, f"{base_url}/setup/{made.text}")


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/links",
    summary="Make the link to the client's page; it is in this answer and nowhere else",
    kinds=LEADS,
    action=Action.LINK_CREATE,
    named=OneEngagement,
    body=CreateLink,
    status=201,
)
def create_link(call: Call, lead: Caller) -> NewSetupLink:
    made = links.create_link(call.ports, lead, call.path.engagement, **sent(call.body))
    return new_link(made, call.base_url)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/links",
    summary="The links that were made for the client, dead ones included",
    kinds=LEADS,
    named=OneEngagement,
)
def list_links(call: Call, _lead: Caller) -> SetupLinkList:
    return SetupLinkList(tuple(links.links_of(call.ports, call.path.engagement)))


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/links/{link}/revoke",
    summary="Withdraw a link: the page is gone for whoever has it",
    kinds=LEADS,
    action=Action.LINK_REVOKE,
    named=OneLink,
    body=Because,
)
def revoke_link(call: Call, lead: Caller) -> SetupLink:
    return links.revoke_link(call.ports, lead, **sent(call.path), why=call.body.reason)
