"""Names and reasons that look like markup, in another script, stay texts on every page."""

from __future__ import annotations

from html import escape

from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import (
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_role,
    a_token,
    an_engagement,
    an_intent,
    an_override,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.entering import enter, open_page, page_routes
from tests.entrypoints.web.matrix.test_matrix import open_action

MARKUP = "<img src=x onerror=alert('1')>\u202eשלום&" + "W" * 60
SHOWN = {
    "lena": (
        "/web/now",
        "/web/sessions",
        "/web/requests",
        "/web/requests/{request}",
        "all grants",
        "/web/engagements",
        "/web/engagements/{engagement}",
        "/web/engagements/{engagement}/approvals",
        "/web/engagements/{engagement}/client",
        "/web/engagements/{engagement}/roles/{role}",
        "/web/people",
        "/web/people/{member}",
        "approve-request",
        "create-enrolment",
        "grant-access",
    ),
    "alice": ("/web/access", "/web/me", "/web/requests"),
}
"""Readers, and pages and actions that show them such a text."""


def test_no_text_becomes_markup(api: Api) -> None:
    api.world.add(
        an_engagement(client=MARKUP, version=2),
        a_member("alice", name=MARKUP),
        a_token("alice", label=MARKUP),
        a_role(override=an_override(why=MARKUP)),
        a_grant_on_request(),
        a_grant("ghost"),
        a_client_approver(name=MARKUP),
        a_request(reason=MARKUP, stops=("", "", "", "")),
    )
    api.scene.ports.trail.record(an_intent())
    for reader, shown in SHOWN.items():
        browser = enter(api, reader)
        pages = {route: open_page(browser, route) for route in page_routes()}
        pages |= {action: open_action(browser, action) for action in ACTIONS}
        pages["all grants"] = browser.get("/web/review", part="all")
        assert not [name for name, page in pages.items() if "<img" in page.text]
        assert not [name for name in shown if escape(MARKUP)[:20] not in pages[name].text]
