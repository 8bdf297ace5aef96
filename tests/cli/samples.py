"""A whole and right answer of Daypass for each route that the command calls."""

from __future__ import annotations

from typing import Any

BEGIN, END = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"

ENGAGEMENTS: list[dict[str, Any]] = [
    {
        "id": "acme-prod",
        "client": "Acme",
        "account_id": "987654321098",
        "open": True,
        "granted": True,
        "starts_at": BEGIN,
        "ends_at": END,
        "agents": "read-only",
        "roles": [
            {"name": name, "verified": True, "problem": "", "requires_reason": name == "deploy"}
            for name in ("deploy", "readonly")
        ],
    }
]
MEMBER = {"id": "bob", "name": "Bob Berg", "kind": "member", "suspended_at": None}
ENGAGEMENT = {
    "id": "acme-prod",
    "client": "Acme",
    "account_id": "987654321098",
    "ends_at": END,
    "agents": "read-only",
    "cut_off": "brake",
    "state": "active",
    "paused_at": None,
}
GRANT = {
    "engagement": "acme-prod",
    "member": "bob",
    "roles": ["readonly"],
    "starts_at": BEGIN,
    "ends_at": END,
    "revoked_at": None,
    "granted_by": "carol",
}
REVIEWED_GRANT: dict[str, Any] = {
    "engagement": "acme-prod",
    "client": "Acme",
    "member": "bob",
    "roles": ["readonly"],
    "ends_at": END,
    "last_used_at": BEGIN,
    "unused_days": 41,
    "proposal": "end",
    "reviewed_at": BEGIN,
    "reviewed_by": "lena",
    "version": 3,
}
SESSION = {
    "member": "bob",
    "engagement": "acme-prod",
    "role": "readonly",
    "began_at": BEGIN,
    "ends_by": END,
    "session_name": "bob.1",
    "status": "live",
    "token": "0123456789ab",
}
ENTRY = {
    "at": BEGIN,
    "actor": "bob",
    "token": "0123456789ab",
    "address": "192.0.2.1",
    "action": "vend",
    "outcome": "issued",
    "reason": "",
    "engagement": "acme-prod",
    "role": "readonly",
    "subject": "",
    "vend": "v1",
    "details": {"expires_at": END, "session_name": "bob.1", "access_key_id": "ASIA1"},
}
REPORT = {
    "grade": "F",
    "passed": False,
    "causes": [],
    "causes_are_certain": False,
    "checks": [
        {"result": "failed", "message": "It has no external ID.", "fix": "Add it.", "commands": ""}
    ],
}
TOKEN = {"id": "0123456789ab", "label": "laptop", "expires_at": END, "revoked_at": None}
CODE = {"code": "daypass_enrol_bob_x", "expires_at": END}
LINK = {"url": "https://daypass.example/c/x", "expires_at": END}
CUT_OFF: dict[str, Any] = {
    "engagement": "acme-prod",
    "role": "readonly",
    "method": "brake",
    "id": "0123456789abcdef",
    "member": "bob",
    "sessions": [],
    "issued_until": BEGIN,
    "needed_until": END,
    "status": "seen",
    "problem": None,
    "requested_at": BEGIN,
    "written_at": BEGIN,
    "seen_at": BEGIN,
    "message": "Daypass saw AWS deny its own session.",
    "policy": "",
    "commands": "",
}
DONE: dict[str, Any] = {"message": "It is revoked."}
FREEZE: dict[str, Any] = {
    "frozen": True,
    "frozen_at": BEGIN,
    "frozen_by": "lena",
    "reason": "a laptop is lost",
    "no_session_after": BEGIN,
    "listed_at": BEGIN,
    "alive": 1,
    "last_moment": END,
    "lift_requested_by": "",
    "lift_requested_at": None,
    "lift_reason": "",
    "lift_request_ends_at": None,
    "lifted_at": None,
    "lifted_by": "",
    "message": "Daypass is frozen.",
}
ENDED_PART: dict[str, Any] = {
    "engagement": "acme-prod",
    "client": "Acme",
    "status": "blocked",
    "revoked_at": BEGIN,
    "alive": 1,
    "last_moment": END,
    "reason": "",
    "detail": "",
}
REVOCATION = {**DONE, "last_moment": END, "cut_offs": [CUT_OFF]}
_ACME = "/v1/engagements/acme-prod"
ANSWERS: dict[str, dict[str, Any]] = {
    "/healthz": {"status": "ok", "version": "0.1.0", "oldest_command": "0.1.0"},
    "/v1/enrol": {"member": "bob", "token": "daypass_bob_x", "expires_at": END, "other_tokens": []},
    "/v1/me": {"member": MEMBER, "token": TOKEN},
    "/v1/me/engagements": {"engagements": ENGAGEMENTS, "cursor": None},
    "/v1/me/sessions": {"sessions": [SESSION], "cursor": None},
    "/v1/me/slack": {"expires_at": END},
    "/v1/me/tokens": {"tokens": [TOKEN], "cursor": None},
    "/v1/me/tokens/rotate": {"token": "daypass_alice_new", "expires_at": END},
    "/v1/me/tokens/0123456789ab/revoke": DONE,
    "/v1/clients/revoke": {**REVOCATION, "engagements": [ENDED_PART]},
    "/v1/cut-offs": {"cut_offs": [CUT_OFF], "cursor": None},
    "/v1/freeze": FREEZE,
    "/v1/thaw": {**FREEZE, "lift_requested_by": "alice", "lift_request_ends_at": END},
    "/v1/sessions": {"sessions": [SESSION], "cursor": None},
    "/v1/review": {"grants": [REVIEWED_GRANT], "cursor": None},
    "/v1/trail": {"entries": [ENTRY], "cursor": None},
    "/v1/members": {"members": [MEMBER], "cursor": None},
    "/v1/members/bob": MEMBER,
    "/v1/members/bob/enrolment": CODE,
    "/v1/members/bob/grants": {"grants": [GRANT], "cursor": None},
    "/v1/members/bob/leave": {
        "engagements": [ENDED_PART],
        "revocation": REVOCATION,
        "message": "Bob left.",
    },
    "/v1/members/bob/revoke": REVOCATION,
    "/v1/members/bob/sessions/1/revoke": REVOCATION,
    "/v1/members/bob/tokens": {"tokens": [TOKEN], "cursor": None},
    "/v1/members/bob/tokens/0123456789ab/revoke": REVOCATION,
    "/v1/members/bob/reinstate": DONE,
    "/v1/engagements": {
        **ENGAGEMENT,
        "link": LINK,
        "engagements": [ENGAGEMENT],
        "cursor": None,
    },
    _ACME: ENGAGEMENT,
    f"{_ACME}/grants": {"grants": [GRANT], "cursor": None},
    f"{_ACME}/grants/bob": GRANT,
    f"{_ACME}/grants/bob/review": {"grant": GRANT, "revocation": REVOCATION},
    f"{_ACME}/grants/bob/revoke": DONE,
    f"{_ACME}/links": LINK,
    f"{_ACME}/renew": {"message": "It is renewed.", "client_steps": []},
    f"{_ACME}/reopen": DONE,
    f"{_ACME}/revoke": DONE,
    f"{_ACME}/roles": {"roles": [{"name": "readonly", "ended_at": None}], "cursor": None},
    f"{_ACME}/roles/readonly/revoke": REVOCATION,
    f"{_ACME}/close": DONE,
    f"{_ACME}/rotate": DONE,
    f"{_ACME}/roles/readonly/verify": {"report": REPORT},
}

