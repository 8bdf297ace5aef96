"""The leads are notified, once, of members with more sessions than one person needs."""

from chalicelib.domain.vending.sessions import MAX_SESSIONS, ManySessions
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.watch import WatchSummary, watch_sessions
from tests.builders import a_grant, a_scene
from tests.rows import every
from tests.usecases.lost_answers import DOWN, failing
from tests.usecases.refusals import refused


def with_sessions(count, member="alice", scene=None):
    scene = scene or a_scene()
    for _ in range(count):
        scene.vend(member, duration=900)
        scene.later(milliseconds=1)
    return scene


def alerts_of(scene):
    return [(event.alert, event.member) for event in scene.alerts]


@every("count, is_notified", [(0, False), (100, False), (101, True), (450, True)])
def test_more_than_a_hundred_are_too_many(count, *, is_notified):
    scene = with_sessions(count)
    expected = WatchSummary(alive=count, too_many=int(is_notified), recorded=int(is_notified))
    assert watch_sessions(scene.ports) == expected
    assert alerts_of(scene) == ([("many-sessions", "alice")] if is_notified else [])
    assert all(f"Daypass found {count} sessions of " in event.text for event in scene.alerts)


def test_a_session_that_was_given_back_counts_because_copies_of_its_keys_may_work():
    """A thief could give each session back and keep its credentials."""
    scene = with_sessions(2)
    scene.do(give_back_session, scene.entries[0].vend, by="alice")
    assert watch_sessions(scene.ports).alive == 2


def test_each_member_is_counted_apart():
    scene = a_scene(a_grant("bob"))
    with_sessions(60, "alice", scene)
    with_sessions(60, "bob", scene)
    assert watch_sessions(scene.ports) == WatchSummary(alive=120, too_many=0, recorded=0)


def test_the_leads_are_notified_once_for_each_rise():
    scene = with_sessions(101)
    watch_sessions(scene.ports)
    with_sessions(50, scene=scene)
    assert watch_sessions(scene.ports) == WatchSummary(alive=151, too_many=1, recorded=0)
    scene.later(minutes=20)
    assert watch_sessions(scene.ports) == WatchSummary(alive=0, too_many=0, recorded=0)
    with_sessions(101, scene=scene)
    assert watch_sessions(scene.ports) == WatchSummary(alive=101, too_many=1, recorded=1)
    assert len(alerts_of(scene)) == 2


def test_a_rise_that_cannot_be_recorded_is_recorded_by_the_next_run():
    scene = with_sessions(101)
    with failing(scene, "change"):
        assert refused(watch_sessions, scene.ports) is DOWN
    assert alerts_of(scene) == []
    watch_sessions(scene.ports)
    assert len(alerts_of(scene)) == 1


def test_the_slower_of_two_simultaneous_runs_records_nothing():
    scene = with_sessions(MAX_SESSIONS + 1)
    scene.just_before("change", lambda: watch_sessions(scene.ports))
    assert watch_sessions(scene.ports) == WatchSummary(alive=101, too_many=1, recorded=0)
    assert len(alerts_of(scene)) == 1
    stored = scene.stored(ManySessions)
    assert (stored.members, stored.version) == (frozenset({"alice"}), 1)


def test_one_of_two_simultaneous_runs_forgets_a_member_below_the_limit():
    scene = with_sessions(MAX_SESSIONS + 1)
    watch_sessions(scene.ports)
    scene.later(minutes=20)
    scene.just_before("save", lambda: watch_sessions(scene.ports))
    assert watch_sessions(scene.ports).too_many == 0
    stored = scene.stored(ManySessions)
    assert (stored.members, stored.version) == (frozenset(), 2)


def test_so_many_members_are_remembered_and_no_more(monkeypatch):
    """They are one item. Members beyond the limit are recorded again in every run."""
    monkeypatch.setattr("chalicelib.usecases.vending.watch.MAX_REMEMBERED", 1)
    scene = a_scene(a_grant("bob"))
    with_sessions(101, "alice", scene)
    with_sessions(101, "bob", scene)
    for _ in range(2):
        watch_sessions(scene.ports)
    assert [member for _, member in alerts_of(scene)] == ["alice", "bob", "bob"]
