"""A whole and right answer of Daypass for each route that the command calls."""

from typing import Any

from daypass.commands.leads.declared import ACTIONS, STOPS
from tests.running import ROOT

BEGIN, END = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"

ACCESS: list[dict[str, Any]] = [
    {
        "member": "bob",
        "engagement": "acme-prod",
        "role": role,
        "client": "Acme",
        "account_id": "987654321098",
        "until": END,
        "state": "open",
        "text": "A session needs a reason." if role == "deploy" else "",
        "reason": None,
        "agents": "read-only",
        "requires_reason": role == "deploy",
    }
    for role in ("deploy", "readonly")
]


def with_table(name: str, *rows: dict[str, Any], **columns: str) -> dict[str, Any]:
    """Return an answer that has both the rows and the table. `columns` are the headings by field,
    an empty one last."""
    return {
        name: list(rows),
        "headings": list(columns.values()),
        "rows": [[row.get(field) or "" for field in columns] for row in rows],
        "empty": f"There are no {name}.",
        "cursor": None,
    }


def access_list(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with the roles that a member may enter."""
    targets = [
        {**row, "target": "/".join(filter(None, (str(row["engagement"]), row["role"])))}
        for row in rows
    ]
    columns = {"target": "Engagement/role", "client": "Client", "until": "Until", "state": "State"}
    table = with_table("access", *targets, **columns, text="")
    return {**table, "access": list(rows), "empty": "There are no current or upcoming grants."}


def engagement_list(*rows: dict[str, Any]) -> dict[str, Any]:
    columns = {"id": "Engagement", "client": "Client", "account_id": "Account", "state": "State"}
    more = {"ends_at": "Until", "cut_off": "Cut-off", "note": ""}
    return with_table("engagements", *rows, **columns, **more)


def token_list(*rows: dict[str, Any]) -> dict[str, Any]:
    columns = {"id": "Token", "label": "Label", "state": "State", "expires_at": "Until"}
    return with_table("tokens", *rows, **columns)


def session_list(*rows: dict[str, Any]) -> dict[str, Any]:
    columns = {"member": "Member", "role": "Engagement/role", "began_at": "Since"}
    more = {"ends_by": "Ends by", "session_name": "Session", "note": ""}
    return with_table("sessions", *rows, **columns, **more)


def request_list(*rows: dict[str, Any]) -> dict[str, Any]:
    columns = {"id": "Request", "member": "Member", "span": "Access", "reason": "Reason"}
    return with_table("requests", *rows, **columns, message="")


MEMBER = {"id": "bob", "name": "Bob Berg", "kind": "member", "suspended_at": None}
ENGAGEMENT = {
    "id": "acme-prod",
    "client": "Acme",
    "account_id": "987654321098",
    "partition": "aws-us-gov",
    "ends_at": END,
    "agents": "read-only",
    "cut_off": "brake",
    "state": "active",
    "paused_at": None,
    "note": "",
}
GRANT = {
    "engagement": "acme-prod",
    "member": "bob",
    "roles": ["readonly"],
    "starts_at": BEGIN,
    "ends_at": END,
    "on_request": [],
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
    "emergencies": 0,
    "last_emergency_at": None,
    "proposal": "end",
    "reviewed_at": BEGIN,
    "reviewed_by": "lena",
    "version": 3,
    "access": "readonly",
    "last_use": "41 days ago",
    "notes": "lena reviewed it on 1 January 2026, 00:00 UTC.",
}


def package(
    *files: tuple[str, list[list[str]]], readme: str = "", cursor: str | None = None
) -> dict[str, Any]:
    """Return a page of an access review's package with these lines of files."""
    return {
        "as_of": "2026-10-01T00:00:00.000000Z",
        "until": "2026-11-24T12:00:00.000000Z",
        "readme": readme,
        "files": [{"name": name, "headings": ["Member"], "rows": rows} for name, rows in files],
        "cursor": cursor,
    }


def review_list(*grants: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that has both the rows and the table."""
    shown = ("member", "engagement", "client", "access", "last_use", "proposal", "notes")
    return {
        "grants": list(grants),
        "headings": ["Member", "Engagement", "Client", "Roles", "Last used", "Proposal", ""],
        "rows": [[grant[name] for name in shown] for grant in grants],
        "empty": "No one has a grant.",
        "cursor": None,
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
    "is_cut_off": False,
    "note": "",
}
MONTH_REPORT = {
    "engagement": "acme-prod",
    "client": "Acme",
    "month": "2026-01",
    "made_at": "2026-02-01T00:00:00Z",
    "sessions": [
        {
            "member": "bob",
            "role": "readonly",
            "began_at": "2026-01-01T00:00:00Z",
            "ended_by": "2026-01-01T01:00:00Z",
            "caller": "person",
            "reason": "INC-7",
            "access": "Grant",
            "approved_by": "lena",
            "session_name": "bob.1",
            "access_key_id": "ASIA1",
        }
    ],
    "is_complete": True,
    "opened_at": "2025-12-01T00:00:00Z",
    "status": ["No cut-off is in progress."],
    "title": "Sessions of acme-prod in January 2026 (UTC): 1",
    "notes": ["This is a note."],
    "columns": [
        {"field": "member", "heading": "Member"},
        {"field": "began_at", "heading": "Began"},
        {"field": "session_name", "heading": "Session name"},
    ],
    "not_seen": "Daypass does not see this.",
    "searches": [
        {
            "name": "Search",
            "text": "The event history:",
            "command": "for name in bob.1; do\n  look\ndone",
        }
    ],
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
    "sentence": "bob got a session for acme-prod/readonly (session name: bob.1).",
    "details": {"expires_at": END, "session_name": "bob.1", "access_key_id": "ASIA1"},
}
SELECTION = {
    "engagement": "acme-prod",
    "member": "bob",
    "when": "2026-11-24",
    "text": "acme-prod (Acme), bob (Bob), Tuesday, 24 November 2026, UTC",
}
"""The IDs and the period that Daypass read a query for the trail as."""
_CLAUSE = {"holds": True, "reason": None, "change_by": None, "change": None}
EXPLANATION = {
    "allowed": False,
    "reason": "grant-not-current",
    "duration": None,
    "clauses": [
        {**_CLAUSE, "name": "Member", "fact": "bob is an active member."},
        {
            "name": "Grant period",
            "holds": False,
            "fact": "bob's grant has ended.",
            "reason": "grant-not-current",
            "change_by": "lead",
            "change": "A lead can extend the grant.",
        },
        {**_CLAUSE, "name": "Freeze or pause", "holds": None, "fact": "No freeze is in force."},
    ],
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
REQUEST: dict[str, Any] = {
    "id": "bob.00d9o4r5k3f81c2q",
    "engagement": "acme-prod",
    "role": "deploy",
    "member": "bob",
    "status": "waiting",
    "starts_at": None,
    "ends_at": None,
    "duration": 7200,
    "reason": "the new home page",
    "ticket": "OPS-12",
    "ticket_url": "https://tickets.example.com/OPS-12",
    "caller": "person",
    "is_emergency": False,
    "created_at": BEGIN,
    "expires_at": END,
    "approvals": [{"by": "jo", "at": BEGIN, "is_client": True}],
    "waiting_for": ["a lead"],
    "decided_at": None,
    "decided_by": "",
    "decision": "",
    "access_starts_at": None,
    "access_ends_at": None,
    "started_at": None,
    "access_revoked_at": None,
    "is_open": False,
    "confirmed_at": None,
    "confirmed_by": None,
    "confirmation": "",
    "span": "for 2 hours from first use",
    "message": "The request needs approval from a lead by 1 January 2036, 00:00 UTC.",
    "you_may": ["approve"],
    "effects": {
        "approve": [
            "bob gets access to the role deploy in Acme, for 2 hours from first use.",
            "Your approval is the last one that the request needs, so it gives access.",
        ],
        "confirm": ["After you confirm the emergency, bob can use emergency access again."],
    },
}
APPROVED: dict[str, Any] = {
    **REQUEST,
    "status": "approved",
    "waiting_for": [],
    "decided_at": BEGIN,
    "decided_by": "lena",
    "decision": "after 18:00",
    "access_ends_at": END,
    "message": "lena approved this request on 1 January 2026, 00:00 UTC: after 18:00.",
    "you_may": ["start", "end"],
    "effects": {},
}
"""Access for two hours that has not begun. It can be started until `access_ends_at`."""
OPEN: dict[str, Any] = {
    **APPROVED,
    "started_at": BEGIN,
    "access_starts_at": BEGIN,
    "is_open": True,
    "you_may": ["end"],
}
EMERGENCY: dict[str, Any] = {
    **OPEN,
    "is_emergency": True,
    "decided_by": "bob",
    "decision": "",
    "approvals": [],
    "effects": REQUEST["effects"],
}
POLICY: dict[str, Any] = {
    "engagement": "acme-prod",
    "role": "",
    "leads": True,
    "members": ["bob", "carol"],
    "people": 1,
    "client": True,
    "sensitive": True,
    "first_approver": "bob",
    "others_after": 600,
    "answer_within": 3600,
    "longest": 28800,
    "ticket_pattern": "OPS-#",
    "ticket_url": "https://tickets.example.com/{ticket}",
    "notify_client_of_emergencies": True,
    "lines": ["Needs approval within 1 hour, from the client and from a lead or bob."],
}
APPROVER: dict[str, Any] = {
    "engagement": "acme-prod",
    "id": "jo",
    "name": "Jo Doe",
    "email": "jo@acme.example",
    "is_contact": False,
    "named_by": "lena",
    "named_at": BEGIN,
    "revoked_at": None,
}
TOKEN = {
    "id": "0123456789ab",
    "label": "laptop",
    "expires_at": END,
    "revoked_at": None,
    "state": "works",
}
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
    "message": "Daypass saw AWS deny its test session.",
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
PAUSE: dict[str, Any] = {
    "paused": True,
    "paused_at": BEGIN,
    "locks": [{"at": BEGIN, "link": "0a" * 6}],
    "is_sealed": False,
    "lift_requested_by": "",
    "lift_requested_at": None,
    "lift_reason": "",
    "refuse_until": None,
    "lift_request_ends_at": None,
    "lifted_at": None,
    "lifted_by": "",
    "message": "The client paused the engagement.",
}
LIFT_ASKED = {
    **PAUSE,
    "lift_requested_by": "alice",
    "lift_requested_at": BEGIN,
    "refuse_until": BEGIN,
    "lift_request_ends_at": END,
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
PREVIEW: dict[str, Any] = {
    "name": "revoke-member",
    "title": "Suspend a member: bob",
    "warnings": [],
    "parts": [
        {"title": "Effect", "lines": ["This suspends bob."]},
        {
            "title": "Live sessions",
            "lines": ["1 session may still be active.", "bob in acme-prod/x"],
        },
    ],
}
EFFECT: dict[str, Any] = {
    **PREVIEW,
    "title": "Do it",
    "parts": [{"title": "Effect", "lines": ["This is what it does."]}],
    "version": None,
}
STORED = {"message": "It is stored."}
STOP_NAMES = tuple(name for name, _ in STOPS.values())
ACTION_NAMES = (
    *(name for name, *_ in ACTIONS.values()),
    *("invite-member", "create-enrolment", "grant-access", "change-grant", "change-engagement"),
    *("open-engagement", "renew-engagement", "revoke-approver", "revoke-link"),
    *("add-role", "bind-job", "change-role", "change-member"),
)
REVOCATION = {**DONE, "last_moment": END, "cut_offs": [CUT_OFF]}
_ACME = "/v1/engagements/acme-prod"
_BOBS = "/v1/requests/bob.00d9o4r5k3f81c2q"
ANSWERS: dict[str, dict[str, Any]] = {
    "/healthz": {"status": "ok", "version": "0.1.0", "oldest_command": "0.1.0"},
    "/v1/enrol": {"member": "bob", "token": "daypass_bob_x", "expires_at": END, "other_tokens": []},
    "/v1/me": {"member": MEMBER, "token": TOKEN},
    "/v1/access": access_list(*ACCESS),
    "/v1/me/sessions": {"sessions": [SESSION], "cursor": None},
    "/v1/me/slack": {"expires_at": END},
    "/v1/me/tokens": token_list(TOKEN),
    "/v1/me/tokens/rotate": {"token": "daypass_alice_new", "expires_at": END},
    "/v1/me/tokens/0123456789ab/revoke": DONE,
    "/v1/clients/revoke": {**REVOCATION, "engagements": [ENDED_PART]},
    "/v1/cut-offs": {"cut_offs": [CUT_OFF], "cursor": None},
    **{f"/v1/previews/{name}": {**PREVIEW, "name": name} for name in STOP_NAMES},
    **{f"/v1/previews/{name}": {**EFFECT, "name": name} for name in ACTION_NAMES},
    "/v1/previews/change-grant": {**EFFECT, "name": "change-grant", "version": 3},
    "/v1/freeze": FREEZE,
    "/v1/thaw": {**FREEZE, "lift_requested_by": "alice", "lift_request_ends_at": END},
    "/v1/sessions": session_list(SESSION),
    "/v1/review": review_list(REVIEWED_GRANT),
    "/v1/review/package": package(("leavers.csv", []), readme="Access review\n"),
    "/v1/trail": {"selection": SELECTION, "entries": [ENTRY], "cursor": None},
    "/v1/members": {
        **with_table("members", MEMBER, id="Member", kind="Kind", state="State"),
        "enrolment": CODE,
        **STORED,
    },
    "/v1/engagements/acme-prod/report": MONTH_REPORT,
    "/v1/members/bob": {**MEMBER, **STORED},
    "/v1/members/bob/enrolment": {**CODE, **STORED},
    "/v1/members/bob/jobs": {**TOKEN, **STORED},
    "/v1/members/bob/grants": {"grants": [GRANT], "cursor": None},
    "/v1/members/bob/leave": {
        **REVOCATION,
        "engagements": [ENDED_PART],
        "message": "Bob left.",
    },
    "/v1/members/bob/revoke": REVOCATION,
    "/v1/members/bob/sessions/1/revoke": REVOCATION,
    "/v1/members/bob/tokens": {"tokens": [TOKEN], "cursor": None},
    "/v1/members/bob/tokens/0123456789ab/revoke": REVOCATION,
    "/v1/members/bob/reinstate": STORED,
    "/v1/engagements": {
        **ENGAGEMENT,
        "link": LINK,
        **STORED,
        **engagement_list(ENGAGEMENT),
    },
    "/v1/requests": request_list(REQUEST),
    _BOBS: REQUEST,
    f"{_BOBS}/approve": APPROVED,
    f"{_BOBS}/deny": {**REQUEST, "status": "denied", "message": "lena denied it: no."},
    f"{_BOBS}/confirm": {**EMERGENCY, "message": "lena confirmed it.", "confirmation": "ok"},
    f"{_BOBS}/revoke": REVOCATION,
    "/v1/me/requests": {"requests": [APPROVED], "cursor": None},
    "/v1/me/requests/bob.00d9o4r5k3f81c2q/withdraw": {**REQUEST, "message": "bob withdrew it."},
    "/v1/me/requests/bob.00d9o4r5k3f81c2q/start": OPEN,
    "/v1/me/requests/bob.00d9o4r5k3f81c2q/end": REVOCATION,
    _ACME: {**ENGAGEMENT, **STORED},
    f"{_ACME}/requests": REQUEST,
    f"{_ACME}/approval-policy": POLICY,
    f"{_ACME}/roles/readonly/approval-policy": POLICY,
    f"{_ACME}/roles/deploy/approval-policy": {**POLICY, "role": "deploy"},
    f"{_ACME}/roles/deploy/emergency": EMERGENCY,
    f"{_ACME}/approvers": {**APPROVER, "approvers": [APPROVER], "cursor": None},
    f"{_ACME}/approvers/jo/link": APPROVER,
    f"{_ACME}/approvers/jo/revoke": {**APPROVER, "ended": REVOCATION},
    f"{_ACME}/client-approval": {**ENGAGEMENT, **STORED},
    f"{_ACME}/pause": PAUSE,
    f"{_ACME}/lift-pause": LIFT_ASKED,
    f"{_ACME}/grants": {"grants": [GRANT], "cursor": None, **GRANT, **STORED},
    f"{_ACME}/grants/bob": {**GRANT, **STORED},
    f"{_ACME}/grants/bob/review": {"grant": GRANT, "revocation": REVOCATION},
    f"{_ACME}/grants/bob/revoke": DONE,
    f"{_ACME}/links": {**LINK, **with_table("links", id="Link", state="State")},
    f"{_ACME}/links/0123456789ab/revoke": STORED,
    f"{_ACME}/renew": {"message": "It is renewed.", "client_steps": []},
    f"{_ACME}/reopen": STORED,
    f"{_ACME}/revoke": DONE,
    f"{_ACME}/roles": {
        "roles": [
            {"name": "readonly", "arn": "arn:aws:iam::987654321098:role/R", "ended_at": None}
        ],
        "cursor": None,
    },
    f"{_ACME}/roles/readonly": {"name": "readonly", "ended_at": None, **STORED},
    f"{_ACME}/roles/readonly/revoke": REVOCATION,
    f"{_ACME}/close": DONE,
    f"{_ACME}/rotate": STORED,
    f"{_ACME}/roles/readonly/verify": {"report": REPORT},
    f"{_ACME}/roles/readonly/why": EXPLANATION,
}

TYPED = """\
login ADDRESS
logout --revoke
whoami
tokens
tokens --rotate
tokens --revoke 0123456789ab --yes
link-slack
web --print
creds acme-prod/readonly
env acme-prod/readonly
exec acme-prod/readonly -- true
ls
status
request acme-prod/deploy --for=2h --because=r
requests --all
requests bob.00d9o4r5k3f81c2q
withdraw bob.00d9o4r5k3f81c2q
approve bob.00d9o4r5k3f81c2q --for=1h --yes
deny bob.00d9o4r5k3f81c2q --because=r
emergency acme-prod/deploy --for=30m --because=r --yes
confirm-emergency bob.00d9o4r5k3f81c2q --because=r --yes
approvals acme-prod
approvals acme-prod/deploy --people=2 --yes
approvers acme-prod
approvers acme-prod name jo --name=Jo --email=jo@acme.example --yes
approvers acme-prod revoke jo --reason=r --yes
client-approval acme-prod --because=r --yes
revoke request bob.00d9o4r5k3f81c2q --reason=r --yes
configure
doctor
reconcile acme-prod --when=2026-11-24 --events=NO_EVENTS
who
access bob
why acme-prod
why acme-prod/readonly --member=bob
trail
export acme-prod
engagements --search acme --sort=-client
report acme-prod
invite bob --yes
bind bob https://ci.example repo:acme@1/shop@2:environment:prod --yes
open acme-prod 987654321098 --client=Acme --until=2w --yes
link acme-prod --yes
link acme-prod --list
link acme-prod --revoke 0123456789ab --reason=r --yes
role acme-prod/readonly --longest=30m --yes
members
members bob --kind=lead --yes
grant bob acme-prod readonly --until=2w --yes
renew acme-prod --until=2w --reason=r --yes
revoke member bob --reason=r --yes
revoke role acme-prod/readonly --reason=r --yes
revoke session bob.1 --reason=r --yes
revoke client Acme --reason=r --yes
revoke everything --reason=r --yes
freeze --reason=r --yes
leave bob --reason=r --yes
review
review --end bob acme-prod --reason=r --yes
review --as-of=2026-10-01 --package=review
engagements
engagements acme-prod --cut-off=none --yes
lift-pause acme-prod --reason=r --yes
thaw --reason=r --yes
cut-offs --commands
reinstate bob --reason=r --yes
reopen acme-prod --reason=r --yes
close acme-prod --reason=r --yes
rotate acme-prod --reason=r --yes
agents acme-prod allow --yes
""".replace("NO_EVENTS", str(ROOT / "tests/cli/no_events.json")).splitlines()
"""Each command that asks the broker, as a person types it."""
STDIN = {"login": "daypass_enrol_bob_x\n", "link-slack": "code\n"}
"""The text that a person enters, by the command."""
