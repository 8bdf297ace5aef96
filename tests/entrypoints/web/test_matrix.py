"""The page that shows who has access to which client, and what changed."""

from datetime import timedelta

from chalicelib.domain.engagements.unused import UnusedGrant, UnusedGrants, format_weekly
from chalicelib.entrypoints.web.pages.matrix import draw_line
from chalicelib.usecases.engagements import access_matrix
from tests.builders import (
    a_grant,
    a_grant_on_request,
    a_member,
    an_engagement,
    an_intent,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.unreadable import fail

DAY = timedelta(days=1)
READONLY, BOTH = frozenset({"readonly"}), frozenset({"readonly", "admin"})


def unused_grants(*rows, **changes):
    uses = {("acme-prod", "alice"): (NOON, 3)}
    days = [uses if number < 8 else {} for number in range(21)]
    listed = tuple(UnusedGrant(engagement=engagement, member=member) for engagement, member in rows)
    fields = {"count": len(rows), "rows": listed, "weekly": format_weekly(days)}
    return UnusedGrants(taken_at=NOON, searched_from=NOON - 89 * DAY, **fields | changes)


def test_each_cell_is_the_access_of_a_person_to_a_client(console):
    world = console.api.world
    console.open("ada", "/web/matrix")
    world.add(
        a_member("carol", name="<i>Carol"),
        a_grant_on_request("carol"),
        a_grant("carol", engagement="globex", roles=BOTH, on_request=READONLY),
        a_grant("bob", starts_at=NOON + DAY),
        an_engagement("over", client="Over", ends_at=NOON - DAY),
        a_grant("alice", engagement="over"),
        unused_grants(("globex", "carol"), count=300),
    )
    console.api.scene.ports.trail.record(an_intent())
    console.note("carol has two grants, alice a session, and bob a grant from tomorrow on")
    console.open("ada", "/web/matrix")
    late = an_intent("bob", "0" * 16, engagement="over")
    console.api.scene.ports.trail.record(late)
    console.note("a session of an engagement that is over may be active")
    console.open("ada", "/web/matrix", "/web/matrix?q=CM", "/web/matrix?q=car", "/web/matrix?q=zz")
    console.hold("matrix/cells")


def test_what_changed_is_listed_from_the_trail(console):
    api = console.api
    for path, why in {
        "engagements/globex/grants/bob": "<b>left",
        "members/alice": "stolen laptop",
    }.items():
        assert api.post(f"/v1/{path}/revoke", "lena", {"reason": why}).status == 200
    assert api.get("/v1/trail", "bob").status == 403
    console.open("ada", "/web/matrix")
    yesterday = "/web/matrix?when=2026-11-20+to+2026-11-23"
    console.open("ada", yesterday)
    console.hold("matrix/changes")


def test_each_part_that_cannot_be_read_is_named(console, monkeypatch):
    ports = console.api.scene.ports
    monkeypatch.setattr(ports.trail, "page", fail)
    console.open("lena", "/web/matrix")
    monkeypatch.setattr(ports.state, "list_ignoring_stops", fail)
    console.open("lena", "/web/matrix")
    console.hold("matrix/unread")


def test_a_page_ends_before_it_has_too_many_grants(api, signed_in, monkeypatch):
    monkeypatch.setattr(access_matrix, "MAX_GRANTS", 3)
    monkeypatch.setattr(access_matrix, "GRANTS_READ", 2)
    api.world.add(
        *(an_engagement(f"c{n}", client=f"C{n}", account_id=f"{n:012}") for n in range(4)),
        *(a_grant(m, engagement=f"c{n}") for n in range(4) for m in ("alice", "bob")),
        a_grant("ada", engagement="c0"),
    )
    ada = signed_in("ada")
    shown, path = [], "/web/matrix"
    while path:
        page = ada.get(path).text
        shown.append([name for n in range(4) if (name := f"C{n}") in page])
        cursor = page.partition('rel="next"')[2].partition("cursor=")[2].partition('"')[0]
        path = f"/web/matrix?cursor={cursor}" if cursor else ""
    assert [name for names in shown for name in names] == ["C0", "C1", "C2", "C3"]
    assert "C0</bdi> has more than 100 grants" in ada.get("/web/matrix?q=c0").text


@every(
    "counts, points",
    [
        ((0, 4), "0,15 12,1"),
        ((0, 0, 1), "0,15 6,15 12,11.5"),
        ((10, 5), "0,1 12,8"),
        ((3,), "0,4.5"),
    ],
)
def test_a_line_stays_in_its_box(counts, points):
    assert draw_line(counts) == points
