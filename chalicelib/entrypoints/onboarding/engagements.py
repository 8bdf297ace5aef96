"""For leads: open an engagement, anew or from a profile of ~/.aws/config."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.requests import ImportProfile, OpenEngagement
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, Thing
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.reading import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.onboarding.links import NewSetupLink, new_link
from chalicelib.usecases.admission import LEADS

blueprint = Blueprint(__name__)

# The use cases are imported where they are asked for: it happens once in the life of an
# engagement, and would make the container of every vend start later (`make bench`).


class OpenedEngagement(Thing, frozen=True, kw_only=True):
    """A new engagement. There is a link for the client if there is a role to create."""

    engagement: Inline[Engagement]
    roles: tuple[Role, ...]
    link: NewSetupLink | None


class ImportedEngagement(Thing, frozen=True, kw_only=True):
    """A new engagement with its one role, and what will not be as it was."""

    engagement: Engagement
    role: Role
    remarks: tuple[str, ...]


@route(
    blueprint,
    "POST",
    "/v1/engagements",
    summary="Open an engagement: its external ID, its roles, and the link for the client",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CREATE,
    body=OpenEngagement,
    status=201,
)
def open_engagement(call: Call, lead: Caller) -> OpenedEngagement:
    from chalicelib.usecases.onboarding.open_engagement import open_engagement

    opened = open_engagement(call.ports, lead, call.body)
    return OpenedEngagement(
        engagement=opened.engagement,
        roles=opened.roles,
        link=new_link(opened.link, call.base_url) if opened.link else None,
    )


@route(
    blueprint,
    "POST",
    "/v1/imports",
    summary="Open an engagement from a profile of ~/.aws/config, external ID included",
    kinds=LEADS,
    action=Action.ENGAGEMENT_IMPORT,
    body=ImportProfile,
    status=201,
    largest_body=LARGEST_TEXT_BODY,
)
def import_engagement(call: Call, lead: Caller) -> ImportedEngagement:
    from chalicelib.usecases.onboarding.import_profile import import_engagement

    imported = import_engagement(call.ports, lead, call.body)
    return ImportedEngagement(
        engagement=imported.engagement, role=imported.role, remarks=imported.remarks
    )
