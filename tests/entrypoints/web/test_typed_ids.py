"""IDs are typed in any letter case. An error stays on its page, beside its field, with the menu."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.page_errors import build_page_error
from chalicelib.usecases.engagements.overview import make_overview
from tests.entrypoints.driver import Api, Response, fresh_api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.entering import enter, fill_in, page_routes
from tests.entrypoints.web.transcript import Transcript
from tests.rows import every

FILTERS = {
    "/web/trail": ("engagement", "member"),
    "/web/why": ("engagement", "member", "role"),
    "/web/review": ("engagement", "member"),
    "/web/engagements": ("starts_with",),
    "/web/people": ("starts_with",),
}
"""The pages with fields for IDs, and these fields."""
WRONG = '"><b>Acme & Co</b>'
BOTH = {"engagement": "acme-prod", "member": "alice"}
TYPED = {
    "engagement": " Acme-Prod ",
    "member": "ALICE",
    "role": "Readonly",
    "starts_with": "Ali ",
}


def has_menu(page: Response) -> bool:
    return 'aria-label="Console"' in page.text


@pytest.mark.golden
@pytest.mark.parametrize("path", FILTERS)
def test_what_is_typed_is_read_or_an_error_beside_its_field(console: Transcript, path: str) -> None:
    make_overview(console.api.world.ports(), time_left=lambda: 600.0)
    for field in FILTERS[path]:
        wrong = "\u0007" if path in ("/web/engagements", "/web/people") else WRONG
        for typed in (TYPED[field], wrong):
            console.open("lena", path, **{field: typed})
            page = console.browser("lena").get(path, **{field: typed}).text
            assert "<b>acme" not in page.lower()
    if path == "/web/review":
        for query in ({"engagement": "acme"}, {"member": "nobody"}, BOTH):
            console.open("lena", path, **query)
    console.hold(f"typed/{path.rpartition('/')[2]}")


@every("route", page_routes, api=fresh_api)
def test_every_page_shows_the_error_of_a_wrong_query_within_the_menu(api: Api, route: str) -> None:
    page = enter(api, "lena").get(fill_in(route), no_such_field="x")
    assert page.status in (400, 404)
    assert has_menu(page)
    assert "This request has no such field." in page.text or page.status == 404


def test_a_download_is_refused_and_not_replaced(signed_in: SignIn) -> None:
    answer = signed_in("lena").get("/web/trail.csv", member="a b")
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Content-Disposition" not in answer.headers


@pytest.mark.golden
def test_an_error_page_leads_back_to_its_section(console: Transcript) -> None:
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
    console.hold("error-pages")


def test_without_a_session_an_error_page_has_no_menu(browser: Any) -> None:
    page = browser.get("/web/trail", member="a b")
    assert page.status == 401
    assert not has_menu(page)


def test_a_refused_form_of_another_site_shows_nothing_of_the_action(
    signed_in: SignIn,
) -> None:
    lena = signed_in("lena")
    page = lena.post("/web/actions/freeze", {"reason": "x"}, Origin="https://evil.example")
    assert page.status == 403
    assert has_menu(page)
    assert "Freeze everything" not in page.text


@every("is_reader", [True, False])
def test_an_unknown_name_is_repeated_only_if_it_can_be_an_id(*, is_reader: bool) -> None:
    error = NotFound(Reason.NO_SUCH_MEMBER)
    for text in ("<b>", "a" * 65, "שלום", ["alice"]):
        shown = build_page_error(error, {"member": text}, is_reader=is_reader)
        assert shown.text == "This member does not exist. Check the ID."
        assert (shown.path, shown.field) == ("", "member")
