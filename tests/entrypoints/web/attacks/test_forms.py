"""Forms of other sites, forms that no page has sent, and forms that arrive twice or too late."""

import json
from functools import partial
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
from tests.entrypoints.web.matrix.table import (
    CALLERS,
    REPRESENTATIVES,
    ROWS,
    action_rows,
    browser_of,
)
from tests.entrypoints.web.matrix.test_matrix import open_action, press, without_sessions
from tests.rows import every

every_action = every("row", action_rows, api=fresh_api)
few_actions = every("row", [ROWS[name] for name in REPRESENTATIVES], api=fresh_api)
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


def post(browser, row, body, headers=FORM_TYPE):
    """Send this body in place of the action's form."""
    return browser.send("POST", f"/web/{ACTIONS[row.name].path}", raw=body, headers=headers)


def valid_fields(browser, row):
    return {"csrf": browser.csrf, **row.fields}


@every("headers", FOREIGN.values())
@few_actions
def test_a_form_of_another_site_does_nothing(api, row, headers):
    browser = ready(api, row)
    before = dict(api.world.items)
    for csrf in (browser.csrf, "0" * 64):  # the form that is wrong in both is not shown again
        fields = {"csrf": csrf, **row.fields}
        answer = browser.post(f"/web/{ACTIONS[row.name].path}", fields, **headers)
        assert (answer.status, f"actions/{row.name}" in answer.text) == (403, False), answer.text
    assert (api.world.items, done(api)) == (before, [])
    assert refusals(api) == [(CALLERS[row.caller], ACTIONS[row.name].action)] * 2


@every_action
def test_a_form_without_the_token_of_this_session_does_nothing(api, row):
    browser = ready(api, row)
    member = CALLERS[row.caller]
    others = [enter(api, member, "another browser").csrf, enter(api, "ada").csrf]
    before = dict(api.world.items)
    tokens = ("", "0" * 64, browser.csrf.upper(), browser.csrf[:-1], *others)
    for csrf in ({}, *({"csrf": token} for token in tokens)):
        assert post(browser, row, encode(csrf | row.fields)).status == 403
    assert (api.world.items, done(api)) == (before, [])
    assert refusals(api) == [(member, ACTIONS[row.name].action)] * (1 + len(tokens))


encode = partial(urlencode, doseq=True)
BODIES = {
    "JSON": json.dumps,
    "JSON that says it is a form": json.dumps,
    "several parts": lambda _: (
        '--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\na\r\n--x--'
    ),
    "plain text": encode,
    "no body": lambda _: "",
    "a megabyte": lambda fields: encode({**fields, "reason": "x" * 1_000_000}),
    "a megabyte of fields": lambda fields: encode(fields) + "&a=b" * 250_000,
    "bytes of another charset": lambda fields: encode(
        {**fields, "reason": "für Łódź".encode("iso-8859-2")}
    ),
    "a NUL": lambda fields: encode({**fields, "reason": "a\0b"}),
    "half of a surrogate": lambda fields: encode(fields) + "&reason=%ED%A0%80",
    "a field too many": lambda fields: encode({**fields, "kind": "lead", "is_admin": "1"}),
    "every field twice": lambda fields: "&".join([encode(fields)] * 2),
}
TYPES = {
    "JSON": "application/json",
    "several parts": "multipart/form-data; boundary=x",
    "plain text": "text/plain",
}
"""The types of the bodies that do not say that they are forms."""


@every("name", BODIES)
@few_actions
def test_a_body_that_no_page_sends_does_nothing(api, row, name):
    browser = ready(api, row)
    before = dict(api.world.items)
    body = BODIES[name](valid_fields(browser, row))
    headers = {"Content-Type": TYPES[name]} if name in TYPES else FORM_TYPE
    answer = post(browser, row, body, headers)
    is_about_text = name in ("a NUL", "half of a surrogate", "bytes of another charset")
    if is_about_text and "reason" not in row.fields:
        return
    assert answer.status in (400, 403, 404, 413, 415), answer.text
    assert (api.world.items, done(api)) == (before, [])


IDS = {"engagement", "role", "member", "request", "approver", "link"}


@every_action
def test_a_field_twice_or_an_id_that_is_too_long_for_a_key_does_nothing(api, row):
    """No page sends that. The page that shows the form again looks its object up."""
    browser = ready(api, row)
    before = dict(api.world.items)
    fields = valid_fields(browser, row)
    twice = (name for name, value in row.fields.items() if isinstance(value, str))
    for body in (
        *(encode(fields) + f"&{name}=other" for name in twice),
        *(encode(fields | {name: "a" * 3000}) for name in fields.keys() & IDS),
    ):
        answer = post(browser, row, body)
        assert answer.status in (400, 403, 404), (body, answer.text)
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
