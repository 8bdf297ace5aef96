"""The headers, addresses and texts of every answer: no secret, and no markup."""

import re
from html import escape
from urllib.parse import quote

from chalicelib.domain.trail import Action
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
from tests.entrypoints.web.browser import FORM_TYPE, Browser, new_link
from tests.entrypoints.web.entering import (
    SESSION,
    TYPICAL_PAGES,
    enter,
    fill_in,
    open_page,
    page_routes,
)
from tests.entrypoints.web.matrix.test_matrix import open_action
from tests.entrypoints.web.matrix.valid import FORMS
from tests.rows import every

SPLIT = ("\r\nSet-Cookie: a=b", "%0d%0aSet-Cookie:%20a=b", "\n", "\x00", "é", "<blink>", '"', " ")
ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)")


def texts_on_pages():
    """Yield each text on typical pages, and two of them on every page."""
    for text in (*SPLIT, *ELSEWHERE):
        on_all = text in (SPLIT[0], ELSEWHERE[0])
        yield from ((text, route) for route in (page_routes() if on_all else TYPICAL_PAGES))


def answers(api):
    """Yield an answer of every page, of every action's page, of each error, and of a redirect."""
    browser, nobody = enter(api, "lena"), Browser(api)
    for route in page_routes():
        yield route, open_page(browser, route)
        yield f"{route} without a cookie", open_page(nobody, route)
    for name, action in ACTIONS.items():
        yield name, browser.get(f"/web/actions/{name}")
        yield f"the form of {name}", browser.post(f"/web/{action.path}")
    yield "sign-in", nobody.get("/web/sign-in")
    yield "no such page", browser.get("/web/actions/none")
    link = new_link(api)
    yield "link", nobody.get(link)
    yield "signing in", nobody.post(link)
    yield "used link", nobody.post(link)
    yield "form of another site", browser.post("/web/sign-out", None, Origin="https://a.example")
    yield "signing out", browser.post("/web/sign-out")


def test_every_answer_keeps_to_itself_and_every_redirect_stays_in_the_console(api):
    for name, answer in answers(api):
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store", name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "no-referrer", name
        assert headers["Strict-Transport-Security"].startswith("max-age="), name
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert "http" not in policy, name
        if answer.status not in (302, 303) and not name.endswith((".csv", "/file")):
            assert headers["Content-Type"] == "text/html; charset=utf-8", name
            assert "form-action 'self'" in policy, name
            assert "base-uri 'none'" in policy, name
        location = answer.headers.get("Location")
        assert (location is not None) is (answer.status in (302, 303)), name
        if location is not None:
            assert location == "/api/web" or location.startswith("/api/web/"), name
            assert "csrf" not in location, name


@every(
    "path, query, text",
    [
        ("/web/people/alice", {"done": "change-member"}, "The member is changed."),
        ("/web/review", {"done": "end-grants", "count": "3", "alive": "0"}, "Ended 3 grants."),
    ],
)
@every("site", ["none", "cross-site", "same-site"])
def test_a_link_that_someone_sent_does_not_say_that_something_was_done(
    api, site, path, query, text
):
    browser = enter(api, "lena")
    assert text in browser.get(path, **query).text
    page = browser.send("GET", path, query=query, headers={"Sec-Fetch-Site": site})
    assert page.status == 200
    assert text not in page.text


@every("text, route", texts_on_pages)
def test_text_in_a_path_or_a_query_leads_nowhere_else(api, text, route):
    """It gets a page of the console, or the page that says that there is none. The name of the
    action before is shown only if there is one."""
    browser = enter(api, "lena")
    earlier = open_page(browser, route, done=text)
    assert earlier.status < 400
    assert not [each for each in ("evil.example", "a=b") if each in earlier.text]
    names = [part[1:-1] for part in route.split("/") if part.startswith("{")]
    path = fill_in(route, **{name: quote(text, safe="") for name in names})
    other = browser.get(fill_in(route), next=text, url=text)
    for answer in (earlier, other, browser.get(path)):
        assert answer.status in (200, 303, 400, 404), answer.text
        assert "evil" not in answer.headers.get("Location", "")
        assert not set("\r\n") & set("".join(answer.headers.values()))
        assert "<blink>" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_the_path_of_a_request_never_decides_the_root_of_the_links(api):
    """`//evil.example/web` would make relative links of the page lead there."""
    browser = enter(api, "lena")
    for path in ("//evil.example/api/web/sign-out", "/api//evil.example/web/sign-out"):
        context = {"requestContext": {"path": path, "resourcePath": "/web/sign-out"}}
        raw = f"csrf={browser.csrf}"
        answer = browser.send("POST", "/web/sign-out", raw=raw, headers=FORM_TYPE, **context)
        assert not answer.headers.get("Location", "").startswith("//")
    assert [e.action for e in api.world.entries if e.outcome == "done"] in (
        [],
        [Action.WEB_SIGN_OUT],
        [Action.WEB_SIGN_OUT] * 2,
    )


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
