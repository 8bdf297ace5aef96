"""IDs are typed in any letter case. An error stays on its page, beside its field, with the menu."""

import re

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.page_errors import build_page_error
from chalicelib.usecases.engagements.overview import make_overview
from tests.builders import LINK_TEXT, a_token
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter, fill_in, page_routes
from tests.rows import every
from tests.usecases.unreadable import fail

FILTERS = {
    "/web/trail": ("engagement", "member"),
    "/web/why": ("engagement", "member", "role"),
    "/web/engagements": ("q", "sort", "only"),
    "/web/people": ("q", "sort", "only"),
}
"""The pages with fields for IDs, and these fields."""
WRONG = '"><b>Acme & Co</b>'
TYPED = {
    "engagement": " Acme-Prod ",
    "member": "ALICE",
    "role": "Readonly",
    "q": "Ali ",
    "sort": "-id",
    "only": "active",
}


def has_menu(page):
    return 'aria-label="Console"' in page.text


@pytest.mark.parametrize("path", FILTERS)
def test_what_is_typed_is_read_or_an_error_beside_its_field(console, path):
    make_overview(console.api.world.ports(), time_left=lambda: 600.0)
    for field in FILTERS[path]:
        wrong = "\u0007" if path in ("/web/engagements", "/web/people") else WRONG
        for typed in (TYPED[field], wrong):
            console.open("lena", path, **{field: typed})
            page = console.browser("lena").get(path, **{field: typed}).text
            assert "<b>acme" not in page.lower()
    console.hold(f"typed/{path.rpartition('/')[2]}")


@every("route", page_routes, api=fresh_api)
def test_every_page_shows_the_error_of_a_wrong_query_within_the_menu(api, route):
    page = enter(api, "lena").get(fill_in(route), no_such_field="x")
    assert page.status in (400, 404)
    assert has_menu(page)
    assert "This request contains an unknown field." in page.text or page.status == 404


def test_an_error_page_leads_back_to_its_section(console):
    for member, path in (
        ("lena", "/web/engagements/nothing"),
        ("lena", "/web/engagements/NO!"),
        ("lena", "/web/stops/nothing"),
        ("lena", "/web/actions/no-such"),
        ("alice", "/web/people/bob"),
        ("alice", "/web/requests/bob.00d9o4r5k3f81c2q"),
        ("alice", "/web/actions/freeze"),
    ):
        console.open(member, path)
        assert has_menu(console.browser(member).get(path))
    for member in ("lena", "alice"):
        console.open(member, "/web/no/such/page")
    console.open("lena", f"/web/sign-in/{LINK_TEXT}")
    console.hold("error-pages")


def test_without_a_session_an_error_page_has_no_menu(browser):
    page = browser.get("/web/trail", member="a b")
    assert (page.status, has_menu(page)) == (401, False)


def test_an_unknown_page_is_the_same_for_everyone_and_asks_aws_for_nothing(api, monkeypatch):
    """Signed in, with a wrong cookie or without one, and whatever the path says."""
    browsers = [Browser(api), enter(api, "lena"), enter(api, "alice")]
    for name in ("ports", "slack_ports"):
        monkeypatch.setattr(f"chalicelib.bootstrap.{name}", None)
    paths = ("/web/nothing", "/web/people/bob/x", "/web/%3Cscript%3E", "/web/" + "a/" * 400)
    answers = [browser.get(path) for browser in browsers for path in paths]
    assert {answer.status for answer in answers} == {404}
    assert len({re.sub("request-[0-9]+", "", answer.text) for answer in answers}) == 1
    assert not has_menu(answers[0])
    assert 'href="https:///api/web"' in answers[0].text
    assert not [answer for answer in answers if "Set-Cookie" in answer.headers]


@every("is_reader", [True, False])
def test_an_unknown_name_is_repeated_only_if_it_can_be_an_id(*, is_reader):
    error = NotFound(Reason.NO_SUCH_MEMBER)
    for text in ("<b>", "a" * 65, "שלום", ["alice"]):
        shown = build_page_error(error, {"member": text}, is_reader=is_reader)
        assert shown.text == "This member does not exist. Check the ID."
        assert (shown.path, shown.field) == ("", "member")


OF_ACTIONS = (
    ("revoke-member", {"member": " Alice"}),
    ("revoke-member", {"member": "nobody"}),
    ("revoke-grant", {"member": "bob"}),
    ("revoke-grant", {"member": "Alice <b>", "engagement": "Acme-Prod"}),
    ("revoke-grant", {"member": "lena", "engagement": "acme-prod"}),
    ("revoke-engagement", {"engagement": "nothing"}),
    ("revoke-role", {"engagement": "acme-prod"}),
    ("revoke-role", {"engagement": "acme-prod", "role": "root"}),
    ("revoke-request", {"request": "bob.00d9o4r5k3f81c2q"}),
    ("revoke-client", {}),
    ("revoke-client", {"client": "Nobody"}),
    ("revoke-session", {"member": "nobody", "session": "0" * 16}),
    ("grant-access", {"engagement": "acme-prod", "member": "nobody"}),
    ("revoke-token", {}),
    ("revoke-token", {"member": "nobody"}),
    ("revoke-token", {"member": "Alice"}),
    ("revoke-token", {"member": "Alice", "token": "sample"}),
    ("revoke-token", {"member": "alice", "token": a_token("bob").id}),
    ("revoke-token", {"member": "nobody", "token": a_token("bob").id}),
)


def test_names_are_offered_and_an_error_is_beside_its_field(console):
    """A stop does not depend on the suggestions. An error keeps what was typed."""
    for action, query in OF_ACTIONS:
        console.open("lena", f"/web/actions/{action}", **query)
    console.post("lena", "/web/actions/revoke-member", {"member": "Nobody", "reason": "stolen"})
    console.post("lena", "/web/actions/revoke-member", {"member": "a" * 150, "reason": "stolen"})
    console.post("lena", "/web/actions/revoke-grant", {"member": "bob", "reason": "stolen"})
    console.note("no names can be suggested")
    console.api.scene.ports.state.list_ignoring_stops = fail
    console.open("lena", "/web/actions/revoke-grant", member="alice")
    console.hold("stops/names")
