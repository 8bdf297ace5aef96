"""For leads: engagements and their roles."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.onboarding.role_setup import ReadyMade
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http import setup_shapes, shapes
from chalicelib.entrypoints.http.fields import (
    ACCOUNT,
    ARN,
    ENGAGEMENT_ID,
    ONE_ENGAGEMENT,
    ONE_ROLE,
    REASON,
    ROLE_NAME,
    WHY,
    Fields,
    Objects,
)
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import listed, many, maybe_thing, thing
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Choice, Field, Flag, Line, Moment, Whole
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import engagements, roles

blueprint = Blueprint(__name__)

CLIENT = Line(80, "The client's name.")
STARTS = Moment("From when on; now unless given.")
ENDS = Moment("Until when: no session lives longer.")
ROLE_SETTINGS: dict[str, Field] = {
    "max_session": Whole(
        SHORTEST_SESSION, LONGEST_SESSION, "The longest session, in seconds; 3600 unless given."
    ),
    "asks_reason": Flag("Whether a member has to say why; false unless given."),
    "allows_chaining": Flag(
        "Whether a session may assume further roles, which outlive a cut-off; false unless given."
    ),
}


@route(
    blueprint,
    "POST",
    "/v1/engagements",
    summary="Open an engagement: its external ID, its roles, and the link for the client",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CREATE,
    body=Fields(
        {
            "id": ENGAGEMENT_ID,
            "client": CLIENT,
            "account_id": ACCOUNT,
            "starts_at": STARTS,
            "ends_at": ENDS,
            "roles": Objects(
                Fields(
                    {
                        "name": ROLE_NAME,
                        "arn": ARN,
                        "permissions": Choice(
                            ReadyMade, "What it may do; read-basics unless chosen."
                        ),
                        **ROLE_SETTINGS,
                    },
                    required=("name",),
                ),
                10,
                "The roles that the client is to create. The ARN of each is that of a role"
                " daypass-<name> in the client's account unless it is given.",
            ),
        },
        required=("id", "client", "account_id", "ends_at"),
    ),
    status=201,
    gives=thing(
        "OpenedEngagement",
        **shapes.ENGAGEMENT["properties"],
        roles=many(shapes.ROLE),
        link=maybe_thing(setup_shapes.NEW_LINK),
    ),
)
def open_engagement(call: Call, lead: Caller) -> Json:
    # Here and not above: it happens once in the life of an engagement, and no vend should wait.
    from chalicelib.usecases.onboarding import open_engagement as opening

    roles = [opening.WantedRole(**role) for role in call.body.pop("roles", ())]
    opened = opening.open_engagement(call.ports, lead, **call.body, roles=roles)
    return {
        **shapes.engagement(opened.engagement),
        "roles": [shapes.role(role) for role in opened.roles],
        "link": opened.link and setup_shapes.new_link(opened.link, call.base_url),
    }


@route(
    blueprint,
    "GET",
    "/v1/engagements",
    summary="All engagements, ended ones included",
    kinds=LEADS,
    gives=listed("engagements", shapes.ENGAGEMENT),
)
def list_engagements(call: Call, _lead: Caller) -> Json:
    return {"engagements": [shapes.engagement(e) for e in call.ports.state.engagements()]}


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}",
    summary="One engagement",
    kinds=LEADS,
    params=ONE_ENGAGEMENT,
    gives=shapes.ENGAGEMENT,
)
def show_engagement(call: Call, _lead: Caller) -> Json:
    return shapes.engagement(engagements.find_engagement(call.ports, call.path["engagement"]))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}",
    summary="Change an engagement's dates or the client's name",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CHANGE,
    params=ONE_ENGAGEMENT,
    body=Fields({"client": CLIENT, "starts_at": STARTS, "ends_at": ENDS}, least=1),
    gives=shapes.ENGAGEMENT,
)
def change_engagement(call: Call, lead: Caller) -> Json:
    changed = engagements.change_engagement(call.ports, lead, **call.path, **call.body)
    return shapes.engagement(changed)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/close",
    summary="Close an engagement: the work is done",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CLOSE,
    params=ONE_ENGAGEMENT,
    body=REASON,
    gives=shapes.REVOCATION,
)
def close_engagement(call: Call, lead: Caller) -> Json:
    done = engagements.close_engagement(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.revocation(done)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/revoke",
    summary="Revoke an engagement: something is wrong, nobody gets in from now on",
    kinds=LEADS,
    action=Action.ENGAGEMENT_REVOKE,
    params=ONE_ENGAGEMENT,
    body=REASON,
    gives=shapes.REVOCATION,
)
def revoke_engagement(call: Call, lead: Caller) -> Json:
    done = engagements.revoke_engagement(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.revocation(done)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/reopen",
    summary="Undo a close or a revocation",
    kinds=LEADS,
    action=Action.ENGAGEMENT_REOPEN,
    params=ONE_ENGAGEMENT,
    body=REASON,
    gives=shapes.ENGAGEMENT,
)
def reopen_engagement(call: Call, lead: Caller) -> Json:
    reopened = engagements.reopen_engagement(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.engagement(reopened)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles",
    summary="Name an IAM role of the client's; it is unverified at first",
    kinds=LEADS,
    action=Action.ROLE_CREATE,
    params=ONE_ENGAGEMENT,
    body=Fields({"name": ROLE_NAME, "arn": ARN, **ROLE_SETTINGS}, required=("name", "arn")),
    status=201,
    gives=shapes.ROLE,
)
def create_role(call: Call, lead: Caller) -> Json:
    return shapes.role(roles.create_role(call.ports, lead, **call.path, **call.body))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles",
    summary="The engagement's roles, ended ones included",
    kinds=LEADS,
    params=ONE_ENGAGEMENT,
    gives=listed("roles", shapes.ROLE),
)
def list_roles(call: Call, _lead: Caller) -> Json:
    place = engagements.find_engagement(call.ports, call.path["engagement"])
    return {"roles": [shapes.role(one) for one in call.ports.state.roles(place.id)]}


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}",
    summary="One role, with what was proven about it",
    kinds=LEADS,
    params=ONE_ROLE,
    gives=shapes.ROLE,
)
def show_role(call: Call, _lead: Caller) -> Json:
    return shapes.role(roles.find_role(call.ports, **call.path))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/roles/{role}",
    summary="Change a role; another ARN makes it unverified",
    kinds=LEADS,
    action=Action.ROLE_CHANGE,
    params=ONE_ROLE,
    body=Fields({"arn": ARN, **ROLE_SETTINGS}, least=1),
    gives=shapes.ROLE,
)
def change_role(call: Call, lead: Caller) -> Json:
    return shapes.role(roles.change_role(call.ports, lead, **call.path, **call.body))


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/revoke",
    summary="End a role: no further sessions of it",
    kinds=LEADS,
    action=Action.ROLE_END,
    params=ONE_ROLE,
    body=REASON,
    gives=shapes.REVOCATION,
)
def end_role(call: Call, lead: Caller) -> Json:
    done = roles.end_role(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.revocation(done)


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/override",
    summary="Vend from a role that is not proven safe, for a time; it stands on the trail",
    kinds=LEADS,
    action=Action.ROLE_OVERRIDE,
    params=ONE_ROLE,
    body=Fields(
        {"until": Moment("Until when: seven days from now at most."), "reason": WHY},
        required=("until", "reason"),
    ),
    gives=shapes.ROLE,
)
def override_role(call: Call, lead: Caller) -> Json:
    overridden = roles.override_role(
        call.ports, lead, **call.path, until=call.body["until"], why=call.body["reason"]
    )
    return shapes.role(overridden)
