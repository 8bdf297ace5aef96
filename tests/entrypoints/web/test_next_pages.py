"""Long lists have pages, which follow each other and keep the filter."""

import re
from datetime import timedelta
from html import unescape

from chalicelib.domain.vending.access import SessionRequest
from tests.builders import NOON, a_grant, a_member, a_role, an_engagement, an_intent
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.rows import every
from tests.usecases.engagements.test_review import with_unused


def many_members(api):
    api.world.add(*(a_member(f"m-{number:02}") for number in range(30)))


def many_unused_grants(api):
    with_unused(api.scene, *(("acme-prod", f"m-{number:02}") for number in range(30)))


def many_grants(api):
    for number in range(30):
        name = f"e-{number:02}"
        api.world.add(an_engagement(name), a_role(engagement=name), a_grant(engagement=name))


def many_entries(api):
    for number in range(60):
        at = NOON - timedelta(minutes=number)
        api.world.entries.append(an_intent(vend=f"{number:016x}", at=at))


def many_sessions_of_the_suspended(api):
    for _ in range(30):
        api.world.later(seconds=1)
        api.scene.vend("bob", "globex", SessionRequest(role="readonly"))
    enter(api, "lena").act("revoke-member", {"member": "bob", "reason": "left"})


# What makes the list long, its address, what each of its rows has, and the rows of both pages.
LISTS = [
    (many_grants, "/web/engagements?q=e-", r'/web/engagements/(e-\d\d)"', 24, 6),
    (many_members, "/web/people?q=m-", r'/web/people/(m-\d\d)"', 25, 5),
    (many_grants, "/web/review?part=all", r'/web/engagements/(e-\d\d)"', 23, 7),
    (many_unused_grants, "/web/review", r'/web/people/(m-\d\d)"', 25, 5),
    (many_entries, "/web/trail?engagement=acme-prod", '(<th scope="row"><time)', 50, 10),
    (many_sessions_of_the_suspended, "/web/stops/revoke-member?member=bob",
     r'<th scope="row"><code>(bob\.\w+)', 25, 5),
]  # fmt: skip


@every("prepare, path, row, first, second", LISTS, api=fresh_api)
def test_a_long_list_has_pages_which_keep_the_filter(api, prepare, path, row, first, second):
    prepare(api)
    browser = enter(api, "lena")
    page = browser.get(path)
    (link,) = re.findall(r'rel="next" href="/api([^"]+)"', page.text)
    following = browser.get(unescape(link))
    shown, rest = re.findall(row, page.text), re.findall(row, following.text)
    assert (len(shown), len(rest)) == (first, second)
    assert "<time" in row or not {*shown} & {*rest}
    assert 'rel="next"' not in following.text
    assert "First page" in following.text
