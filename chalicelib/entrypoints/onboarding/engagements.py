"""For leads: open an engagement, import one from ~/.aws/config, renew one."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.renewal import Renewal
from chalicelib.domain.onboarding.requests import (
    ImportedEngagement,
    ImportProfile,
    OpenEngagement,
    RenewEngagement,
)
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, Thing
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.reading import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.requests import OneEngagement
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.onboarding.links import NewSetupLink, new_link
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import import_profile, renew
from chalicelib.usecases.onboarding import open_engagement as opening
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class OpenedEngagement(Thing, frozen=True, kw_only=True):
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
    ports: Ports, lead: Caller, path: OneEngagement, body: RenewEngagement
) -> Renewal:
    """Give an engagement a later end, renew its grants, and say what the client has to do"""
    return renew.renew_engagement(ports, lead, path.engagement, body)
