"""Every page of the console, as the people of the sample firm open it."""

from __future__ import annotations

from collections.abc import Callable

from local.sample_data import Api

LEADS_PAGES = (
    "",
    "now",
    "sessions",
    "health",
    "engagements",
    "engagements/acme-prod",
    "engagements/umbrella",
    "engagements/acme-prod/roles/readonly",
    "engagements/umbrella/roles/partner",
    "engagements/acme-prod/sessions/{session}",
    "engagements/acme-prod/client",
    "engagements/acme-prod/report",
    "engagements/initech/approvals",
    "people",
    "people/alice",
    "people/lena/changes",
    "matrix",
    "me",
    "stops",
    "stops/revoke-member?member=alice",
    "stops/freeze",
    "cut-offs",
    "trail",
    "why",
    "why?member=alice&engagement=acme-prod&role=readonly",
    "requests",
    "requests/{request}",
    "review",
    "review/package",
    "search?q=acme-prod",
    "search?q=a",
    "access",
)
AUDITORS_PAGES = ("", "engagements/acme-prod", "people/alice")
MEMBERS_PAGES = ("me", "why", "access", "requests")
MORE_PAGES = (
    ("ada", "engagements/initech"),
    ("lena", "actions/change-approval-policy?engagement=initech"),
    ("lena", "actions/change-engagement?engagement=acme-prod"),
    ("lena", "actions/change-role?engagement=acme-prod&role=readonly"),
    ("lena", "actions/open-engagement"),
    ("lena", "actions/renew-engagement?engagement=acme-prod"),
    ("lena", "actions/verify-role?engagement=umbrella&role=partner"),
    ("lena", "people/nils"),
    ("lena", "actions/change-grant?member=alice&engagement=acme-prod"),
    ("lena", "actions/change-member?member=bob"),
    ("lena", "actions/create-enrolment?member=bob"),
    ("lena", "actions/grant-access"),
    ("lena", "actions/invite-member"),
    ("nils", "requests?part=own"),
)
"""Pages with other parameters, and the forms of actions with fewer."""
PAGES = [
    *(("lena", path) for path in LEADS_PAGES),
    *(("ada", path) for path in AUDITORS_PAGES),
    *(("alice", path) for path in MEMBERS_PAGES),
    *MORE_PAGES,
]


def create_more(api: Callable[[str], Api]) -> dict[str, str]:
    """Let people of the sample firm enter two clients and ask for more. Return the IDs of what they
    made, by the names of fields."""
    lena, alice, bob = (api(person) for person in ("lena", "alice", "bob"))
    session = alice("POST", "/v1/engagements/acme-prod/sessions", role="readonly")
    bob("POST", "/v1/engagements/globex/sessions", role="readonly")
    link = lena("POST", "/v1/engagements/acme-prod/links")
    (request,) = lena("GET", "/v1/requests")["requests"]
    (approver, *_) = lena("GET", "/v1/engagements/initech/approvers")["approvers"]
    return {
        "session": session["vend"],
        "link": link["id"],
        "request": request["id"],
        "approver": approver["id"],
        "token": lena("GET", "/v1/members/alice/tokens")["tokens"][0]["id"],
        "own_token": lena("GET", "/v1/me")["token"]["id"],
    }
