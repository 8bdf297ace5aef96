"""Every page of the console, in a real browser, as the people of the sample firm see it."""

from __future__ import annotations

import pytest

from tests.e2e.web.console import Console

LEADS_PAGES = ("", "now", "sessions", "health", "stops", "cut-offs", "actions/revoke-session")
PAGES = [
    *(("lena", path) for path in LEADS_PAGES),
    ("ada", ""),
]


@pytest.mark.parametrize(("person", "path"), PAGES, ids=lambda each: each or "first")
def test_a_page_is_usable_by_everyone_everywhere(console: Console, person: str, path: str) -> None:
    console.check_page(person, path)
