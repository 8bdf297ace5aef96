"""A search from every page finds what the member may list, and nothing else."""

import csv
import io

from tests.builders import a_grant, a_member, a_role, an_engagement
from tests.entrypoints.web.entering import enter
from tests.rows import every

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
