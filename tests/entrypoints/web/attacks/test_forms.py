"""Forms of other sites, forms that no page has sent, and forms that arrive twice or too late."""

import json
from urllib.parse import urlencode

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Outcome
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.browser import FORM_TYPE
from tests.entrypoints.web.entering import enter, open_page, page_routes
from tests.entrypoints.web.matrix.table import CALLERS, action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import open_action, press, without_sessions
from tests.entrypoints.web.matrix.valid import form_of
from tests.rows import every

REPRESENTATIVES = (
    "revoke-member",
    "grant-access",
    "change-role",
    "verify-role",
    "approve-request",
)
"""A stop, an action that lets someone in, a form with a version, one that enters a client's
account, and one with several writes. All actions' forms are read by one function."""
every_action = every("row", action_rows, api=fresh_api)
few_actions = every(
    "row", lambda: [row for row in action_rows() if row.name in REPRESENTATIVES], api=fresh_api
)
FOREIGN = {
    "another origin": {"Origin": "https://evil.example"},
    "the same name with another port": {"Origin": "https://api.example.com:8443"},
    "a longer name": {"Origin": "https://api.example.com.evil.example"},
    "without encryption": {"Origin": "http://api.example.com"},
    "no origin": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another host of the site": {"Sec-Fetch-Site": "same-site"},
    "another site without an origin": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
}


def done(api):
    return [entry for entry in api.world.entries if entry.outcome != Outcome.REFUSED]


def refusals(api):
    """Return the actor and the action of each entry about a form of another page."""
    return [
        (entry.actor, entry.action)
        for entry in api.world.entries
        if entry.reason == Reason.WEB_FORM_REFUSED
    ]


def ready(api, row):
    """Return a browser of someone who may do the action, in the state that it is for."""
    row.prepare(api.world)
    return browser_of(api, row.caller)


def post(browser, row, body, content_type=""):
    """Send this body in place of the action's form."""
    headers = {**FORM_TYPE, "Cookie": "; ".join("=".join(c) for c in browser.cookies.items())}
    if content_type:
        headers["Content-Type"] = content_type
    path = f"/web/{ACTIONS[row.name].path}"
    return browser.api.send("POST", path, raw=body, headers=headers)


def valid_fields(browser, row):
    return {"csrf": browser.csrf, **form_of(row.name, CALLERS[row.caller])}


@every("headers", FOREIGN.values())
@few_actions
def test_a_form_of_another_site_does_nothing(api, row, headers):
    browser = ready(api, row)
    before = dict(api.world.items)
    answer = browser.post(
        f"/web/{ACTIONS[row.name].path}", form_of(row.name, CALLERS[row.caller]), **headers
    )
    assert answer.status == 403, answer.text
    assert (api.world.items, done(api)) == (before, [])
    assert refusals(api) == [(CALLERS[row.caller], ACTIONS[row.name].action)]


@every_action
def test_a_form_without_the_token_of_this_session_does_nothing(api, row):
    browser = ready(api, row)
    member = CALLERS[row.caller]
    others = [enter(api, member, "another browser").csrf, enter(api, "ada").csrf]
    before = dict(api.world.items)
    fields = {
        name: text
        for name, text in form_of(row.name, CALLERS[row.caller]).items()
        if name != "csrf"
    }
    assert post(browser, row, urlencode(fields, doseq=True)).status == 403
    foreign = ("", "0" * 64, browser.csrf.upper(), browser.csrf[:-1], *others)
    for csrf in foreign:
        body = urlencode({"csrf": csrf, **fields}, doseq=True)
        assert post(browser, row, body).status == 403
    assert (api.world.items, done(api)) == (before, [])
    assert refusals(api) == [(member, ACTIONS[row.name].action)] * (1 + len(foreign))


