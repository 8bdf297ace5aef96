"""Cookies and links that open nothing, not even the knowledge of what there is."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.sign_in import WebSession, derive_form_token
from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import (
    ACCESS_TEXT,
    APPROVER_TEXT,
    LINK_TEXT,
    NOON,
    a_member,
    a_token,
    a_web_session,
    an_access_link,
)
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.browser import Browser, new_link
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
    # It can also set a cookie whose name begins with a Unicode space, and then with the prefix.
    "after a Unicode space": raw(f"\u2000{LENAS}"),
    "after a Unicode line end": raw(f"\u0085{LENAS}"),
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


@every("member, status", [("", 401), ("alice", 404)], api=fresh_api)
def test_a_cookie_from_before_the_sign_in_is_never_adopted(api, member, status):
    """An attacker has set a cookie in someone's browser, or signed in there as themself and kept
    the cookie. They do not share the session that begins there."""
    text = cookie_of("lena", "set by the attacker")
    cookies = dict(enter(api, member).cookies) if member else {SESSION: text}
    browser, attacker = Browser(api, dict(cookies)), Browser(api, cookies)
    browser.sign_in("lena")
    assert browser.cookies[SESSION] != cookies[SESSION]
    assert attacker.get(NO_PAGE).status == status
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


def sessions(api):
    return api.world.find(WebSession, where=lambda _: True)


def test_of_two_who_press_at_once_one_is_signed_in(api):
    path = new_link(api)
    first, second = Browser(api), Browser(api)
    api.world.just_before("change", lambda: second.post(path))
    answer = first.post(path)
    assert answer.status == 404
    assert not first.cookies
    assert second.cookies
    assert len(sessions(api)) == 1
    outcomes = [e.outcome for e in api.world.entries if e.action is Action.WEB_SIGN_IN]
    assert outcomes == [Outcome.DONE, Outcome.REFUSED]


def test_a_used_link_leaves_one_entry_however_often_it_is_pressed(api):
    used, expired = new_link(api), new_link(api)
    assert Browser(api).post(used).status == 303
    api.world.later(minutes=2)
    for path in (used, expired):
        for _ in range(5):
            assert Browser(api).post(path).status == 404
    outcomes = [e.outcome for e in api.world.entries if e.action is Action.WEB_SIGN_IN]
    assert outcomes == [Outcome.DONE, Outcome.REFUSED, Outcome.REFUSED]


def test_opening_a_link_any_number_of_times_uses_nothing_up(api):
    path = new_link(api)
    before = dict(api.world.items)
    for _ in range(5):
        scanner = Browser(api)
        assert scanner.get(path).status == 200
        assert not scanner.cookies
    assert api.world.items == before
    assert Browser(api).post(path).status == 303


@every(
    "changed, status",
    [
        (a_member("lena", kind=Kind.LEAD, suspended_at=NOON, version=2), 403),
        (replace(a_token("lena"), revoked_at=NOON, version=2), 401),
    ],
    api=fresh_api,
)
def test_a_link_of_who_is_suspended_or_whose_token_is_revoked_signs_nobody_in(api, changed, status):
    """Neither between the check and the sign-in, nor later."""
    path, browser = new_link(api), Browser(api)
    api.world.just_before("change", lambda: api.world.add(changed))
    assert browser.post(path).status in (401, 403, 404, 409)
    assert (browser.get(path).status, browser.post(path).status) == (status, status)
    assert not browser.cookies
    assert not sessions(api)


GUESSES = ("x", "a" * 52, "A" * 52, "a" * 51, "..", "%00", "a" * 51 + "\u0661", "a" * 4000)


@every("text", GUESSES)
def test_every_guess_gets_the_same_answer_and_no_entry(api, text):
    for method in ("GET", "POST"):
        answer = api.send(method, f"/web/sign-in/{text}", raw="" if method == "POST" else None)
        assert (answer.status, answer.headers.get("Set-Cookie")) == (404, None)
        assert text not in answer.text or len(text) < 3
    assert not api.world.entries


def test_a_link_is_for_its_own_purpose(api):
    """The text of a client's link, of an access link or of an approver's link signs no one in."""
    api.world.add(an_access_link())
    for text in (ACCESS_TEXT, APPROVER_TEXT, LINK_TEXT):
        assert Browser(api).post(f"/web/sign-in/{text}").status == 404
    text = new_link(api).rpartition("/")[2]
    for path in (f"/setup/{text}", f"/access/{text}", f"/approve/{text}"):
        assert api.get(path).status == 404


def test_another_site_cannot_sign_someone_in_as_the_attacker(api):
    """Or they would work in the attacker's name without noticing it."""
    path = new_link(api, "alice")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        browser = Browser(api)
        assert browser.post(path, None, **headers).status == 403
        assert not browser.cookies
    assert not sessions(api)
