"""A valid query for every page, and a valid form for every action of the web console."""

from __future__ import annotations

import re
from typing import Any

from tests.builders import a_request_id, a_token
from tests.entrypoints.matrix import OTHER_PATH, PATH, session_id_of
from tests.entrypoints.valid import BODIES, WHY
from tests.entrypoints.web.browser import Fields

PAGE_QUERIES: dict[str, dict[str, str]] = {
    "/web/search": {"q": "a"},
    "/web/stops/{name}": {"member": "alice"},
}


def lines_of(table: str) -> list[str]:
    return table.strip().splitlines()


API_ROUTES = """
revoke-session            POST  /v1/members/{member}/sessions/{session}/revoke
revoke-token              POST  /v1/members/{member}/tokens/{token}/revoke
revoke-grant              POST  /v1/engagements/{engagement}/grants/{member}/revoke
revoke-request            POST  /v1/requests/{request}/revoke
revoke-member             POST  /v1/members/{member}/revoke
member-leaves             POST  /v1/members/{member}/leave
revoke-role               POST  /v1/engagements/{engagement}/roles/{role}/revoke
revoke-engagement         POST  /v1/engagements/{engagement}/revoke
close-engagement          POST  /v1/engagements/{engagement}/close
revoke-client             POST  /v1/clients/revoke
freeze                    POST  /v1/freeze
thaw                      POST  /v1/thaw
open-engagement           POST  /v1/engagements
change-engagement         PATCH /v1/engagements/{engagement}
renew-engagement          POST  /v1/engagements/{engagement}/renew
reopen-engagement         POST  /v1/engagements/{engagement}/reopen
rotate-external-id        POST  /v1/engagements/{engagement}/rotate
verify-role               POST  /v1/engagements/{engagement}/roles/{role}/verify
add-role                  POST  /v1/engagements/{engagement}/roles
change-role               PATCH /v1/engagements/{engagement}/roles/{role}
change-permissions        PATCH /v1/engagements/{engagement}/roles/{role}/setup
override-role             POST  /v1/engagements/{engagement}/roles/{role}/override
end-override              POST  /v1/engagements/{engagement}/roles/{role}/override/end
create-link               POST  /v1/engagements/{engagement}/links
revoke-link               POST  /v1/engagements/{engagement}/links/{link}/revoke
change-approval-policy    PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy
name-approver             POST  /v1/engagements/{engagement}/approvers
mail-approver-link        POST  /v1/engagements/{engagement}/approvers/{approver}/link
revoke-approver           POST  /v1/engagements/{engagement}/approvers/{approver}/revoke
require-client-approval   POST  /v1/engagements/{engagement}/client-approval
invite-member             POST  /v1/members
change-member             PATCH /v1/members/{member}
reinstate-member          POST  /v1/members/{member}/reinstate
create-enrolment          POST  /v1/members/{member}/enrolment
revoke-enrolment          POST  /v1/members/{member}/enrolment/revoke
grant-access              POST  /v1/engagements/{engagement}/grants
change-grant              PATCH /v1/engagements/{engagement}/grants/{member}
rename-token              PATCH /v1/me/tokens/{token}
revoke-own-token          POST  /v1/me/tokens/{token}/revoke
request-access            POST  /v1/engagements/{engagement}/requests
open-emergency            POST  /v1/engagements/{engagement}/roles/{role}/emergency
approve-request           POST  /v1/requests/{request}/approve
deny-request              POST  /v1/requests/{request}/deny
withdraw-request          POST  /v1/me/requests/{request}/withdraw
confirm-emergency          POST  /v1/requests/{request}/confirm
start-access              POST  /v1/me/requests/{request}/start
end-request-access        POST  /v1/me/requests/{request}/end
end-session               POST  /v1/me/sessions/{session}/end
approve-requests          POST  /v1/requests/{request}/approve
deny-requests             POST  /v1/requests/{request}/deny
keep-grants               POST  /v1/engagements/{engagement}/grants/{member}/review
end-grants                POST  /v1/engagements/{engagement}/grants/{member}/review
get-credentials           POST  /v1/engagements/{engagement}/sessions
open-aws-console          POST  /v1/engagements/{engagement}/sessions
"""
"""The route of the API for the same as each action."""
ROUTES = {name: " ".join(route) for name, *route in map(str.split, lines_of(API_ROUTES))}

