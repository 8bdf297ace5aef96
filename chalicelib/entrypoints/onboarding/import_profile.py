"""For leads: take over what was assumed by hand until now."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.engagements.engagements import CLIENT, ENDS, STARTS
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.fields import ENGAGEMENT_ID, ROLE_NAME, Fields
from chalicelib.entrypoints.http.requests import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import TEXT, many, thing
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Line, Text
from chalicelib.usecases.admission import LEADS

blueprint = Blueprint(__name__)


@route(
    blueprint,
    "POST",
    "/v1/imports",
    summary="Open an engagement from a profile of ~/.aws/config, external ID included",
    kinds=LEADS,
    action=Action.ENGAGEMENT_IMPORT,
    body=Fields(
        {
            "id": ENGAGEMENT_ID,
            "client": CLIENT,
            "starts_at": STARTS,
            "ends_at": ENDS,
            "config": Text(
                16_384,
                "The profile with role_arn and external_id as it stands in ~/.aws/config, or the"
                " whole file. It must hold no secret.",
            ),
            "profile": Line(128, "Which profile, where several have a role_arn."),
            "role": ROLE_NAME,
        },
        required=("id", "client", "ends_at", "config", "role"),
    ),
    status=201,
    gives=thing(
        "ImportedEngagement",
        engagement=shapes.ENGAGEMENT,
        role=shapes.ROLE,
        remarks=many(TEXT),
    ),
    largest_body=LARGEST_TEXT_BODY,
)
def import_engagement(call: Call, lead: Caller) -> Json:
    # Here and not above: it is asked for once in the life of an engagement.
    from chalicelib.usecases.onboarding.import_profile import import_engagement

    imported = import_engagement(call.ports, lead, **call.body)
    return {
        "engagement": shapes.engagement(imported.engagement),
        "role": shapes.role(imported.role),
        "remarks": list(imported.remarks),
    }
