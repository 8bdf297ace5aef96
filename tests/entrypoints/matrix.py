"""The status for each caller on every route: all of Daypass's access control on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ApproverLink, ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.intents import build_outcome_entry
from tests.builders import (
    ACCESS_TEXT,
    APPROVER_TEXT,
    LINK_TEXT,
    a_binding,
    a_block,
    a_client_approver,
    a_grant_on_request,
    a_link,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_access_link,
    an_approval_policy,
    an_approved_grant,
    an_approver_link,
    an_emergency_lock,
    an_intent,
    an_override,
)
from tests.entrypoints.driver import NO_BODY, Api, Response
from tests.entrypoints.valid import (
    BIND,
    BODIES,
    EMERGENCY,
    ENROL,
    FORM_HEADERS,
    FORMS,
    QUERIES,
    REQUEST,
    SLACK_CODE,
    VEND,
)
from tests.fakes import NOON, World
from tests.fakes.slack import TEAM, person

CALLERS = {
    "nobody": "",
    "member": "alice",  # on acme-prod, which every path below names
    "other": "bob",  # on globex only
    "lead": "lena",
    "auditor": "ada",
    "suspended": "sam",
}

TABLE = """
route                                                    nobody member other lead auditor suspended
GET   /healthz                                              200    200   200  200     200       200
GET   /openapi.json                                         200    200   200  200     200       200
GET   /cli                                                  200    200   200  200     200       200
GET   /cli.sha256                                           200    200   200  200     200       200
GET   /setup/{link}                                         200    200   200  200     200       200
GET   /setup/{link}/pause                                   200    200   200  200     200       200
POST  /setup/{link}/pause                                   200    200   200  200     200       200
POST  /setup/{link}/resume                                  200    200   200  200     200       200
POST  /setup/{link}/check                                   303    303   303  303     303       303
GET   /setup/{link}/check                                   303    303   303  303     303       303
POST  /setup/{link}/policy/{until}                          303    303   303  303     303       303
GET   /setup/{link}/roles/{role}/launch                     303    303   303  303     303       303
GET   /setup/{link}/roles/{role}/files/{name}               200    200   200  200     200       200
GET   /access/{link}                                        200    200   200  200     200       200
POST  /access/{link}                                        200    200   200  200     200       200
GET   /approve/{link}                                       200    200   200  200     200       200
POST  /approve/{link}                                       303    303   303  303     303       303
POST  /approve/{link}/rule                                  303    303   303  303     303       303
POST  /v1/enrol                                             201    201   201  201     201       201
POST  /v1/enrol/identity                                    201    201   201  201     201       201
POST  /v1/slack/commands                                    200    200   200  200     200       200
POST  /v1/slack/actions                                     200    200   200  200     200       200
GET   /v1/me                                                401    200   200  200     200       403
POST  /v1/me/slack                                          401    201   201  201     201       403
POST  /v1/me/web-links                                      401    201   201  201     201       403
GET   /v1/access                                            401    200   200  200     200       403
GET   /v1/me/sessions                                       401    200   200  200     200       403
GET   /v1/me/tokens                                         401    200   200  200     200       403
POST  /v1/me/tokens/rotate                                  401    201   201  201     201       403
GET   /v1/me/tokens/{token}                                 401    200   200  200     200       403
PATCH /v1/me/tokens/{token}                                 401    200   200  200     200       403
POST  /v1/me/tokens/{token}/revoke                          401    200   200  200     200       403
POST  /v1/me/sessions/{session}/end                         401    200   200  200     200       403
POST  /v1/engagements/{engagement}/sessions                 401    201   403  403     403       403
GET   /v1/sessions                                          401    403   403  200     403       403
POST  /v1/previews/{name}                                   401    403   403  200     403       403
POST  /v1/freeze                                         401    403   403  200     403       403
GET   /v1/freeze                                         401    403   403  200     200       403
POST  /v1/thaw                                           401    403   403  200     403       403
GET   /v1/cut-offs                                       401    403   403  200     200       403
GET   /v1/trail                                             401    403   403  200     200       403
GET   /v1/review                                            401    403   403  200     200       403
POST  /v1/members                                           401    403   403  201     403       403
GET   /v1/members                                           401    403   403  200     403       403
GET   /v1/members/{member}                                  401    403   403  200     403       403
PATCH /v1/members/{member}                                  401    403   403  200     403       403
POST  /v1/members/{member}/revoke                           401    403   403  200     403       403
POST  /v1/members/{member}/leave                            401    403   403  200     403       403
POST  /v1/clients/revoke                                    401    403   403  200     403       403
GET   /v1/members/{member}/lead-changes                     401    403   403  200     200       403
POST  /v1/members/{member}/reinstate                        401    403   403  200     403       403
POST  /v1/members/{member}/enrolment                        401    403   403  201     403       403
GET   /v1/members/{member}/enrolment                        401    403   403  200     403       403
POST  /v1/members/{member}/enrolment/revoke                 401    403   403  200     403       403
GET   /v1/members/{member}/grants                           401    403   403  200     403       403
GET   /v1/members/{member}/tokens                           401    403   403  200     403       403
GET   /v1/members/{member}/tokens/{token}                   401    403   403  200     403       403
POST  /v1/members/{member}/sessions/{session}/revoke        401    403   403  200     403       403
POST  /v1/members/{member}/tokens/{token}/revoke            401    403   403  200     403       403
POST  /v1/engagements                                       401    403   403  201     403       403
POST  /v1/imports                                           401    403   403  201     403       403
GET   /v1/engagements                                       401    403   403  200     403       403
GET   /v1/engagements/{engagement}                          401    403   403  200     403       403
PATCH /v1/engagements/{engagement}                          401    403   403  200     403       403
POST  /v1/engagements/{engagement}/close                    401    403   403  200     403       403
POST  /v1/engagements/{engagement}/revoke                   401    403   403  200     403       403
POST  /v1/engagements/{engagement}/reopen                   401    403   403  200     403       403
POST  /v1/engagements/{engagement}/renew                    401    403   403  200     403       403
POST  /v1/engagements/{engagement}/roles                    401    403   403  201     403       403
GET   /v1/engagements/{engagement}/roles                    401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}             401    403   403  200     403       403
PATCH /v1/engagements/{engagement}/roles/{role}             401    403   403  200     403       403
POST  /v1/engagements/{engagement}/roles/{role}/revoke      401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}/why         401    200   200  200     200       403
GET   /v1/engagements/{engagement}/roles/{role}/setup       401    403   403  200     403       403
POST  /v1/engagements/{engagement}/roles/{role}/verify      401    403   403  200     403       403
POST  /v1/engagements/{engagement}/roles/{role}/override    401    403   403  200     403       403
POST  /v1/engagements/{engagement}/roles/{role}/override/end 401   403   403  200     403       403
POST  /v1/engagements/{engagement}/links                    401    403   403  201     403       403
GET   /v1/engagements/{engagement}/links                    401    403   403  200     403       403
POST  /v1/engagements/{engagement}/links/{link}/revoke      401    403   403  200     403       403
GET   /v1/engagements/{engagement}/approvers                401    403   403  200     403       403
POST  /v1/engagements/{engagement}/approvers                401    403   403  201     403       403
POST  /v1/engagements/{engagement}/approvers/{approver}/revoke 401 403   403  200     403       403
POST  /v1/engagements/{engagement}/approvers/{approver}/link 401   403   403  200     403       403
POST  /v1/engagements/{engagement}/client-approval          401    403   403  200     403       403
GET   /v1/engagements/{engagement}/pause                    401    403   403  200     200       403
POST  /v1/engagements/{engagement}/lift-pause               401    403   403  200     403       403
POST  /v1/engagements/{engagement}/rotate                   401    403   403  200     403       403
PATCH /v1/engagements/{engagement}/roles/{role}/setup       401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}/setup/files 401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}/check       401    403   403  200     403       403
POST  /v1/engagements/{engagement}/grants                   401    403   403  201     403       403
GET   /v1/engagements/{engagement}/grants                   401    403   403  200     403       403
GET   /v1/engagements/{engagement}/grants/{member}          401    403   403  200     403       403
PATCH /v1/engagements/{engagement}/grants/{member}          401    403   403  200     403       403
POST  /v1/engagements/{engagement}/grants/{member}/revoke   401    403   403  200     403       403
POST  /v1/engagements/{engagement}/grants/{member}/review   401    403   403  200     403       403
POST  /v1/engagements/{engagement}/requests                 401    201   403  403     403       403
GET   /v1/me/requests                                       401    200   200  200     200       403
POST  /v1/me/requests/{request}/withdraw                    401    200   200  200     200       403
POST  /v1/me/requests/{request}/start                       401    200   404  404     404       403
POST  /v1/me/requests/{request}/end                         401    200   404  404     404       403
POST  /v1/requests/{request}/revoke                         401    403   403  200     403       403
GET   /v1/requests                                          401    200   200  200     200       403
GET   /v1/requests/{request}                                401    200   404  200     200       403
POST  /v1/requests/{request}/approve                        401    403   404  200     403       403
POST  /v1/requests/{request}/deny                           401    403   404  200     403       403
POST  /v1/engagements/{engagement}/roles/{role}/emergency   401    201   403  403     403       403
POST  /v1/requests/{request}/review                         401    403   403  200     403       403
GET   /v1/engagements/{engagement}/approval-policy          401    403   403  200     403       403
PATCH /v1/engagements/{engagement}/approval-policy          401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}/approval-policy 401 403   403  200     403       403
PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy 401 403   403  200     403       403
"""

CODE_ROUTES = (ENROL, BIND)
# For people, and in HTML: tests/entrypoints/test_page.py.
ACCESS_PAGES = ("GET /access/{link}", "POST /access/{link}")
SETUP_PAGES = (
    "GET /setup/{link}",
    "POST /setup/{link}/check",
    "GET /setup/{link}/check",
    "POST /setup/{link}/policy/{until}",
    "GET /setup/{link}/roles/{role}/launch",
    "GET /setup/{link}/roles/{role}/files/{name}",
    "GET /setup/{link}/pause",
    "POST /setup/{link}/pause",
    "POST /setup/{link}/resume",
)
APPROVER_PAGES = (
    "GET /approve/{link}",
    "POST /approve/{link}",
    "POST /approve/{link}/rule",
)
# For Slack, as signed forms: tests/entrypoints/slack.
COMMANDS, ACTIONS = "POST /v1/slack/commands", "POST /v1/slack/actions"
SLACKS = (COMMANDS, ACTIONS)
# The daypass command to download: tests/entrypoints/http/test_command.py.
FILES = ("GET /cli", "GET /cli.sha256")
PAGES = (*SETUP_PAGES, *ACCESS_PAGES, *APPROVER_PAGES, *FILES)
PATH = {
    "engagement": "acme-prod",
    "role": "readonly",
    "member": "alice",
    "token": a_token("alice").id,
    "link": a_link().id,
    "session": hash_of("alice")[:16],
    "request": a_request_id("alice"),
    "approver": "jo",
    "name": "revoke-member",
}
# A client's page goes by its link's text, which is in no other path.
PAGE_PATH = {
    "link": LINK_TEXT,
    "role": "readonly",
    "name": "daypass-acme-prod-readonly.yaml",
    "until": "1798027200",
}
# An access link's page acts for the link's member, independently of the request's sender.
ACCESS_PATH = {"link": ACCESS_TEXT}
APPROVER_PATH = {"link": APPROVER_TEXT}
# Where the usual thing in the path is not in the state that the route is for.
OTHER_PATH = {
    "POST /v1/members/{member}/reinstate": {"member": "sam"},
    "GET /v1/members/{member}/lead-changes": {"member": "lena"},
}


def _closed(world: World) -> None:
    for engagement in world.find(
        Engagement, where=lambda e: e.id == "acme-prod" and not e.closed_at
    ):
        world.add(replace(engagement, closed_at=NOON, version=engagement.version + 1))


def _shown_a_code(world: World) -> None:
    world.add(
        BindingCode(
            hash=hash_of(SLACK_CODE),
            team=TEAM,
            user="UNINA",
            created_at=NOON,
            expires_at=NOON + CODE_LIFE,
        )
    )


def _asked_in_slack(world: World) -> None:
    if not world.find(AccessLink, where=lambda _: True):
        world.add(a_binding(), an_access_link())


def session_id_of(member: str) -> str:
    """Return the ID of the member's session in the scene of a route that ends one."""
    return hash_of(member)[:16]