OTHER_BODIES: dict[str, dict[str, Any]] = {
    "request-access": {
        "role": PATH["role"],
        "starts_at": "2026-11-28T20:00:00Z",
        "ends_at": "2026-11-28T22:00:00Z",
        "reason": "the release of Saturday",
        "ticket": "OPS-1234",
    },
    "approve-requests": {"reason": "go ahead"},
    "keep-grants": {"decision": "keep", "version": 1, **WHY},
    "end-grants": {"decision": "end", "version": 1, **WHY},
    "open-engagement": {
        "id": "initech",
        "client": "Initech",
        "account_id": "765432109876",
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2027-03-31T18:00:00Z",
        "agents": "refuse",
        "cut_off": "brake",
        # The console requests permissions for new roles only, and this one exists.
        "roles": [
            {
                "name": "readonly",
                "arn": "arn:aws:iam::765432109876:role/Reader",
                "max_session": 1800,
                "requires_reason": True,
            }
        ],
    },
    "renew-engagement": {
        "ends_at": "2027-03-31T18:00:00Z",
        "grants": "ended-with-it",
        "reason": "six months more",
    },
    "change-permissions": {"permissions": "security-audit", "max_session_duration": 7200},
    "change-approval-policy": {
        "leads": True,
        "people": 1,
        "members": ["bob"],
        "first_approver": "bob",
        "ticket_pattern": "OPS-#",
        "sensitive": True,
        "others_after": 1800,
        "answer_within": 14400,
        "longest": 28800,
    },
    "change-role": {
        "arn": "arn:aws:iam::987654321098:role/team/Other",
        "max_session": 1800,
        "requires_reason": True,
        "allows_chaining": True,
        "allows_links": False,
    },
}
"""The body of the API's request for the same, by action, where it is not the one of
tests/entrypoints/valid.py."""


OWN = {"token": "{own token}", "session": "{own session}", "request": "{own request}"}
MORE: dict[str, dict[str, Any]] = {
    "open-engagement": {
        "role": "readonly",
        "arn": "arn:aws:iam::765432109876:role/Reader",
        "permissions": "security-audit",
        "max_session": "1800",
        "requires_reason": "on",
    },
    "change-engagement": {"version": "1", "agents": "read-only", "cut_off": "none"},
    "renew-engagement": {"version": "1"},
    "add-role": {"max_session": "3600", "allows_links": "on"},
    "change-role": {"version": "1"},
    "create-link": {"shown_at": "2026-11-24T12:00:00Z"},
    "change-approval-policy": {"version": "0", "members": "bob"},
    "mail-approver-link": {"version": "1"},
    "create-enrolment": {"version": "1", "expires_at": "2026-11-25T17:00"},
    "grant-access": {"access": ["readonly:always"]},
    "change-grant": {"access": ["readonly:always"], "version": "1"},
    "request-access": {"duration": "", "id": OWN["request"]},
    "start-access": {"request": PATH["request"]},
    "end-request-access": {"request": PATH["request"]},
    "get-credentials": {"form": "0" * 32},
    "open-aws-console": {"form": "0" * 32},
}
"""The fields that the forms have and the API's requests have not, by action."""


ROWS = {
    "approve-requests": "{request}:1",
    "deny-requests": "{request}:1",
    "keep-grants": "{engagement}:{member}:1",
    "end-grants": "{engagement}:{member}:1",
}
"""The row that an action about several rows is done for."""


def build_form(name: str) -> Fields:
    """Return the form with the names of the API's path, and the fields of its body."""
    route = ROUTES[name]
    path = PATH | OTHER_PATH.get(route, {}) | (OWN if " /v1/me/" in route else {})
    form: dict[str, Any] = {each: path[each] for each in re.findall(r"{(\w+)}", route)}
    if name in ROWS:
        form = {"row": ROWS[name].format(**path)}
    for key, value in OTHER_BODIES.get(name, BODIES.get(route, {})).items():
        if (
            key not in ("decision", "format", "roles", *(["version"] if name in ROWS else []))
            and value
            and as_typed(value)
        ):
            form[key] = as_typed(value)
    return form | MORE.get(name, {})


def as_typed(value: Any) -> Any:
    """Return the value as a browser sends it, times without their zone."""
    if value is True:
        return "on"
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return re.sub(r"(T\d\d:\d\d):00Z$", r"\1", str(value))


FORMS: dict[str, Fields] = {name: build_form(name) for name in ROUTES}


def form_of(name: str, member: str) -> Fields:
    """Return the action's form as this member sends it, with what everyone has of their own."""
    member = member or "alice"
    own = {
        OWN["token"]: a_token(member).id,
        OWN["session"]: session_id_of(member),
        OWN["request"]: a_request_id(member),
    }
    return {
        key: own.get(text, text) if isinstance(text, str) else text
        for key, text in FORMS[name].items()
    }
