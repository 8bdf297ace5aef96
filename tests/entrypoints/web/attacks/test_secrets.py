"""No secret of the console reaches a log or another page, and no text becomes markup."""

import re
from html import escape

from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import (
    ACCESS_TEXT,
    APPROVER_TEXT,
    LINK_TEXT,
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
    code_text_of,
    token_text_of,
)
from tests.entrypoints.web.browser import Browser, new_link
from tests.entrypoints.web.entering import SESSION, enter, open_page, page_routes
from tests.entrypoints.web.matrix.test_matrix import open_action
from tests.entrypoints.web.matrix.valid import FORMS

MEMBERS = ("alice", "bob", "lena", "ada", "sam")


def test_no_line_and_no_entry_has_a_cookie_a_link_or_a_forms_token(api, output):
    browser = Browser(api)
    link = new_link(api)
    for path in (link, f"{link}x"):
        browser.get(path)
    browser.post(link)
    cookie = browser.cookies[SESSION]
    for route in page_routes():
        open_page(browser, route)
    for name, action in ACTIONS.items():
        browser.get(f"/web/actions/{name}")
        browser.post(f"/web/{action.path}", {"reason": "because"})
    csrf = browser.csrf
    browser.post("/web/sign-out")
    browser.cookies[SESSION] = cookie
    browser.get("/web/actions/none")
    output.lines()
    recorded = output.text + repr(api.world.entries) + repr(api.world.items)
    for secret in (cookie, link.rpartition("/")[2], csrf):
        assert len(secret) > 40
        assert secret not in recorded
        assert secret[8:] not in recorded


def test_no_page_has_a_secret_and_none_puts_one_into_a_query(api):
    """Of anyone, or the browser's own cookie. A form that is sent by GET would put its fields into
    the URL."""
    browser = enter(api, "lena")
    secrets = [
        browser.cookies[SESSION],
        LINK_TEXT,
        ACCESS_TEXT,
        APPROVER_TEXT,
        code_text_of("alice"),
        *map(token_text_of, MEMBERS),
        *(a_token(member).hash for member in MEMBERS),
    ]
    for path, text in all_pages(browser):
        assert not [secret for secret in secrets if secret in text], path
        assert not re.search(r'(?:href|action|src)="[^"]*(?:csrf|token=[0-9a-z]{30})', text), path
        for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
            sends_by_post = re.match(r'<form[^>]* method="post"', form) is not None
            assert ('name="csrf"' in form) is sends_by_post, (path, form[:200])


def all_pages(browser):
    """Yield the path and the text of every page, and of every action's page."""
    for route in page_routes():
        yield route, open_page(browser, route).text
    for name in ACTIONS:
        yield name, browser.get(f"/web/actions/{name}").text


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
        "grant-access",
    ),
    "alice": ("/web/access", "/web/me", "/web/requests"),
}
"""Readers, and pages and actions that show them such a text."""


def test_no_text_becomes_markup(api):
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
        pages |= {action: open_action(browser, action) for action in FORMS}
        pages["all grants"] = browser.get("/web/review", part="all")
        assert not [name for name, page in pages.items() if "<img" in page.text]
        assert not [name for name in shown if escape(MARKUP)[:20] not in pages[name].text]
