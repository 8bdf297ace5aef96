"""What a member sees of themselves: who they are, where they may go, what they hold."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.recognition import Caller
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import NUMBER, TEXT, TIME, TRUTH, listed, many, thing
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.usecases.admission import ANYBODY
from chalicelib.usecases.engagements.my_engagements import Place, my_engagements
from chalicelib.usecases.vending.sessions import sessions_of

blueprint = Blueprint(__name__)

MY_ROLE = thing("MyRole", name=TEXT, verified=TRUTH, asks_reason=TRUTH, max_session=NUMBER)
MY_ENGAGEMENT = thing(
    "MyEngagement",
    id=TEXT,
    client=TEXT,
    account_id=TEXT,
    open=TRUTH,
    granted=TRUTH,
    starts_at=TIME,
    ends_at=TIME,
    roles=many(MY_ROLE),
)


@route(
    blueprint,
    "GET",
    "/v1/me",
    summary="Who you are to Daypass, and the token that you came with",
    kinds=ANYBODY,
    gives=shapes.ME,
)
def show_me(_call: Call, caller: Caller) -> Json:
    return shapes.me(caller)


@route(
    blueprint,
    "GET",
    "/v1/me/engagements",
    summary="The engagements that you have a grant for, and the roles in it",
    kinds=ANYBODY,
    gives=listed("engagements", MY_ENGAGEMENT),
)
def list_my_engagements(call: Call, caller: Caller) -> Json:
    return {"engagements": [_place(place) for place in my_engagements(call.ports, caller)]}


@route(
    blueprint,
    "GET",
    "/v1/me/sessions",
    summary="Your sessions that may be alive",
    kinds=ANYBODY,
    gives=shapes.SESSIONS,
)
def list_my_sessions(call: Call, caller: Caller) -> Json:
    return shapes.sessions(sessions_of(call.ports, caller.member.id))


def _place(place: Place) -> Json:
    return {
        "id": place.engagement.id,
        "client": place.engagement.client,
        "account_id": place.engagement.account_id,
        "open": place.is_open,
        "granted": place.is_granted,
        "starts_at": rfc3339(place.starts_at),
        "ends_at": rfc3339(place.ends_at),
        "roles": [
            {
                "name": role.name,
                "verified": role.proof(place.engagement) is not None,
                "asks_reason": role.asks_reason,
                "max_session": role.max_session,
            }
            for role in place.roles
        ],
    }