TYPED = {
    "login": (("login", "ADDRESS"), "daypass_enrol_bob_x\n"),
    "logout": (("logout", "--revoke"), ""),
    "whoami": (("whoami",), ""),
    "tokens": (("tokens",), ""),
    "tokens --rotate": (("tokens", "--rotate"), ""),
    "tokens --revoke": (("tokens", "--revoke", "0123456789ab", "--yes"), ""),
    "link-slack": (("link-slack",), "code\n"),
    "creds": (("creds", "acme-prod/readonly"), ""),
    "env": (("env", "acme-prod/readonly"), ""),
    "exec": (("exec", "acme-prod/readonly", "--", "true"), ""),
    "ls": (("ls",), ""),
    "status": (("status",), ""),
    "configure": (("configure",), ""),
    "doctor": (("doctor",), ""),
    "who": (("who",), ""),
    "access": (("access", "bob"), ""),
    "why": (("why", "acme-prod"), ""),
    "trail": (("trail",), ""),
    "trail --csv": (("trail", "--csv"), ""),
    "report": (("report", "acme-prod"), ""),
    "invite": (("invite", "bob", "--yes"), ""),
    "open": (
        ("open", "acme-prod", "--client=Acme", "--account=987654321098", "--until=2w", "--yes"),
        "",
    ),
    "link": (("link", "acme-prod", "--yes"), ""),
    "grant": (("grant", "bob", "acme-prod", "readonly", "--until=2w", "--yes"), ""),
    "renew": (("renew", "acme-prod", "--until=2w", "--reason=r", "--yes"), ""),
    "revoke member": (("revoke", "member", "bob", "--reason=r", "--yes"), ""),
    "revoke role": (("revoke", "role", "acme-prod/readonly", "--reason=r", "--yes"), ""),
    "revoke session": (("revoke", "session", "bob.1", "--reason=r", "--yes"), ""),
    "revoke client": (("revoke", "client", "Acme", "--reason=r", "--yes"), ""),
    "revoke everything": (("revoke", "everything", "--reason=r", "--yes"), ""),
    "freeze": (("freeze", "--reason=r", "--yes"), ""),
    "leave": (("leave", "bob", "--reason=r", "--yes"), ""),
    "review": (("review",), ""),
    "review --end": (("review", "--end", "bob", "acme-prod", "--reason=r", "--yes"), ""),
    "engagements": (("engagements",), ""),
    "engagements --cut-off": (("engagements", "acme-prod", "--cut-off=none", "--yes"), ""),
    "thaw": (("thaw", "--reason=r", "--yes"), ""),
    "cut-offs": (("cut-offs", "--commands"), ""),
    "reinstate": (("reinstate", "bob", "--yes"), ""),
    "reopen": (("reopen", "acme-prod", "--reason=r", "--yes"), ""),
    "close": (("close", "acme-prod", "--reason=r", "--yes"), ""),
    "rotate": (("rotate", "acme-prod", "--reason=r", "--yes"), ""),
    "agents": (("agents", "acme-prod", "allow", "--yes"), ""),
}
"""How a person types each command that asks the broker, and what they enter."""
