"""For leads: the links to the client's page."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, ShownOnce, Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneEngagement, OneLink, PagedByTime
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import links
from chalicelib.usecases.onboarding.links import NewLink
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


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
    cursor: TimeCursor | None


def new_link(made: NewLink, base_url: str) -> NewSetupLink:
    """The link in the URL's path: a query would be kept in more places."""
    return NewSetupLink(made.link, f"{base_url}/setup/{made.text}")


@leads.post("/v1/engagements/{engagement}/links", Action.LINK_CREATE, status=201)
def create_link(
    ports: Ports, lead: Caller, path: OneEngagement, body: CreateLink, base_url: str
) -> NewSetupLink:
    """Make the link to the client's page; it is in this answer and nowhere else"""
    made = links.create_link(ports, lead, path.engagement, **sent(body))
    return new_link(made, base_url)


@leads.get("/v1/engagements/{engagement}/links")
def list_links(ports: Ports, path: OneEngagement, query: PagedByTime) -> SetupLinkList:
    """The links that were made for the client, oldest first, dead ones included"""
    page = links.links_of(ports, path.engagement, **sent(query))
    return SetupLinkList(page.items, page.cursor or None)


@leads.post("/v1/engagements/{engagement}/links/{link}/revoke", Action.LINK_REVOKE)
def revoke_link(ports: Ports, lead: Caller, path: OneLink, body: Because) -> SetupLink:
    """Withdraw a link: the page is gone for whoever has it"""
    return links.revoke_link(ports, lead, **sent(path), why=body.reason)
