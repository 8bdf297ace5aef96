"""The status for each caller on every route: all of Daypass's access control on one page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.entrypoints.pages.assets import name_console_style
from tests.builders import (
    ACCESS_TEXT,
    APPROVER_TEXT,
    LINK_TEXT,
    a_binding,
    a_block,
    a_client_approver,
    a_grant_on_request,
    a_link,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_access_link,
    an_approval_policy,
    an_approved_grant,
    an_approver_link,
    an_emergency_lock,
    an_engagement,
    an_intent,
    an_override,
    some_session_actions,
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
from tests.fakes import NOON, World, at
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
GET   /                                                     303    303   303  303     303       303
GET   /healthz                                              200    200   200  200     200       200
GET   /openapi.json                                         200    200   200  200     200       200
GET   /cli                                                  200    200   200  200     200       200
GET   /cli.sha256                                           200    200   200  200     200       200
GET   /assets/{file}                                        200    200   200  200     200       200
GET   /setup/{link}                                         200    200   200  200     200       200
GET   /setup/{link}/pause                                   200    200   200  200     200       200
GET   /setup/{link}/report                                  200    200   200  200     200       200
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
GET   /v1/engagements/{engagement}/report                   401    403   403  200     200       403
GET   /v1/review                                            401    403   403  200     200       403
GET   /v1/review/package                                    401    403   403  200     200       403
POST  /v1/members                                           401    403   403  201     403       403
GET   /v1/members                                           401    403   403  200     200       403
GET   /v1/members/{member}                                  401    403   403  200     403       403
PATCH /v1/members/{member}                                  401    403   403  200     403       403
POST  /v1/members/{member}/revoke                           401    403   403  200     403       403
POST  /v1/members/{member}/leave                            401    403   403  200     403       403
POST  /v1/clients/revoke                                    401    403   403  200     403       403
GET   /v1/members/{member}/lead-changes                     401    403   403  200     200       403
POST  /v1/members/{member}/reinstate                        401    403   403  200     403       403
POST  /v1/members/{member}/enrolment                        401    403   403  201     403       403
POST  /v1/members/{member}/jobs                             401    403   403  201     403       403
GET   /v1/members/{member}/enrolment                        401    403   403  200     403       403
POST  /v1/members/{member}/enrolment/revoke                 401    403   403  200     403       403
GET   /v1/members/{member}/grants                           401    403   403  200     403       403
GET   /v1/members/{member}/tokens                           401    403   403  200     403       403
GET   /v1/members/{member}/tokens/{token}                   401    403   403  200     403       403
POST  /v1/members/{member}/sessions/{session}/revoke        401    403   403  200     403       403
POST  /v1/members/{member}/tokens/{token}/revoke            401    403   403  200     403       403
POST  /v1/engagements                                       401    403   403  201     403       403
POST  /v1/imports                                           401    403   403  201     403       403
GET   /v1/engagements                                       401    403   403  200     200       403
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
GET   /v1/engagements/{engagement}/sessions/{session}       401    403   403  200     200       403
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
POST  /v1/requests/{request}/confirm                         401    403   403  200     403       403
GET   /v1/engagements/{engagement}/approval-policy          401    403   403  200     403       403
PATCH /v1/engagements/{engagement}/approval-policy          401    403   403  200     403       403
GET   /v1/engagements/{engagement}/roles/{role}/approval-policy 401 403   403  200     403       403
PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy 401 403   403  200     403       403
"""

CODE_ROUTES = (ENROL, BIND)
# For people, and in HTML: tests/entrypoints/test_page.py.
ACCESS_PAGES = ("GET /access/{link}", "POST /access/{link}")
SETUP_PAGES, APPROVER_PAGES = (
    tuple(" ".join(row.split()[:2]) for row in TABLE.splitlines() if path in row)
    for path in (" /setup/", " /approve/")
)
# For Slack, as signed forms: tests/entrypoints/slack.
COMMANDS, ACTIONS = "POST /v1/slack/commands", "POST /v1/slack/actions"
SLACKS = (COMMANDS, ACTIONS)
# The daypass command to download, and the console's style: tests/entrypoints/http/test_files.py.
HOME = "GET /"
FILES = ("GET /cli", "GET /cli.sha256", "GET /assets/{file}")
PAGES = (*SETUP_PAGES, *ACCESS_PAGES, *APPROVER_PAGES, *FILES, HOME)
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
    "POST /v1/members/{member}/jobs": {"member": "ci"},
    "GET /v1/members/{member}/lead-changes": {"member": "lena"},
}


def session_id_of(member: str) -> str:
    """Return the ID of the member's session in the scene of a route that ends one."""
    return hash_of(member)[:16]