def _everyone_has_a_session(world: World) -> None:
    world.earlier_entries.clear()
    for member in filter(None, CALLERS.values()):
        intent = an_intent(member, session_id_of(member))
        issued = build_outcome_entry(intent, Outcome.ISSUED, at=NOON)
        world.earlier_entries += [intent, issued]


def _frozen(world: World) -> None:
    if not world.find(Block, where=lambda _: True):
        world.add(a_block())


def _paused(world: World) -> None:
    if not world.find(Block, where=lambda _: True):
        world.add(a_block("acme-prod"))


def _paused_with_an_approver(world: World) -> None:
    _paused(world)
    _with_an_approver(world)


def _on_request(world: World) -> None:
    """Let alice have access to acme-prod's role only after a lead approved a request."""
    if not world.find(ApprovalPolicy, where=lambda _: True):
        world.add(a_grant_on_request("alice", version=2), an_approval_policy())


def _requested(world: World) -> None:
    """Let everyone have a pending request, and alice one that can be approved."""
    _on_request(world)
    if not world.find(AccessRequest, where=lambda _: True):
        for member in filter(None, CALLERS.values()):
            world.add(a_request(member, stops=("", "", "", "")))


def _opened(world: World, **changes: Any) -> None:
    """Let alice have access to acme-prod's role that an approved request opened."""
    if not world.find(AccessRequest, where=lambda _: True):
        _on_request(world)
        stops = ("", "", "", "")
        fields = {"status": RequestStatus.APPROVED, "number": "1", "stops": stops}
        world.add(a_request("alice", **fields), an_approved_grant("alice", **changes))


