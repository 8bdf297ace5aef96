"""Cookies that open nothing: no page, no action, and not even the knowledge of what there is."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.sign_in import derive_form_token
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import a_member, a_token, a_web_session
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import (
    SESSION,
    TYPICAL_PAGES,
    cookie_of,
    enter,
    enter_with,
    fill_in,
    open_page,
    page_routes,
)
from tests.fakes import NOON
from tests.rows import every

Attack = Callable[[Api], Browser]
NAMES = ("Acme", "acme-prod", "Globex", "Alice", "123456789012", "987654321098")
MUCH = 8_000
"""The characters of an enormous cookie. API Gateway accepts 10,240 bytes of headers in all."""


def signed_out(api):
    """Replay the cookie of a browser that has signed out."""
    browser = enter(api, "lena")
    kept = dict(browser.cookies)
    assert browser.post("/web/sign-out").status == 303
    return Browser(api, kept, derive_form_token(kept[SESSION]))


def of_another_daypass(api):
    text = cookie_of("lena", "of another Daypass")
    return Browser(api, {SESSION: text}, derive_form_token(text))


def forged(api):
    """Send the stored hash of a session, such as someone who can read the table knows it."""
    enter(api, "lena")
    text = a_web_session("lena", cookie_of("lena")).hash
    return Browser(api, {SESSION: text}, derive_form_token(text))


def entered(*items, **session):
    """Replay the cookie of lena's session, to whose token or member this happened since."""

    def attack(api):
        browser = enter(api, "lena", **session)
        api.world.add(*items)
        return browser

    return attack


def raw(*texts):
    def attack(api):
        enter(api, "alice"), enter(api, "lena")
        return enter_with(api, *texts)

    return attack


LENAS, ALICES = (f"{SESSION}={cookie_of(name)}" for name in ("lena", "alice"))


MALFORMED = (
    "",
    ";",
    "=",
    SESSION,
    f"{SESSION}=",
    f"{SESSION}==",
    f"{SESSION}={'a' * 51}",
    f"{SESSION}={'a' * 53}",
    f"{SESSION}={'A' * 52}",
    f"{SESSION}={'1' * 52}",
    f'{SESSION}="{cookie_of("lena")}"',
    f"{SESSION}={cookie_of('lena')}\u00e9",
    f"{SESSION}=%00{cookie_of('lena')}",
    f"{SESSION}={cookie_of('lena')[:-1]}\u0661",
    f"{SESSION}={'a' * MUCH}",
    "; ".join(f"x{number}=y" for number in range(1000)),
    f"{SESSION}=" + ";" * 1000,
)
ATTACKS = {
    "suspended lead": entered(a_member("lena", kind=Kind.LEAD, suspended_at=NOON, version=2)),
    "revoked token": entered(replace(a_token("lena"), revoked_at=NOON, version=2)),
    "expired token": entered(replace(a_token("lena"), expires_at=NOON, version=2)),
    "token that is gone": entered(token="0" * 64),
    "token of another member": entered(token=a_token("alice").hash),
    "idle": entered(last_used_at=NOON - timedelta(minutes=30)),
    "too long ago": entered(created_at=NOON - timedelta(hours=8), expires_at=NOON),
    "signed out": signed_out,
    "of another Daypass": of_another_daypass,
    "forged": forged,
    "cookies of two members": raw(ALICES, LENAS),
    "the same cookie twice": raw(LENAS, LENAS),
    # Another host of the same domain can set a cookie of this name.
    "without the prefix": raw(f"daypass={cookie_of('lena')}"),
    "in other letters": raw(f"{SESSION.upper()}={cookie_of('lena').upper()}"),
    **{f"malformed {number}": raw(text) for number, text in enumerate(MALFORMED)},
    "no cookie": lambda api: Browser(api),
}


ON_ALL = ("suspended lead", "revoked token", "forged", "no cookie")
"""Sent to every page and every action. One function reads the cookie of all others."""
TYPICAL_ACTIONS = ("revoke-member", "grant-access", "verify-role")


@every("name", ATTACKS, api=fresh_api)
def test_the_cookie_opens_no_page_and_does_no_action(api, name):
    browser = ATTACKS[name](api)
    before, done = dict(api.world.items), len(accepted(api))
    routes = [*page_routes(), *map(action_page, ACTIONS)] if name in ON_ALL else TYPICAL_PAGES
    for route in [*routes, *map(action_page, TYPICAL_ACTIONS), NO_PAGE]:
        answer = browser.get(fill_in(route))

        assert answer.status in (401, 403), (route, answer.status)
        assert not [text for text in NAMES if text in answer.text], route
        assert "Set-Cookie" not in answer.headers
    for action in map(ACTIONS.__getitem__, ACTIONS if name in ON_ALL else TYPICAL_ACTIONS):
        fields = {"engagement": "acme-prod", "member": "alice", "role": "readonly", "reason": "x"}
        answer = browser.post(f"/web/{action.path}", fields)

        assert answer.status in (401, 403), (action.name, answer.status)
    assert browser.post("/web/sign-out").status in (401, 403)
    assert dict(api.world.items) == before
    assert len(accepted(api)) == done


def accepted(api):
    return [entry for entry in api.world.entries if entry.outcome != "refused"]


def action_page(name):
    return f"/web/actions/{name}"


def test_of_the_cookies_only_the_consoles_own_counts(api):
    cookie = f"{SESSION}={cookie_of('lena')}"
    enter(api, "lena")
    assert enter_with(api, "a=b", cookie, "c=d").get(NO_PAGE).status == 404
    assert enter_with(api, f"x{cookie}", f" {cookie} ").get(NO_PAGE).status == 404


NO_PAGE = "/web/actions/none"
"""A page that does not exist. Only browsers that are signed in learn that."""


def test_a_cookie_from_before_the_sign_in_is_never_adopted(api):
    """An attacker who has set a cookie in someone's browser does not share their session."""
    text = cookie_of("lena", "set by the attacker")
    browser = Browser(api, {SESSION: text})
    browser.sign_in("lena")
    assert browser.cookies[SESSION] != text
    assert Browser(api, {SESSION: text}).get(NO_PAGE).status == 401


def test_a_sign_in_over_the_attackers_own_session_is_not_the_attackers(api):
    """The attacker signed in as themself in someone's browser, and kept the cookie."""
    attacker = enter(api, "alice")
    browser = Browser(api, dict(attacker.cookies))
    browser.sign_in("lena")
    assert browser.cookies != attacker.cookies
    assert browser.get(action_page("none")).status == 404
    assert attacker.get(action_page("none")).status == 404
    attacker.post("/web/sign-out")
    assert browser.get(NO_PAGE).status == 404


def test_who_comes_back_has_to_sign_in_again(api):
    """A suspension revokes the member's tokens for good, and their browsers' sessions with them."""
    browser = enter(api, "alice")
    assert browser.get(NO_PAGE).status == 404
    assert api.post("/v1/members/alice/revoke", "lena", {"reason": "left"}).status == 200
    assert browser.get(NO_PAGE).status == 403
    assert api.post("/v1/members/alice/reinstate", "lena", {"reason": "back"}).status == 200
    assert browser.get(NO_PAGE).status == 401


def test_a_lead_who_becomes_a_member_is_one_from_the_next_request_on(api):
    api.world.add(a_member("luis", kind=Kind.LEAD), a_token("luis"))
    browser = enter(api, "luis")
    api.world.add(a_member("luis", version=2))
    for route in page_routes():
        as_member = open_page(enter(api, "bob"), route).status
        assert open_page(browser, route).status == as_member, route
