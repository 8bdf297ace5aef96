"""One-time links: each signs in one browser, once, if its member and token still work."""

from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.sign_in import WebSession
from chalicelib.domain.trail import Action, Outcome
from tests.builders import (
    ACCESS_TEXT,
    APPROVER_TEXT,
    LINK_TEXT,
    NOON,
    a_member,
    a_token,
    an_access_link,
)
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.browser import Browser, new_link
from tests.rows import every


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
