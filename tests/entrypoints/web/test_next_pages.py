"""Long lists have pages, which follow each other and keep the filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

from chalicelib.domain.vending.access import SessionRequest
from tests.builders import NOON, a_grant, a_member, a_role, an_engagement, an_intent
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.rows import every
from tests.usecases.engagements.test_review import with_unused


def many_members(api: Api) -> None:
    api.world.add(*(a_member(f"m-{number:02}") for number in range(30)))


def many_unused_grants(api: Api) -> None:
    with_unused(api.scene, *(("acme-prod", f"m-{number:02}") for number in range(30)))


def many_grants(api: Api) -> None:
    for number in range(30):
        name = f"e-{number:02}"
        api.world.add(an_engagement(name), a_role(engagement=name), a_grant(engagement=name))


def many_entries(api: Api) -> None:
    for number in range(60):
        at = NOON - timedelta(minutes=number)
        api.world.entries.append(an_intent(vend=f"{number:016x}", at=at))


def many_sessions_of_the_suspended(api: Api) -> None:
    for _ in range(30):
        api.world.later(seconds=1)
        api.scene.vend("bob", "globex", SessionRequest(role="readonly"))
    enter(api, "lena").act("revoke-member", {"member": "bob", "reason": "left"})


# What makes the list long, its address, what each of its rows has, and the rows of both pages.
LISTS: list[tuple[Callable[[Api], None], str, str, int, int]] = [
    (many_members, "/web/people?starts_with=m-", r'/web/people/(m-\d\d)"', 25, 5),
    (many_grants, "/web/people/alice", r'<a href="[^"]*/web/engagements/(e-\d\d)"', 24, 6),
    (many_unused_grants, "/web/review", r'/web/people/(m-\d\d)"', 25, 5),
    (many_entries, "/web/trail?engagement=acme-prod", '(class="sentence")', 50, 10),
    (many_sessions_of_the_suspended, "/web/stops/revoke-member?member=bob",
     r'<th scope="row"><code>(bob\.\w+)', 25, 5),
]  # fmt: skip


@every("prepare, path, row, first, second", LISTS, api=fresh_api)
def test_a_long_list_has_pages_which_keep_the_filter(
    api: Api, prepare: Callable[[Api], None], path: str, row: str, first: int, second: int
) -> None:
    prepare(api)
    browser = enter(api, "lena")
    page = browser.get(path)
    (link,) = re.findall(r'rel="next" href="/api([^"]+)"', page.text)
    following = browser.get(unescape(link))
    shown, rest = re.findall(row, page.text), re.findall(row, following.text)
    assert (len(shown), len(rest)) == (first, second)
    assert "sentence" in row or not {*shown} & {*rest}
    assert 'rel="next"' not in following.text
    assert "First page" in following.text or path == "/web/review"
