"""A valid request for every route."""

from typing import Any

from tests.builders import LIFT_CODE, a_request_id, code_text_of
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, PROVIDER, claims, fake_identity_token

# The code shown to the Slack user UNINA, who is bound to no member yet.
SLACK_CODE = "aaaa-bbbb-cccc-dddd"
REQUEST = "POST /v1/engagements/{engagement}/requests"
EMERGENCY = "POST /v1/engagements/{engagement}/roles/{role}/emergency"
APPROVE, DENY = (f"POST /v1/requests/{{request}}/{verb}" for verb in ("approve", "deny"))
VEND = "POST /v1/engagements/{engagement}/sessions"
ENROL = "POST /v1/enrol"  # for the holder of the code
BIND = "POST /v1/enrol/identity"
POLICY = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
)
PROFILE = (
    "[profile umbrella]\n"
    "role_arn = arn:aws:iam::765432109876:role/Consultants\n"
    "source_profile = default\n"
    "external_id = umbrella-7f3a91c4\n"
)
WHY = {"reason": "the laptop is lost"}
NEW_ROLE = {
    "name": "deploy",
    "arn": "arn:aws:iam::987654321098:role/Deploy",
    "requires_reason": True,
}

FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
# A valid form for every page's button that sends one.
FORMS = {
    "POST /setup/{link}/pause": f"code={LIFT_CODE}",
    "POST /setup/{link}/resume": f"code={LIFT_CODE}",
    "POST /approve/{link}": f"decision=approve&request={a_request_id()}&minutes=30&words=",
    "POST /approve/{link}/rule": "rule=require",
}

# A valid body for every route that reads one.
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/previews/{name}": {"member": "alice"},
    VEND: {
        "role": "readonly",
        "duration": 900,
        "reason": "ticket 7",
        "format": "json",
    },
    "POST /v1/engagements/{engagement}/roles/{role}/override": {
        "until": "2026-11-30T18:00:00Z",
        "reason": "the client is on it",
    },
    "POST /v1/engagements/{engagement}/roles/{role}/override/end": WHY,
    "POST /v1/engagements/{engagement}/links": {"expires_at": "2026-12-24T18:00:00Z"},
    "POST /v1/engagements/{engagement}/links/{link}/revoke": WHY,
    "POST /v1/engagements/{engagement}/rotate": WHY,
    "POST /v1/engagements/{engagement}/approvers": {
        "id": "kim",
        "name": "Kim Roe",
        "email": "kim@acme.example",
        "is_contact": True,
    },
    "POST /v1/engagements/{engagement}/approvers/{approver}/revoke": WHY,
    "POST /v1/engagements/{engagement}/client-approval": WHY,
    "PATCH /v1/engagements/{engagement}/roles/{role}/setup": {
        "permissions": "security-audit",
        "permissions_policy": POLICY,
        "max_session_duration": 7200,
        "boundary_arn": "arn:aws:iam::987654321098:policy/Boundary",
        "makes_boundary": False,
    },
    "POST /v1/members": {"id": "nina", "name": "Nina", "kind": "auditor"},
    "POST /v1/members/{member}/jobs": {"issuer": PROVIDER.issuer, "subject": JOB_SUBJECT},
    "PATCH /v1/members/{member}": {"name": "Alice B.", "kind": "lead"},
    "POST /v1/freeze": WHY,
    "POST /v1/thaw": WHY,
    "POST /v1/engagements/{engagement}/lift-pause": WHY,
    "POST /v1/members/{member}/revoke": WHY,
    "POST /v1/members/{member}/leave": WHY,
    "POST /v1/clients/revoke": {"client": "ACME", **WHY},
    "POST /v1/members/{member}/sessions/{session}/revoke": WHY,
    ENROL: {
        "code": code_text_of("alice"),
        "label": "laptop",
        "expires_at": "2026-12-24T18:00:00+01:00",
    },
    BIND: {
        "code": code_text_of("alice"),
        "identity_token": fake_identity_token(claims(NOON)),
        "label": "sign-in",
        "expires_at": "2026-12-24T18:00:00+01:00",
    },
    "POST /v1/me/slack": {"code": SLACK_CODE, "expires_at": "2026-12-20T17:00:00Z"},
    "PATCH /v1/me/tokens/{token}": {"label": "old laptop"},
    "POST /v1/me/tokens/{token}/revoke": WHY,
    "POST /v1/members/{member}/reinstate": WHY,
    "POST /v1/members/{member}/enrolment": {"expires_at": "2026-11-25T18:00:00+01:00"},
    "POST /v1/members/{member}/enrolment/revoke": WHY,
    "POST /v1/members/{member}/tokens/{token}/revoke": WHY,
    "POST /v1/engagements": {
        "id": "initech",
        "client": "Initech",
        "account_id": "765432109876",
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2027-03-31T18:00:00Z",
        "roles": [
            {
                "name": "readonly",
                "arn": "arn:aws:iam::765432109876:role/Reader",
                "permissions": "security-audit",
                "max_session": 1800,
                "requires_reason": True,
                "allows_chaining": False,
                "allows_links": False,
            }
        ],
    },
    "POST /v1/imports": {
        "id": "umbrella",
        "client": "Umbrella",
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2027-03-31T18:00:00Z",
        "config": PROFILE,
        "profile": "umbrella",
        "role": "readonly",
    },
    "PATCH /v1/engagements/{engagement}": {
        "client": "Acme & Sons",
        "starts_at": "2026-11-01T00:00:00Z",
        "ends_at": "2027-01-31T18:00:00Z",
    },
    "POST /v1/engagements/{engagement}/close": WHY,
    "POST /v1/engagements/{engagement}/revoke": WHY,
    "POST /v1/engagements/{engagement}/reopen": WHY,
    "POST /v1/engagements/{engagement}/renew": {
        "ends_at": "2027-03-31T18:00:00Z",
        "grants": "named",
        "members": ["alice"],
        "reason": "six months more",
    },
    "POST /v1/engagements/{engagement}/roles": NEW_ROLE,
    "PATCH /v1/engagements/{engagement}/roles/{role}": {
        "arn": "arn:aws:iam::987654321098:role/team/Other",
        "max_session": 1800,
        "requires_reason": True,
        "allows_chaining": True,
        "allows_links": False,
    },
    "POST /v1/engagements/{engagement}/roles/{role}/revoke": WHY,
    "POST /v1/engagements/{engagement}/grants": {
        "member": "bob",
        "roles": ["readonly"],
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2026-12-01T12:00:00Z",
    },
    "PATCH /v1/engagements/{engagement}/grants/{member}": {
        "roles": ["readonly"],
        "starts_at": "2026-11-24T12:00:00Z",
        "ends_at": "2026-12-01T12:00:00Z",
    },
    "POST /v1/engagements/{engagement}/grants/{member}/revoke": WHY,
    "POST /v1/engagements/{engagement}/grants/{member}/review": {
        "decision": "end",
        "version": 1,
        "reason": "the work is done",
    },
    REQUEST: {
        "role": "readonly",
        "starts_at": "2026-11-28T20:00:00Z",
        "ends_at": "2026-11-28T22:00:00Z",
        "reason": "the release of Saturday",
        "ticket": "OPS-1234",
        "caller": "agent",
    },
    APPROVE: {"duration": 1800, "reason": "half an hour will do"},
    "POST /v1/requests/{request}/confirm": WHY,
    "POST /v1/requests/{request}/revoke": WHY,
    EMERGENCY: {
        "duration": 1800,
        "reason": "the site is down",
    },
    DENY: {"reason": "wait for Monday"},
    "PATCH /v1/engagements/{engagement}/approval-policy": {
        "leads": True,
        "members": ["bob"],
        "people": 2,
        "sensitive": True,
        "first_approver": "bob",
        "others_after": 1800,
        "answer_within": 14400,
        "longest": 28800,
        "ticket_pattern": "OPS-#",
        "ticket_url": "https://tickets.example.com/browse/{ticket}",
    },
    "PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy": {
        "leads": True,
        "people": 1,
    },
}