def _everyone_has_a_session(world: World) -> None:
    world.earlier_entries.clear()
    for member in filter(None, CALLERS.values()):
        intent = an_intent(member, session_id_of(member))
        issued = build_outcome_entry(intent, Outcome.ISSUED, at=NOON)
        world.earlier_entries += [intent, issued]


UNSTOPPED = ("", "", "", "")
APPROVED = {"status": RequestStatus.APPROVED}


def _on_request() -> list[Item]:
    """Let alice have access to acme-prod's role only after a lead approved a request."""
    return [a_grant_on_request("alice", version=2), an_approval_policy()]


def _requested() -> list[Item]:
    """Let everyone have a pending request, and alice one that can be approved."""
    members = filter(None, CALLERS.values())
    return [*_on_request(), *(a_request(member, stops=UNSTOPPED) for member in members)]


def _opened(**changes: Any) -> list[Item]:
    """Let alice have access to acme-prod's role that an approved request opened."""
    request = a_request("alice", **APPROVED, number="1", stops=UNSTOPPED)
    return [*_on_request(), request, an_approved_grant("alice", **changes)]


def _shown_a_code() -> BindingCode:
    shown = {"team": TEAM, "user": "UNINA", "created_at": NOON, "expires_at": NOON + CODE_LIFE}
    return BindingCode(hash=hash_of(SLACK_CODE), **shown)


STORED: dict[str, Callable[[], list[Item]]] = {
    "POST /v1/me/slack": lambda: [_shown_a_code()],
    "GET /v1/engagements/{engagement}/sessions/{session}": lambda: [
        some_session_actions(session=session_id_of("alice"))
    ],
    "POST /v1/engagements/{engagement}/reopen": lambda: [an_engagement(closed_at=NOON, version=2)],
    "POST /v1/engagements/{engagement}/roles/{role}/override/end": lambda: [
        a_role(override=an_override(), version=2)
    ],
    "POST /v1/members/{member}/jobs": lambda: [a_member("ci", kind=Kind.MACHINE)],
    "POST /v1/thaw": lambda: [a_block()],
    "POST /setup/{link}/resume": lambda: [a_block("acme-prod")],
    **dict.fromkeys(ACCESS_PAGES, lambda: [a_binding(), an_access_link()]),
    # alice has a request that waits for the client's approver, who has a link.
    **dict.fromkeys(
        APPROVER_PAGES,
        lambda: [
            a_client_approver(),
            a_client_approver("pat", name="Pat Doe", email="pat@acme.example"),
            an_approver_link(),
            an_approval_policy(leads=False, people=0, client=True),
            a_grant_on_request("alice", version=2),
            a_request("alice", stops=UNSTOPPED),
        ],
    ),
    "POST /v1/engagements/{engagement}/requests": _on_request,
    "GET /v1/me/requests": _requested,
    "POST /v1/me/requests/{request}/withdraw": _requested,
    "GET /v1/requests": _requested,
    "GET /v1/requests/{request}": _requested,
    "POST /v1/requests/{request}/approve": _requested,
    "POST /v1/requests/{request}/deny": _requested,
    "POST /v1/me/requests/{request}/start": lambda: _opened(duration=3600),
    "POST /v1/me/requests/{request}/end": _opened,
    "POST /v1/requests/{request}/revoke": _opened,
    # alice may open acme-prod's role herself, or has, and no lead has reviewed it.
    "POST /v1/engagements/{engagement}/roles/{role}/emergency": lambda: [
        a_grant_on_request("alice", emergency=frozenset({"readonly"}), version=2)
    ],
    "POST /v1/requests/{request}/confirm": lambda: [
        a_request("alice", is_emergency=True, **APPROVED),
        an_emergency_lock("alice"),
    ],
    **dict.fromkeys(
        (
            "POST /v1/engagements/{engagement}/approvers/{approver}/revoke",
            "POST /v1/engagements/{engagement}/approvers/{approver}/link",
            "POST /v1/engagements/{engagement}/client-approval",
        ),
        lambda: [a_client_approver()],
    ),
    "POST /v1/engagements/{engagement}/lift-pause": lambda: [
        a_block("acme-prod"),
        a_client_approver(),
    ],
}
"""The items that must be stored for a request of the route to make sense."""


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
    """Every route that answers with the sessions that may be active, again where asked again."""
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
        paths |= {FILES[-1]: {"file": name_console_style()}}
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
    """Bring the scene into the state that the route is for, unless an earlier request has."""
    if "/sessions/{session}/" in route:
        _everyone_has_a_session(world)
    for item in STORED.get(route, list)():
        stored = world.items.get(at(item))
        if stored is None or stored.version < item.version:
            world.add(item)


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
