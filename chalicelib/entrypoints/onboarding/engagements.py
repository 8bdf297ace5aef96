"""Leads' routes: open, import or renew an engagement, its client's links and its roles' setup."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.onboarding.requests import (
    OpenEngagement,
)
from chalicelib.domain.onboarding.role_setup import (
    ClientSetup,
    SetupPart,
    TemplateFormat,
)
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Request, RowCursor, ShownOnce, Value, sent_fields
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.parsing import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.questions import Table, render_answer
from chalicelib.entrypoints.http.routing import (
    EngagementPath,
    RolePath,
    leads,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding import links, role_setup
from chalicelib.usecases.onboarding import open_engagement as opening
from chalicelib.usecases.onboarding.actions import OPEN
from chalicelib.usecases.onboarding.client_setup import build_client_setup
from chalicelib.usecases.onboarding.links import LINKS, LinkFilters, ListedLink, NewLink
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import SearchFilters


class NewSetupLink(Value, kw_only=False):
    """A new link, with its URL."""

    link: Inline[SetupLink]
    url: ShownOnce[str]
    """The link's URL, to send to the client. Only this response contains the URL: Daypass stores
    the SHA-256 of the URL's secret text."""


class SetupLinkList(Value, kw_only=False):
    """A page of links to the client's page."""

    links: tuple[ListedLink, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


def with_url(new: NewLink, api_url: str) -> NewSetupLink:
    """Return the link with its URL. The secret text is in the path: more systems log queries."""
    return NewSetupLink(new.link, f"{api_url}/setup/{new.text}")


@leads.post("/v1/engagements/{engagement}/links", Action.LINK_CREATE, status=201)
def create_link(
    ports: Ports, lead: Caller, path: EngagementPath, body: CreateLink, api_url: str
) -> NewSetupLink:
    """Create a link to the client's page. Only this response contains the URL"""
    new = links.create_link(ports, lead, path.engagement, body)
    return with_url(new, api_url)


@leads.get("/v1/engagements/{engagement}/links")
def list_links(
    ports: Ports, lead: Caller, path: EngagementPath, query: SearchFilters
) -> SetupLinkList | Table | Response:
    """List the links of the last 91 days to the client's page. None is valid for longer"""
    find_engagement(ports, path.engagement)
    filters = LinkFilters(engagement=path.engagement, **sent_fields(query))
    return render_answer(LINKS, ports, lead, filters, SetupLinkList)


class NewEngagement(Value):
    """A new engagement, with a link to the client's page if the request names a role."""

    engagement: Inline[Engagement]
    roles: tuple[Role, ...]
    """The new roles. Empty if the request names none."""
    link: NewSetupLink | None
    """A link to the client's page. None if the request names no role, or was sent before: a link is
    shown only once."""
    message: str
    """The result, in a sentence."""


@leads.post("/v1/engagements", Action.ENGAGEMENT_CREATE, status=201)
def open_engagement(
    ports: Ports, lead: Caller, body: OpenEngagement, api_url: str
) -> NewEngagement:
    """Open an engagement, with its external ID, its roles and a link to the client's page"""
    opened = opening.open_engagement(ports, lead, body)
    # There is no link if the request names no role, or was sent before: a link is shown only once.
    return NewEngagement(
        engagement=opened.engagement,
        roles=opened.roles,
        link=with_url(opened.link, api_url) if opened.link else None,
        message=OPEN.done,
    )


leads.serve(
    "POST /v1/imports",
    opening.import_engagement,
    "Open an engagement with the role and the external ID of a profile from ~/.aws/config",
    Action.ENGAGEMENT_IMPORT,
    status=201,
    largest_body=LARGEST_TEXT_BODY,
)


class FilesQuery(Request):
    format: TemplateFormat
    part: SetupPart = SetupPart.ROLE


@leads.get("/v1/engagements/{engagement}/roles/{role}/setup/files")
def show_files(ports: Ports, path: RolePath, query: FilesQuery) -> ClientSetup:
    """Get the files for the role, its trust policy or its cut-off, and the ways to remove the
    access"""
    return build_client_setup(
        ports, path.engagement, path.role, format=query.format, part=query.part
    )


leads.serve(
    "PATCH /v1/engagements/{engagement}/roles/{role}/setup",
    role_setup.change_setup,
    "Choose the role's permissions, permissions boundary and longest session",
    Action.ROLE_SETUP,
    largest_body=LARGEST_TEXT_BODY,
)
leads.serve(
    "GET /v1/engagements/{engagement}/roles/{role}/setup",
    role_setup.find_setup,
    "Get the role's permissions, permissions boundary and longest session, as a lead chose them",
)
