"""A path's segment that is longer than any name: there is nothing of that name, and no more to it.

DynamoDB takes no key of that length, and nobody finds out how long its keys may be.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.entrypoints.driver import Answer, Api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import PAGE_PATH, PAGES
from tests.fakes import LONGEST_KEY

KEY, SORT_KEY = LONGEST_KEY
TOO_LONG = {
    "too long for a sort key": "a" * SORT_KEY,
    "too long with what stands before it": "a" * (SORT_KEY - 4),
    "too long for any key": "a" * (KEY + 1),
    "too long in UTF-8": "ä" * (SORT_KEY // 2 + 1),
}
ROUTES = [route for route in PAGES if "{" in route]


# A name in the path of any other route has a longest length: tests of declarations.
@pytest.mark.parametrize("what", TOO_LONG)
def test_what_is_too_long_for_a_key_is_not_there(api: Api, what: str) -> None:
    for route in ROUTES:
        method, _, pattern = route.partition(" ")
        for name in (name for name in PAGE_PATH if f"{{{name}}}" in pattern):
            path = pattern.format(**PAGE_PATH | {name: quote(TOO_LONG[what])})
            answer = api.send(method, path)
            check(route, answer)
            unknown = api.send(method, pattern.format(**PAGE_PATH | {name: "aaa"}))
            assert (answer.status, _told(answer)) == (404, _told(unknown)), route


def _told(answer: Answer) -> str:
    """All that is told, but for the request's id."""
    return answer.text.replace(answer.headers["X-Request-Id"], "")
