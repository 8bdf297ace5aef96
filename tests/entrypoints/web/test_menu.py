"""The menu: every section that a member may see, by group, with the present one marked."""

import re

from tests.rows import every

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
