"""For leads: open, import or renew an engagement, and what its client is sent and creates."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.onboarding.renewal import Renewal
from chalicelib.domain.onboarding.requests import (
    ImportedEngagement,
    ImportProfile,
    OpenEngagement,
    RenewEngagement,
)
from chalicelib.domain.onboarding.role_setup import (
    ChangeSetup,
    ClientSetup,
    RoleSetup,
    SetupPart,
    TemplateFormat,
)
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Request, ShownOnce, Value, sent_fields
from chalicelib.entrypoints.http.parsing import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.requests import (
    EngagementPath,
    LinkPath,
    ReasonBody,
    RolePath,
    TimePageQuery,
)
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import import_profile, links, renew, role_setup
from chalicelib.usecases.onboarding import open_engagement as opening
from chalicelib.usecases.onboarding.client_setup import client_setup
from chalicelib.usecases.onboarding.links import NewLink
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class NewSetupLink(Value, frozen=True):
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


class SetupLinkList(Value, frozen=True):
    links: tuple[SetupLink, ...]
    cursor: TimeCursor | None


def new_link(made: NewLink, base_url: str) -> NewSetupLink:
    """The link in the URL's path: a query would be kept in more places."""
    return NewSetupLink(made.link, f"{base_url}/setup/{made.text}")


@leads.post("/v1/engagements/{engagement}/links", Action.LINK_CREATE, status=201)
def create_link(
    ports: Ports, lead: Caller, path: EngagementPath, body: CreateLink, base_url: str
) -> NewSetupLink:
    """Make the link to the client's page; it is in this answer and nowhere else"""
    made = links.create_link(ports, lead, path.engagement, **sent_fields(body))
    return new_link(made, base_url)


@leads.get("/v1/engagements/{engagement}/links")
def list_links(ports: Ports, path: EngagementPath, query: TimePageQuery) -> SetupLinkList:
    """The links that were made for the client, oldest first, dead ones included"""
    page = links.links_of(ports, path.engagement, **sent_fields(query))
    return SetupLinkList(page.items, page.cursor or None)


@leads.post("/v1/engagements/{engagement}/links/{link}/revoke", Action.LINK_REVOKE)
def revoke_link(ports: Ports, lead: Caller, path: LinkPath, body: ReasonBody) -> SetupLink:
    """Withdraw a link: the page is gone for whoever has it"""
    return links.revoke_link(ports, lead, **sent_fields(path), why=body.reason)


class OpenedEngagement(Value, frozen=True, kw_only=True):
    """A new engagement. There is a link for the client if there is a role to create."""

    engagement: Inline[Engagement]
    roles: tuple[Role, ...]
    link: NewSetupLink | None


@leads.post("/v1/engagements", Action.ENGAGEMENT_CREATE, status=201)
def open_engagement(
    ports: Ports, lead: Caller, body: OpenEngagement, base_url: str
) -> OpenedEngagement:
    """Open an engagement: its external ID, its roles, and the link for the client"""
    opened = opening.open_engagement(ports, lead, body)
    return OpenedEngagement(
        engagement=opened.engagement,
        roles=opened.roles,
        link=new_link(opened.link, base_url) if opened.link else None,
    )


@leads.post("/v1/imports", Action.ENGAGEMENT_IMPORT, status=201, largest_body=LARGEST_TEXT_BODY)
def import_engagement(ports: Ports, lead: Caller, body: ImportProfile) -> ImportedEngagement:
    """Open an engagement from a profile of ~/.aws/config, external ID included"""
    return import_profile.import_engagement(ports, lead, body)


@leads.post("/v1/engagements/{engagement}/renew", Action.ENGAGEMENT_RENEW)
def renew_engagement(
    ports: Ports, lead: Caller, path: EngagementPath, body: RenewEngagement
) -> Renewal:
    """Give an engagement a later end, renew its grants, and say what the client has to do"""
    return renew.renew_engagement(ports, lead, path.engagement, body)


class WhichForm(Request, frozen=True, kw_only=True):
    form: TemplateFormat
    part: SetupPart = SetupPart.ROLE


@leads.get("/v1/engagements/{engagement}/roles/{role}/setup/files")
def show_files(ports: Ports, path: RolePath, query: WhichForm) -> ClientSetup:
    """What the client has to create for this role, and how they end our access"""
    return client_setup(ports, **sent_fields(path), form=query.form, part=query.part)


@leads.patch(
    "/v1/engagements/{engagement}/roles/{role}/setup",
    Action.ROLE_SETUP,
    largest_body=LARGEST_TEXT_BODY,
)
def change_setup(ports: Ports, lead: Caller, path: RolePath, body: ChangeSetup) -> RoleSetup:
    """Choose what the client is asked to create: permissions, boundary, longest session"""
    return role_setup.change_setup(ports, lead, **sent_fields(path), asked=body)


@leads.get("/v1/engagements/{engagement}/roles/{role}/setup")
def show_setup(ports: Ports, path: RolePath) -> RoleSetup:
    """What was chosen for this role: permissions, boundary, longest session"""
    return role_setup.find_setup(ports, **sent_fields(path))