def _opened_and_not_started(world: World) -> None:
    _opened(world, duration=3600)


def _for_emergencies(world: World) -> None:
    """Let alice open acme-prod's role herself."""
    world.add(a_grant_on_request("alice", emergency=frozenset({"readonly"}), version=2))


def _with_an_emergency(world: World) -> None:
    """Let alice have opened acme-prod's role herself, which no lead has reviewed."""
    if not world.find(AccessRequest, where=lambda _: True):
        fields = {"is_emergency": True, "status": RequestStatus.APPROVED}
        world.add(a_request("alice", **fields), an_emergency_lock("alice"))


def _with_an_approver(world: World) -> None:
    if not world.find(ClientApprover, where=lambda _: True):
        world.add(a_client_approver())


def _waiting_for_the_client(world: World) -> None:
    """Let alice have a request that waits for the client's approver, who has a link."""
    if not world.find(ApproverLink, where=lambda _: True):
        stops = ("", "", "", "")
        world.add(
            a_client_approver(),
            a_client_approver("pat", name="Pat Doe", email="pat@acme.example"),
            an_approver_link(),
            an_approval_policy(leads=False, people=0, client=True),
            a_grant_on_request("alice", version=2),
            a_request("alice", stops=stops),
        )


def _overridden(world: World) -> None:
    """Let a lead have overridden the check of acme-prod's role."""
    if not world.find(Role, where=lambda role: role.version > 1):
        world.add(a_role(override=an_override(), version=2))