REQUEST_ID = "alice.00d9o4r5k3f81c2q"
PAGE = {"limit": "7", "cursor": "aaa"}
TIME_PAGE = {"limit": "7", "cursor": "2026-01-01T00:00:00.000000Z#000000000000"}
QUERIES = {
    "GET /v1/access": {**PAGE, "format": "table"},
    "GET /v1/members": PAGE,
    "GET /v1/review": {"limit": "7", "cursor": "aaa:bbb"},
    "GET /v1/review/package": {
        "as_of": "2026-11-01",
        "until": "2026-11-20",
        "limit": "7",
        "cursor": "members:alice",
    },
    "GET /v1/cut-offs": {"limit": "7", "cursor": "aaa:bbb", "engagement": "acme-prod"},
    "GET /v1/engagements": PAGE,
    "GET /v1/engagements/{engagement}/roles": PAGE,
    "GET /v1/engagements/{engagement}/grants": PAGE,
    "GET /v1/members/{member}/grants": PAGE,
    "GET /v1/engagements/{engagement}/roles/{role}/setup/files": {
        "format": "cloudformation",
        "part": "trust-policy",
    },
    "GET /v1/members/{member}/tokens": {"limit": "7", "cursor": "000000000000"},
    "GET /v1/me/tokens": {"limit": "7", "cursor": "000000000000"},
    "GET /v1/engagements/{engagement}/links": TIME_PAGE,
    "GET /v1/sessions": {"engagement": "acme-prod", "member": "alice", **TIME_PAGE},
    "GET /v1/me/sessions": TIME_PAGE,
    "GET /v1/me/requests": {"limit": "7", "cursor": "zoe.00d9o4r5k3f81c2q"},
    "GET /v1/requests": {
        "limit": "7",
        "cursor": f"2026-01-01T00:00:00.000000Z#{REQUEST_ID}",
        "part": "waiting",
        "engagement": "acme-prod",
    },
    "GET /v1/engagements/{engagement}/roles/{role}/why": {
        "reason": "no",
        "caller": "agent",
        "duration": "900",
    },
    "GET /v1/engagements/{engagement}/report": {"month": "2026-11"},
    "GET /v1/trail": {
        "engagement": "acme-prod",
        "member": "alice",
        "outcome": "refused",
        "when": "2026-11-01 to 2026-11-24",
        "limit": "7",
        "cursor": "2026-11-24T12:00:00.000000Z#aaaaaaaaaaaaaaaa",
    },
}
