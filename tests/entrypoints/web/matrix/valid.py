"""A valid query for every page, and a valid form for every action of the web console."""

from __future__ import annotations

from typing import Any

from tests.builders import a_request_id, a_token, an_enrolment
from tests.entrypoints.matrix import PATH, session_id_of
from tests.entrypoints.valid import WHY
from tests.entrypoints.web.browser import Fields

PAGE_QUERIES: dict[str, dict[str, str]] = {
    "/web/stops/{name}": {"member": "alice"},
}

OWN_TOKEN, OWN_SESSION, OWN_REQUEST = "{own token}", "{own session}", "{own request}"
MEMBER, ENGAGEMENT = {"member": PATH["member"]}, {"engagement": PATH["engagement"]}
REQUEST = {"request": PATH["request"]}
ROLE = {**ENGAGEMENT, "role": PATH["role"]}

FORMS: dict[str, Fields] = {
    "revoke-session": {**MEMBER, "session": PATH["session"], **WHY},
    "revoke-token": {**MEMBER, "token": PATH["token"], **WHY},
    "revoke-grant": {**MEMBER, **ENGAGEMENT, **WHY},
    "revoke-request": {"request": PATH["request"], **WHY},
    "revoke-member": {**MEMBER, **WHY},
    "member-leaves": {**MEMBER, **WHY},
    "revoke-role": {**ROLE, **WHY},
    "revoke-engagement": {**ENGAGEMENT, **WHY},
    "close-engagement": {**ENGAGEMENT, **WHY},
    "revoke-client": {"client": "ACME", **WHY},
    "freeze": {**WHY},
    "thaw": {**WHY},
    "open-engagement": {
        "id": "initech",
        "client": "Initech",
        "account_id": "765432109876",
        "starts_at": "2026-11-24T12:00",
        "ends_at": "2027-03-31T18:00",
        "role": "readonly",
        "arn": "arn:aws:iam::765432109876:role/Reader",
        "permissions": "security-audit",
        "max_session": "1800",
        "requires_reason": "on",
        "agents": "refuse",
        "cut_off": "brake",
    },
    "change-engagement": {
        **ENGAGEMENT,
        "version": "1",
        "client": "Acme & Sons",
        "starts_at": "2026-11-01T00:00",
        "ends_at": "2027-01-31T18:00",
        "agents": "read-only",
        "cut_off": "none",
    },
    "renew-engagement": {
        **ENGAGEMENT,
        "version": "1",
        "ends_at": "2027-03-31T18:00",
        "grants": "ended-with-it",
        "reason": "six months more",
    },
    "reopen-engagement": {**ENGAGEMENT, **WHY},
    "rotate-external-id": {**ENGAGEMENT, **WHY},
    "verify-role": {**ROLE},
    "add-role": {
        **ENGAGEMENT,
        "name": "deploy",
        "arn": "arn:aws:iam::987654321098:role/Deploy",
        "max_session": "3600",
        "requires_reason": "on",
        "allows_links": "on",
    },
    "change-role": {
        **ROLE,
        "version": "1",
        "arn": "arn:aws:iam::987654321098:role/team/Other",
        "max_session": "1800",
        "requires_reason": "on",
        "allows_chaining": "on",
    },
    "change-permissions": {
        **ROLE,
        "permissions": "security-audit",
        "max_session_duration": "7200",
    },
    "override-role": {
        **ROLE,
        "until": "2026-11-30T18:00",
        "reason": "the client is on it",
    },
    "end-override": {**ROLE, **WHY},
    "create-link": {
        **ENGAGEMENT,
        "shown_at": "2026-11-24T12:00:00Z",
        "expires_at": "2026-12-24T18:00",
    },
    "revoke-link": {**ENGAGEMENT, "link": PATH["link"], **WHY},
    "change-approval-policy": {
        **ROLE,
        "version": "0",
        "leads": "on",
        "people": "1",
        "members": "bob",
        "first_approver": "bob",
        "ticket_pattern": "OPS-#",
        "sensitive": "on",
        "others_after": "1800",
        "answer_within": "14400",
        "longest": "28800",
    },
    "name-approver": {
        **ENGAGEMENT,
        "id": "kim",
        "name": "Kim Roe",
        "email": "kim@acme.example",
        "is_contact": "on",
    },
    "mail-approver-link": {**ENGAGEMENT, "approver": PATH["approver"], "version": "1"},
    "revoke-approver": {**ENGAGEMENT, "approver": PATH["approver"], **WHY},
    "require-client-approval": {**ENGAGEMENT, **WHY},
    "invite-member": {"id": "nina", "name": "Nina", "kind": "auditor"},
    "change-member": {**MEMBER, "name": "Alice B.", "kind": "lead"},
    "reinstate-member": {"member": "sam"},
    "create-enrolment": {
        **MEMBER,
        "replaces": an_enrolment("alice").id,
        "expires_at": "2026-11-25T17:00",
    },
    "revoke-enrolment": {**MEMBER, **WHY},
    "grant-access": {
        **ENGAGEMENT,
        "member": "bob",
        "roles": ["readonly"],
        "starts_at": "2026-11-24T12:00",
        "ends_at": "2026-12-01T12:00",
    },
    "change-grant": {
        **ENGAGEMENT,
        **MEMBER,
        "roles": ["readonly"],
        "starts_at": "2026-11-24T12:00",
        "ends_at": "2026-12-01T12:00",
        "version": "1",
    },
    "rename-token": {"token": OWN_TOKEN, "label": "old laptop"},
    "revoke-own-token": {"token": OWN_TOKEN, **WHY},
    "request-access": {
        **ROLE,
        "starts_at": "2026-11-28T20:00",
        "ends_at": "2026-11-28T22:00",
        "reason": "the release of Saturday",
        "ticket": "OPS-1234",
        "request": OWN_REQUEST,
    },
    "open-emergency": {**ROLE, "duration": "1800", "reason": "the site is down"},
    "approve-request": {
        **REQUEST,
        "duration": "1800",
        "reason": "half an hour will do",
    },
    "deny-request": {**REQUEST, "reason": "wait for Monday"},
    "withdraw-request": {"request": OWN_REQUEST},
    "review-emergency": {**REQUEST, **WHY},
    "start-access": {**REQUEST},
    "end-request-access": {**REQUEST},
    "end-session": {"session": OWN_SESSION},
    "keep-grant": {**ENGAGEMENT, **MEMBER, "version": "1", **WHY},
    "end-grant": {**ENGAGEMENT, **MEMBER, "version": "1", **WHY},
    "get-credentials": {**ROLE, "form": "0" * 32, "duration": "900", "reason": "ticket 7"},
    "open-aws-console": {**ROLE, "form": "0" * 32, "duration": "900", "reason": "ticket 7"},
}

OTHER_BODIES: dict[str, dict[str, Any]] = {
    "request-access": {
        "role": PATH["role"],
        "starts_at": "2026-11-28T20:00:00Z",
        "ends_at": "2026-11-28T22:00:00Z",
        "reason": "the release of Saturday",
        "ticket": "OPS-1234",
    },
    "keep-grant": {"decision": "keep", "version": 1, **WHY},
    "end-grant": {"decision": "end", "version": 1, **WHY},
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


def form_of(name: str, member: str) -> Fields:
    """Return the action's form as this member sends it, with what everyone has of their own."""
    member = member or "alice"
    own = {
        OWN_TOKEN: a_token(member).id,
        OWN_SESSION: session_id_of(member),
        OWN_REQUEST: a_request_id(member),
    }
    return {
        key: own.get(text, text) if isinstance(text, str) else text
        for key, text in FORMS[name].items()
    }
