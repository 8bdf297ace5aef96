"""The sessions that may be active, the response to a revocation, and a member's last uses, from one
search of the trail."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.sessions import (
    SESSIONS,
    SessionFilters,
    list_sessions,
    list_sessions_with_states,
    read_uses,
)
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions
from tests.builders import (
    NOON,
    a_cut_off,
    a_grant,
    a_scene,
    a_seen_cut_off,
    an_engagement,
    an_intent,
    role_cut_offs,
)
from tests.rows import every
from tests.usecases.lost_answers import DOWN, failing
from tests.usecases.refusals import reason_of
from tests.usecases.vending.alive import live_sessions

FILTERS = [{}, {"engagement": "acme-prod"}, {"member": "alice"}]


def alive_at_acme(scene):
    return live_sessions(scene.ports, an_engagement())


@every("microseconds, seconds", [(0, 5), (1, 6), (999_999, 6), (1_000_000, 6)])
def test_a_cut_off_is_rounded_up_and_has_a_margin(microseconds, seconds):
    scene, how = a_scene(), {"cut_off": None, "requested_by": "lena"}
    scene.later(microseconds=microseconds)
    for revoked_at in (scene.clock, NOON - timedelta(days=1)):
        answer = scene.do(withhold_and_list_sessions, a_grant("bob"), revoked_at, **how)
        assert answer.revoked_at == revoked_at
        assert answer.cut_off_at == NOON + timedelta(seconds=seconds)


@every("filters", FILTERS)
def test_a_list_has_a_session_of_the_clock_that_is_furthest_ahead(filters):
    scene = a_scene()
    ahead = MAX_CLOCK_LEAD - timedelta(microseconds=1)
    scene.world.clock += ahead
    vend = scene.vend().vend
    scene.world.clock -= ahead
    assert listed(scene, 50, **filters) == [vend]


def test_a_vend_that_died_is_listed_for_as_long_as_its_session_may_be_alive():
    scene = a_scene()
    died(scene)
    scene.later(seconds=3637.9)
    assert [session.status for session in alive_at_acme(scene)] == ["unknown"]


def test_no_crowd_of_entries_hides_a_session():
    scene = a_scene()
    oldest = scene.vend()
    scene.later(seconds=1)
    refusal = {"outcome": Outcome.REFUSED, "vend": "", "at": scene.clock}
    scene.entries.extend(replace(an_intent(), id=f"noise-{n}", **refusal) for n in range(1200))
    scene.later(seconds=1)
    newest = scene.vend()
    alive = alive_at_acme(scene)
    assert [session.vend for session in alive] == [newest.vend, oldest.vend]


def listed(scene, limit, **filters):
    """Return the vends of all pages of at most `limit` sessions."""
    vends = []
    cursor = ""
    for _ in range(20):
        page = list_sessions(scene.ports, limit=limit, cursor=cursor, **filters)
        assert len(page.items) <= limit
        vends += [session.vend for session in page.items]
        cursor = page.cursor
        if not cursor:
            return vends
    raise AssertionError("no end")


@every("limit", [1, 2, 3, 7])
@every("filters", FILTERS)
def test_every_session_is_on_one_of_the_pages(filters, limit):
    """Vends without an outcome have one entry each, so a page of entries has more sessions."""
    scene = a_scene()
    handed_over = []
    for _ in range(3):
        scene.later(seconds=1)
        handed_over.append(scene.vend().vend)
    vends = [*handed_over, *(died(scene) for _ in range(4)), scene.vend().vend]
    assert listed(scene, limit, **filters) == vends[::-1]


def died(scene):
    """Return the ID of a vend without an outcome."""
    scene.later(seconds=1)
    with failing(scene, "put_outcome issued"):
        assert reason_of(scene.vend) is DOWN.reason
    scene.later(seconds=1)
    return scene.entries[-1].vend


def test_a_list_says_which_sessions_are_cut_off():
    scene = a_scene()
    session = scene.vend()
    cases = {
        "of another": (a_seen_cut_off(member="bob"), False, ""),
        "requested": (a_cut_off(), False, "its cut-off has not been written yet"),
        "written": (
            a_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON),
            False,
            "cut-off written: accepted by AWS at 12:00 UTC, but not seen working yet",
        ),
        "seen": (
            a_seen_cut_off(sessions=(session.session_name,)),
            True,
            "cut off: AWS denied Daypass’s test session at 12:00 UTC",
        ),
    }
    wrong = []
    for case, (cut_off, is_cut_off, note) in cases.items():
        scene.add(role_cut_offs(cut_off))
        for filters in FILTERS:
            (listed,) = list_sessions_with_states(scene.ports, limit=9, **filters).items
            facts = (listed.is_cut_off, listed.note, listed.session.vend)
            if facts != (is_cut_off, note, session.vend):
                wrong.append((case, filters, listed))
            assert (listed.name, listed.client) == ("Alice", "Acme")
    assert wrong == []


READONLY = SessionRequest(role="readonly", reason="INC-7")


@every("limit, is_cut", [(2, True), (3, False), (4, False)])
def test_a_list_that_is_read_whole_shows_that_it_is_cut(monkeypatch, limit, *, is_cut):
    monkeypatch.setattr("chalicelib.usecases.vending.sessions._PER_READ", 1)
    scene = a_scene()
    for _ in range(3):
        scene.vend()
        scene.later(seconds=1)
    page = SESSIONS.rows.list_items(scene.ports, scene.caller(), SessionFilters(), {"limit": limit})
    assert (len(page.items), bool(page.cursor)) == (min(limit, 3), is_cut)


@every("fields, count", [({}, 0), ({"with_given_back": True}, 1)])
def test_a_session_that_was_given_back_is_listed_on_request(fields, count):
    scene = a_scene()
    scene.do(give_back_session, scene.vend().vend, by="alice")
    filters = SessionFilters(**fields)
    page = SESSIONS.rows.list_items(scene.ports, scene.caller(), filters, {"limit": 9})
    assert len(page.items) == count


def test_sessions_and_the_last_use_come_from_one_search():
    scene = a_scene()
    scene.vend(request=READONLY)
    scene.later(minutes=90)
    scene.vend(request=READONLY)
    # Neither an entry of no vend nor another member's session is a use of hers.
    read = {"action": Action.READ, "outcome": Outcome.DONE, "vend": ""}
    scene.world.entries += [
        replace(an_intent(), **read),
        an_intent("bob", "b" * 16, at=scene.clock),
    ]
    scene.add(role_cut_offs(a_seen_cut_off(issued_until=scene.clock)))
    uses = read_uses(scene.ports, "alice")
    (session,) = uses.alive
    assert session.status == "live"
    assert uses.states[session.vend].group == "cut off"
    assert uses.count.live == 0
    assert uses.last_used == {"acme-prod": NOON + timedelta(minutes=90)}
    assert uses.tokens_used == {session.token: NOON + timedelta(minutes=90)}
    assert [use.intent.at - NOON for use in uses.latest] == [timedelta(minutes=90), timedelta(0)]
    assert [(use.outcome.outcome, use.intent.detail("said")) for use in uses.latest] == [
        (Outcome.ISSUED, "INC-7")
    ] * 2
    assert (uses.alive_is_complete, uses.has_more, uses.vends_read) == (True, False, 2)


def uses_of_300_vends(**distance):
    """Return alice's uses if she began a vend at noon, and the others before, this far apart."""
    scene = a_scene()
    for number in range(300):
        at = NOON - number * timedelta(**distance)
        scene.entries.append(an_intent(vend=f"{number:016x}", at=at))
    return read_uses(scene.ports, "alice")


def test_the_alive_sessions_are_complete_if_the_search_reached_those_that_have_expired():
    """The query may stop within the last hour, or before it."""
    uses = uses_of_300_vends(minutes=1)
    assert (uses.alive_is_complete, uses.has_more, uses.vends_read) == (True, True, 200)


def test_a_withheld_session_is_no_use():
    scene = a_scene()
    intent = an_intent()
    outcome = build_outcome_entry(intent, Outcome.WITHHELD, at=NOON, reason="grant-not-current")
    scene.world.entries += [intent, outcome]
    uses = read_uses(scene.ports, "alice")
    assert (uses.last_used, uses.latest[0].outcome.reason) == ({}, "grant-not-current")


def test_many_sessions_are_read_up_to_a_limit_which_the_page_states():
    uses = uses_of_300_vends(seconds=1)
    assert (len(uses.alive), uses.alive_is_complete, uses.has_more) == (200, False, True)
    assert uses.searched_from == NOON - timedelta(seconds=199)
    assert len(uses.latest) == 10
