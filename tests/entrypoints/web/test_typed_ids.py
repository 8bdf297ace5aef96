"""IDs are typed in any letter case. An error stays on its page, beside its field, with the menu."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.page_errors import build_page_error
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.entering import enter, fill_in, page_routes

FILTERS = {
    "/web/trail": ("engagement", "member"),
    "/web/why": ("engagement", "member", "role"),
    "/web/review": ("engagement", "member"),
    "/web/pictures": ("engagement", "member"),
    "/web/engagements": ("prefix",),
    "/web/people": ("starts_with",),
}
"""The pages with fields for IDs, and these fields."""
TYPED = {
    "engagement": " Acme-Prod ",
    "member": "ALICE",
    "role": "Readonly",
    "prefix": " ACME",
    "starts_with": "Ali ",
}
each_filter = pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, fields in FILTERS.items() for field in fields]
)


def input_of(page: Response, field: str) -> str:
    """Return the field of the page's form, with its label."""
    (shown,) = re.findall(rf'<label>(?:(?!<label>).)*?name="{field}".*?</label>', page.text, re.S)
    return str(html.unescape(shown))


def has_menu(page: Response) -> bool:
    return 'aria-label="Console"' in page.text


@each_filter
def test_an_id_can_be_typed_with_capitals_and_spaces(
    path: str, field: str, signed_in: SignIn
) -> None:
    typed = TYPED[field]
    page = signed_in("lena").get(path, **{field: typed})
    assert page.status == 200
    if path != "/web/pictures":  # it has no form without an overview
        assert f'value="{typed.strip().lower()}"' in input_of(page, field)


def test_the_api_is_strict(api: Api) -> None:
    assert api.get("/v1/members/ALICE", "lena").status == 400
    assert api.get("/v1/trail", "lena", query={"member": "ALICE"}).status == 400


WRONG = '"><b>Acme & Co</b>'


@each_filter
def test_an_invalid_id_is_an_error_beside_its_field(
    path: str, field: str, signed_in: SignIn
) -> None:
    wrong = "\u0007" if path in ("/web/engagements", "/web/people") else WRONG
    page = signed_in("lena").get(path, **{field: wrong}, done="freeze")
    assert page.status == 400
    assert has_menu(page)
    assert "<b>Acme" not in page.text.lower()
    alerts = re.findall(r'role="alert">(.*?)</p>', page.text)
    assert len(alerts) == 1
    assert "The page is shown without what you typed." in alerts[0]
    if path != "/web/pictures":
        shown = input_of(page, field)
        assert '<span class="error">This must be ' in shown
        assert 'aria-invalid="true"' in shown
        assert f'value="{wrong.lower()}"' in shown


def test_what_was_typed_into_the_other_fields_stays(signed_in: SignIn) -> None:
    page = signed_in("lena").get(
        "/web/trail", engagement="acme prod", member="Alice", show="refused", to="2026-11-24"
    )
    assert page.status == 400
    for field, text in (("engagement", "acme prod"), ("member", "alice"), ("to", "2026-11-24")):
        assert f'value="{text}"' in input_of(page, field)
    assert '<option value="refused" selected>' in page.text


@pytest.mark.parametrize(
    ("path", "query", "field", "text"),
    [
        (
            "/web/trail",
            {"from": "2026-11-24", "to": "2026-11-01"},
            "from",
            "no later than the last day",
        ),
        (
            "/web/review",
            {"engagement": "acme-prod", "member": "alice"},
            "member",
            "Choose an engagement or a member, but not both.",
        ),
        (
            "/web/review",
            {"engagement": "acme"},
            "engagement",
            'There is no engagement acme. <a href="/api/web/engagements">Engagements</a> lists',
        ),
        (
            "/web/review",
            {"member": "nobody"},
            "member",
            'There is no member nobody. <a href="/api/web/people">People</a> lists them.',
        ),
    ],
)
def test_what_only_the_page_can_refuse_is_an_error_beside_its_field_too(
    path: str, query: dict[str, str], field: str, text: str, signed_in: SignIn
) -> None:
    page = signed_in("lena").get(path, **query)
    assert page.status in (400, 404)
    assert text in input_of(page, field)
    for name, typed in query.items():
        assert f'value="{typed}"' in input_of(page, name)


@pytest.mark.parametrize("route", page_routes())
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


@pytest.mark.parametrize(
    ("member", "path", "status", "link"),
    [
        ("lena", "/web/people/nobody", 404, 'people">Go to People'),
        ("lena", "/web/engagements/nothing", 404, 'engagements">Go to Engagements'),
        ("lena", "/web/engagements/NO!", 400, 'engagements">Go to Engagements'),
        ("lena", "/web/actions/no-such", 404, '">Go to the first page'),
        ("lena", "/web/actions/change-member?member=nobody", 404, '">Go to the first page'),
        ("alice", "/web/trail", 403, '">Go to the first page'),
        ("alice", "/web/people/bob", 404, '">Go to the first page'),
        ("alice", "/web/requests/bob.00d9o4r5k3f81c2q", 404, 'requests">Go to Requests'),
        ("alice", "/web/actions/freeze", 403, '">Go to the first page'),
    ],
)
def test_an_error_page_has_the_menu_and_leads_back_to_its_section(
    member: str, path: str, status: int, link: str, signed_in: SignIn
) -> None:
    page = signed_in(member).get(path)
    assert page.status == status
    assert has_menu(page)
    assert link in page.text
    assert "quote this request ID" in page.text
    assert "Back to the page" not in page.text


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


@pytest.mark.parametrize(
    ("action", "query"),
    [("request-access", {}), ("open-emergency", {"role": "admin"})],
)
def test_a_member_cannot_tell_a_forbidden_engagement_from_none(
    action: str, query: dict[str, str], signed_in: SignIn
) -> None:
    bob = signed_in("bob")
    pages = [
        bob.get(f"/web/actions/{action}", engagement=engagement, **query)
        for engagement in ("acme-prod", "nowhere")
    ]
    texts = [
        re.sub(r"request-[0-9]+", "", page.text).replace(engagement, "X")
        for page, engagement in zip(pages, ("acme-prod", "nowhere"), strict=True)
    ]
    assert texts[0] == texts[1]
    assert pages[0].status == pages[1].status


@pytest.mark.parametrize("is_reader", [True, False])
def test_an_unknown_name_is_repeated_only_if_it_can_be_an_id(*, is_reader: bool) -> None:
    error = NotFound(Reason.NO_SUCH_MEMBER)
    for text in ("<b>", "a" * 65, "שלום", ["alice"]):
        shown = build_page_error(error, {"member": text}, is_reader=is_reader)
        assert shown.text == "This member does not exist. Check the ID."
        assert (shown.path, shown.field) == ("", "member")
