"""One sees where one is. An action returns to the page on which it was opened."""

import re
from html import unescape

from chalicelib.entrypoints.web.navigation import LONGEST_RETURN, read_return
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.forms import find_form
from tests.rows import every

OWN = (
    "review",
    "review?part=all&engagement=acme-prod",
    "engagements/acme-prod/roles/readonly",
    "requests/bob.00d9o4r5k3f81c2q",
    "sessions?cursor=2026-11-24T12%3A00%3A00Z%23ab",
)
FOREIGN = (
    "",
    "//evil.example",
    "/review",
    "https://evil.example/review",
    "javascript:alert(1)",
    "review\\..\\evil",
    "review//evil.example",
    "review/../../evil",
    "review/%2e%2e/%2E./evil",
    "review/a%2fb",
    "../v1/me",
    "sign-out",
    "actions/freeze",
    "client-actions/verify-role",
    "review#x",
    "review\r\nSet-Cookie: a=b",
    "review/\u202e",
    "review?x=%ff",
    "review?" + "&".join(["a=b"] * 21),
    "review?x=" + "x" * LONGEST_RETURN,
)
"""Texts that someone can put into a link to an action."""


@every("text", OWN)
def test_an_action_returns_to_a_page_of_the_console(text):
    assert read_return(text) == text


@every("text", FOREIGN)
def test_it_returns_to_nothing_else(text):
    assert read_return(text) == ""


def test_what_an_action_did_is_said_once():
    assert read_return("review?done=freeze&part=all") == "review?part=all"


@every("text", ["review?part=all", *FOREIGN], api=fresh_api)
def test_a_form_returns_to_its_list_or_to_its_object(api, text):
    """The form is refused once on the way, and keeps the page to return to."""
    names = {"engagement": "acme-prod", "member": "alice"}
    lena, is_own = enter(api, "lena"), bool(read_return(text))
    page = lena.get("/web/actions/change-grant", **names, **{"return": text})
    assert page.status == 200, page.text
    for ends_at in ("never", "2026-12-02T12:00"):
        form = find_form(page.text, "change-grant")
        assert form.hidden.get("return", "") == (text if is_own else "")
        origin = text if is_own else "people/alice"
        assert f'href="/api/web/{origin.replace("&", "&amp;")}">Cancel</a>' in page.text
        page = lena.post(form.path, form.fill_in({"ends_at": ends_at}) | {"return": text})
    assert page.status == 303, page.text
    mark = "&" if "?" in origin else "?"
    assert page.headers["Location"] == f"/api/web/{origin}{mark}done=change-grant"


def test_the_links_of_a_list_return_to_it_with_its_query(api):
    page = enter(api, "lena").get("/web/people/alice?done=change-grant")
    links = [unescape(each) for each in re.findall(r'href="([^"]*/actions/[^"]*)"', page.text)]
    assert links
    assert {link.rpartition("return=")[2] for link in links} == {"people%2Falice"}


ALL = (
    "Now | Access: My access, Requests, Review | Clients and people: Engagements, People,"
    " Who has access"
    " | Evidence: Trail, Why | Stop, Health, My page"
)


def read_menu(page):
    """Return the menu's groups with their labels, on one line."""
    menu = page.partition("<details>")[2].partition("</details>")[0].partition("</summary>")[2]
    groups = re.findall(
        r'(?:<p class="group" [^>]*>([^<]*)</p>\s*)?<ul[^>]*>(.*?)</ul>', menu, re.S
    )
    return " | ".join(
        (f"{label}: " if label else "") + ", ".join(re.findall(r">([^<]+)</a>", links))
        for label, links in groups
    )


@every(
    "member, menu",
    [
        ("lena", ALL),
        ("ada", ALL.replace("My access, ", "")),
        ("alice", "Access: My access, Requests | Evidence: Why | My page"),
    ],
)
def test_the_menu_has_the_sections_of_the_member(signed_in, member, menu):
    assert read_menu(signed_in(member).get("/web/me").text) == menu


@every(
    "path, label",
    [
        ("/web", "Now"),
        ("/web/sessions", "Now"),
        ("/web/engagements/acme-prod/approvals", "Engagements"),
        ("/web/cut-offs", "Stop"),
        ("/web/me", "My page"),
        ("/web/actions/freeze", "Stop"),
    ],
)
def test_the_folded_menu_names_the_present_section(signed_in, path, label):
    page = signed_in("lena").get(path).text
    shown = re.search(r"<summary>Menu(?:: <b>([^<]*)</b>)?</summary>", page)
    assert shown, page
    assert (shown[1] or "") == label
    menu = page.partition("<details>")[2].partition("</details>")[0]
    assert re.findall(r'aria-current="page">([^<]*)</a>', menu) == ([label] if label else [])
