"""A search finds what the member may list, and nothing else. Long lists have pages."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

from chalicelib.domain.vending.access import SessionRequest
from tests.builders import NOON, a_grant, a_member, a_role, an_engagement, an_intent
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.rows import every
from tests.usecases.engagements.test_review import with_unused

SKY = "Blue Sky Airlines"


def fill(api):
    api.world.add(
        an_engagement(
            "bluesky", client=SKY, account_id="444455556666", external_id="daypass-" + "b" * 26
        ),
        a_role(engagement="bluesky"),
        a_member("bea", name="Bea Barnes"),
        a_grant("bea", engagement="bluesky"),
    )


def test_a_search_finds_names_clients_accounts_requests_and_sessions(console):
    fill(console.api)
    console.api.scene.vend("alice")
    for query in ("sky", "barnes", "6666", "alice", "nothing-like-this", "\u0007"):
        console.open("lena", "/web/search", q=query)
    console.open("ada", "/web/search", q="alice")
    for query in ("acme", "sky", "barnes", "987654321098"):
        console.open("alice", "/web/search", q=query)
    console.open("lena", "/web/search")
    console.hold("search/queries")


@every("query", ["sky", "BLUESKY", "6666", "bea", "barnes", "444455556666", "globex", "bob", "a"])
def test_a_member_finds_only_what_their_own_pages_list(api, query):
    fill(api)
    page = enter(api, "alice").get("/web/search", q=query)
    assert page.status == 200
    main = page.text.partition("<main")[2].replace(f'value="{query}"', "")
    assert not [
        name for name in ("bluesky", SKY, "4444", "bea", "Barnes", "globex", "bob") if name in main
    ]


ODD = (
    "x.*", "(a|b)+$", "a[", "a\\", "%00", "' OR 1=1 --", '"><script>alert(1)</script>', "{{ 7*7 }}",
    "\u05e9\u05dc\u05d5\u05dd", "ﬀ", "🙂", "a b" * 26, "İ",
)  # fmt: skip
REFUSED = ("\u202eabc", "a b" * 27, "\x00", ".*", "-", "a" * 60, "daypass_alice_" + "0" * 40)


@every("path", ["/web/search", "/web/engagements", "/web/people"])
@every("query", [*ODD, *REFUSED])
def test_odd_characters_are_text_and_long_or_hidden_ones_are_refused(api, path, query):
    page = enter(api, "lena").get(path, q=query)
    assert page.status in ((400,) if query in REFUSED else (200, 303))
    assert "<script>alert" not in page.text
    assert ">49<" not in page.text


def test_a_list_is_a_csv_file_of_the_whole_selection_without_formulas(api):
    names = [f"=cmd{n}" if n % 2 else f"Ann {n}" for n in range(40)]
    api.world.add(*(a_member(f"m-{n:02}", name=name) for n, name in enumerate(names)))
    answer = enter(api, "ada").get("/web/people", q="m-", sort="-id", format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="daypass-members-' in answer.headers["Content-Disposition"]
    heading, *rows = csv.reader(io.StringIO(answer.text))
    assert heading[:2] == ["Member", "Name"]
    assert [row[0] for row in rows] == [f"m-{n:02}" for n in reversed(range(40))]
    assert {row[1] for row in rows if "cmd" in row[1]} == {f"'=cmd{n}" for n in range(1, 40, 2)}


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