BODIES = {
    "JSON": lambda fields: (json.dumps(fields), "application/json"),
    "JSON that says it is a form": lambda fields: (json.dumps(fields), ""),
    "several parts": lambda _: (
        '--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\na\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    "plain text": lambda fields: (urlencode(fields, doseq=True), "text/plain"),
    "no body": lambda _: ("", ""),
    "a megabyte": lambda fields: (urlencode({**fields, "reason": "x" * 1_000_000}, doseq=True), ""),
    "a megabyte of fields": lambda fields: (
        urlencode(fields, doseq=True) + "&a=b" * 250_000,
        "",
    ),
    "bytes of another charset": lambda fields: (
        urlencode({**fields, "reason": "für Łódź".encode("iso-8859-2")}, doseq=True),
        "",
    ),
    "a NUL": lambda fields: (urlencode({**fields, "reason": "a\0b"}, doseq=True), ""),
    "half of a surrogate": lambda fields: (urlencode(fields, doseq=True) + "&reason=%ED%A0%80", ""),
    "a field too many": lambda fields: (
        urlencode({**fields, "kind": "lead", "is_admin": "1"}, doseq=True),
        "",
    ),
    "every field twice": lambda fields: ("&".join([urlencode(fields, doseq=True)] * 2), ""),
}


@every("name", BODIES)
@few_actions
def test_a_body_that_no_page_sends_does_nothing(api, row, name):
    browser = ready(api, row)
    before = dict(api.world.items)
    body, content_type = BODIES[name](valid_fields(browser, row))
    answer = post(browser, row, body, content_type)
    if name in ("a NUL", "half of a surrogate", "bytes of another charset") and not has_text(row):
        return
    assert answer.status in (400, 403, 404, 413, 415), answer.text
    assert (api.world.items, done(api)) == (before, [])


def has_text(row):
    return "reason" in form_of(row.name, CALLERS[row.caller])


@every_action
def test_a_field_twice_with_different_values_does_nothing(api, row):
    """No page sends that. So the form is shown again, if its object is known."""
    browser = ready(api, row)
    before = dict(api.world.items)
    for name, value in form_of(row.name, CALLERS[row.caller]).items():
        if isinstance(value, str):
            body = urlencode(valid_fields(browser, row), doseq=True) + f"&{name}=other"
            assert post(browser, row, body).status in (400, 403, 404)
    assert (api.world.items, done(api)) == (before, [])


@every_action
def test_an_id_that_is_too_long_for_a_key_does_nothing(api, row):
    """The page that shows the form again looks its object up."""
    browser = ready(api, row)
    before = dict(api.world.items)
    fields = valid_fields(browser, row)
    for name in fields.keys() & {"engagement", "role", "member", "request", "approver", "link"}:
        answer = post(browser, row, urlencode(fields | {name: "a" * 3000}, doseq=True))
        assert answer.status in (400, 403, 404), (name, answer.text)
    assert (api.world.items, done(api)) == (before, [])


@every_action
def test_a_form_that_is_sent_twice_and_a_page_gone_back_to_do_no_harm(api, row):
    """A second sending creates nothing more. No answer may be stored, so none shows old state."""
    browser = ready(api, row)
    assert open_action(browser, row.name).status == 200
    press(browser, row.name)
    after_one = set(api.world.items)
    for answer in (press(browser, row.name), open_action(browser, row.name)):
        assert answer.status < 500, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert set(api.world.items) == after_one


def vanish(api, *kinds):
    """Remove the items of these kinds, but for the people who are signed in."""
    for key, item in list(api.world.items.items()):
        if isinstance(item, kinds) and getattr(item, "id", "") not in ("lena", "ada", "bob"):
            del api.world.items[key]


VANISHED = (Engagement, Role, Grant, SetupLink, AccessRequest)


@every("kind", [*VANISHED, Member])
@every_action
def test_what_vanishes_between_two_clicks_is_not_acted_on(api, row, kind):
    browser = ready(api, row)
    if kind is Member and CALLERS[row.caller] == "alice":
        return
    open_action(browser, row.name)
    vanish(api, kind)
    before = set(without_sessions(api.world.items))
    answer = press(browser, row.name)
    assert answer.status < 500, answer.text
    if answer.status >= 400 and kind is not Engagement:  # which Daypass never removes
        assert set(without_sessions(api.world.items)) == before
        assert not done(api)
    assert open_action(browser, row.name).status < 500


@every("kind", [*VANISHED, Member], api=fresh_api)
def test_a_page_shows_the_rest_if_items_vanish(api, kind):
    browser = enter(api, "lena")
    vanish(api, kind)
    for route in page_routes():
        answer = open_page(browser, route)
        assert answer.status in (200, 303, 404), (route, answer.text)