PREPARATIONS: dict[str, Callable[[World], None]] = {
    "POST /v1/me/slack": _shown_a_code,
    "POST /v1/me/sessions/{session}/end": _everyone_has_a_session,
    "POST /v1/members/{member}/sessions/{session}/revoke": _everyone_has_a_session,
    "POST /v1/engagements/{engagement}/reopen": _closed,
    "POST /v1/engagements/{engagement}/roles/{role}/override/end": _overridden,
    "POST /v1/thaw": _frozen,
    "POST /setup/{link}/resume": _paused,
    **dict.fromkeys(ACCESS_PAGES, _asked_in_slack),
    **dict.fromkeys(APPROVER_PAGES, _waiting_for_the_client),
    "POST /v1/engagements/{engagement}/requests": _on_request,
    "GET /v1/me/requests": _requested,
    "POST /v1/me/requests/{request}/withdraw": _requested,
    "GET /v1/requests": _requested,
    "GET /v1/requests/{request}": _requested,
    "POST /v1/requests/{request}/approve": _requested,
    "POST /v1/requests/{request}/deny": _requested,
    "POST /v1/me/requests/{request}/start": _opened_and_not_started,
    "POST /v1/me/requests/{request}/end": _opened,
    "POST /v1/requests/{request}/revoke": _opened,
    "POST /v1/engagements/{engagement}/roles/{role}/emergency": _for_emergencies,
    "POST /v1/requests/{request}/review": _with_an_emergency,
    "POST /v1/engagements/{engagement}/approvers/{approver}/revoke": _with_an_approver,
    "POST /v1/engagements/{engagement}/approvers/{approver}/link": _with_an_approver,
    "POST /v1/engagements/{engagement}/client-approval": _with_an_approver,
    "POST /v1/engagements/{engagement}/lift-pause": _paused_with_an_approver,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the table."""

    route: str
    caller: str
    status: int

    def __str__(self) -> str:
        return f"{self.route} by {self.caller}"


@cache
def cells() -> tuple[Cell, ...]:
    return tuple(_cells())


def _cells() -> Iterator[Cell]:
    head, *rows = TABLE.strip().splitlines()
    callers = head.split()[1:]
    for row in rows:
        method, path, *statuses = row.split()
        for caller, status in zip(callers, statuses, strict=True):
            yield Cell(f"{method} {path}", caller, int(status))


def routes() -> list[str]:
    """Every route in the table that takes and answers JSON, such as `GET /v1/me`."""
    items = (*PAGES, *SLACKS)
    return [route for route in dict.fromkeys(cell.route for cell in cells()) if route not in items]


def with_token() -> list[str]:
    """Every route that asks for a token."""
    return [route for route in routes() if "/v1/" in route and route not in CODE_ROUTES]


def revocations() -> list[str]:
    """Every route that answers with the sessions that may be alive, again where asked again."""
    # Links and codes have no sessions, and a member who revokes their own token cannot ask again.
    items = (
        "/links/{link}/revoke",
        "/approvers/{approver}/revoke",
        "/enrolment/revoke",
        "/me/tokens/{token}/revoke",
    )
    ending = [
        route for route in routes() if route.endswith(("/revoke", "/close", "/end", "/leave"))
    ]
    return [route for route in ending if not route.endswith(items)]


FOR_MEMBERS = (VEND, REQUEST, EMERGENCY)
"""The routes that only a member with a grant may use."""
EXPLAIN = "GET /v1/engagements/{engagement}/roles/{role}/why"
"""Members read their own explanation, leads and auditors anyone's."""


def served_by(route: str) -> str:
    """Return a caller that the route serves: a lead, or else a member."""
    served = {cell.caller for cell in cells() if cell.route == route and cell.status < 400}
    return "lead" if "lead" in served else "member"


def path_of(route: str, caller: str = "lead") -> str:
    if route in PAGES:
        paths = dict.fromkeys(ACCESS_PAGES, ACCESS_PATH)
        paths |= dict.fromkeys(APPROVER_PAGES, APPROVER_PATH)
        existing = paths.get(route, PAGE_PATH)
    else:
        existing = {**PATH, **OTHER_PATH.get(route, {})}
    if "/me/" in route:  # everybody has a token of their own
        existing["token"] = a_token(CALLERS[caller] or "alice").id
        existing["session"] = session_id_of(CALLERS[caller] or "alice")
    if route.endswith("/withdraw"):
        existing["request"] = a_request_id(CALLERS[caller] or "alice")
    return route.partition(" ")[2].format(**existing)


# A link's button. Slack sends an event when it has opened the page.
OPENS = {"action_id": "open", "text": {"type": "plain_text", "text": "Get the session"}}


def prepare(world: World, route: str) -> None:
    """Bring the scene into the state that the route is for."""
    PREPARATIONS.get(route, lambda _: None)(world)


def ask(api: Api, route: str, caller: str, **changes: Any) -> Response:
    """A valid request for the route, by a caller of the table, or with these changes."""
    prepare(api.world, route)
    if route in SLACKS:
        member = person(CALLERS[caller] or "nobody")
        return api.types("help", member) if route == COMMANDS else api.presses(OPENS, member)
    request = {"query": QUERIES.get(route), "body": BODIES.get(route, NO_BODY)} | changes
    if route in FORMS:
        request = {"raw": FORMS[route], "headers": FORM_HEADERS} | changes
    if "raw" in request:
        request.pop("body", None)
    path = request.pop("path", path_of(route, caller))
    return api.send(route.partition(" ")[0], path, CALLERS[caller], **request)
