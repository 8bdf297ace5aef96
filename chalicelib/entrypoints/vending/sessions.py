"""Sessions: vend one, and list those that may be alive."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, rfc3339
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.vending.access import Wish
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.fields import ENGAGEMENT_ID, MEMBER_ID, ROLE_NAME, WHY, Fields
from chalicelib.entrypoints.http.problems import answer
from chalicelib.entrypoints.http.routing import Call, route, vending_route
from chalicelib.entrypoints.http.schemas import TEXT, TIME, thing
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Choice, Whole
from chalicelib.entrypoints.vending.formats import Format, credential_process, script
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.vending.sessions import live_sessions, sessions_of
from chalicelib.usecases.vending.vend import vend

blueprint = Blueprint(__name__)

CREDENTIALS = thing(
    "Credentials",
    AccessKeyId=TEXT,
    SecretAccessKey=TEXT,
    SessionToken=TEXT,
    Expiration=TIME,
)
HANDED_OVER = thing(
    "HandedOver",
    vend=TEXT,
    engagement=TEXT,
    role=TEXT,
    session_name=TEXT,
    assumed_role_arn=TEXT,
    expires_at=TIME,
    credentials=CREDENTIALS,
)
CREDENTIAL_PROCESS = thing(
    "CredentialProcess",
    Version={"const": 1},
    AccountId=TEXT,
    **CREDENTIALS["properties"],
)


@vending_route(
    blueprint,
    "/v1/engagements/{engagement}/sessions",
    summary="Vend a session: temporary credentials for one role of the engagement",
    gives={"oneOf": [HANDED_OVER, CREDENTIAL_PROCESS]},
    other_types=("text/plain",),
    params={"engagement": ENGAGEMENT_ID},
    body=Fields(
        {
            "role": ROLE_NAME,
            "duration": Whole(
                SHORTEST_SESSION,
                LONGEST_SESSION,
                "Seconds. The role's longest session unless given; shorter where the grant or"
                " the engagement ends sooner.",
            ),
            "reason": WHY,
            "format": Choice(Format, "How to hand the credentials over; json unless given."),
        },
        required=("role",),
    ),
)
def create_session(call: Call) -> Response:
    wish = Wish(
        role=call.body["role"],
        duration=call.body.get("duration"),
        reason=call.body.get("reason", ""),
    )
    form = call.body.get("format", Format.JSON)
    given = vend(call.ports, call.asking, call.path["engagement"], wish)
    keys = given.credentials
    if form is Format.CREDENTIAL_PROCESS:
        return answer(201, credential_process(keys, given.account_id))
    if form is not Format.JSON:
        return answer(201, script(form, keys), "text/plain; charset=utf-8")
    return answer(
        201,
        {
            "vend": given.vend,
            "engagement": given.engagement,
            "role": wish.role,
            "session_name": given.session_name,
            "assumed_role_arn": keys.assumed_role_arn,
            "expires_at": rfc3339(keys.expires_at),
            "credentials": {
                "AccessKeyId": keys.access_key_id,
                "SecretAccessKey": keys.secret_access_key,
                "SessionToken": keys.session_token,
                "Expiration": rfc3339(keys.expires_at),
            },
        },
    )


@route(
    blueprint,
    "GET",
    "/v1/sessions",
    summary="Every session that may be alive, of one engagement, one member or all",
    kinds=LEADS,
    query=Fields({"engagement": ENGAGEMENT_ID, "member": MEMBER_ID}),
    gives=shapes.SESSIONS,
)
def list_sessions(call: Call, _lead: Caller) -> Json:
    engagement, member = call.query.get("engagement"), call.query.get("member", "")
    if member:
        find_member(call.ports, member)
    if engagement:
        find_engagement(call.ports, engagement)
        return shapes.sessions(live_sessions(call.ports, [engagement], member))
    if member:
        return shapes.sessions(sessions_of(call.ports, member))
    everywhere = [known.id for known in call.ports.state.engagements()]
    return shapes.sessions(live_sessions(call.ports, everywhere))
