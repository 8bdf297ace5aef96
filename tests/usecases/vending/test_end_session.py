"""One session ends: its member gives it back, or a lead revokes it."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS, RoleCutOffs
from chalicelib.domain.vending.sessions import MAX_SESSIONS
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.vending.end_session import (
    MAX_CUT_OFFS_FOR_GIVING_BACK,
    MAX_EXPIRED_PAGES,
    give_back_session,
    revoke_session,
)
from chalicelib.usecases.vending.sessions import list_sessions
from chalicelib.usecases.vending.watch import watch_sessions
from tests.builders import a_grant, a_scene, an_engagement, an_intent
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import DOWN, loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.telling import Telling

UNKNOWN = "0" * 16
A_SESSION = "5e55104e" * 2


def ends_on_trail(scene):
    lines = zip(scene.story(), scene.entries, strict=True)
    return [e for line, e in lines if line in ("session.end done", "session.revoke done")]


def gives_back(scene, session):
    return scene.do(give_back_session, session, by="alice")


def revokes(scene, session):
    return scene.do(revoke_session, "alice", session, why="leaked")


def loses_token(scene, session):
    caller = scene.caller("alice")
    scene.do(revoke_member, "alice")
    give_back_session(scene.ports, caller, session)


def listed(scene, **filters):
    return [session.vend for session in list_sessions(scene.ports, limit=50, **filters).items]


def lists(scene):
    """Return how many sessions each list has, and with those that were given back."""
    queries = {"all": {}, "by engagement": {"engagement": "acme-prod"}, "own": {"member": "alice"}}
    return {
        name: [len(listed(scene, **query)), len(listed(scene, **query, with_given_back=True))]
        for name, query in queries.items()
    }


def revokes_all(scene):
    of_grant = scene.do(revoke_grant, "acme-prod", "alice")
    of_member = scene.do(revoke_member, "alice")
    return {"grant": of_grant.status_counts, "member": of_member.status_counts}


def an_unissued_session(scene):
    intent = an_intent()
    outcome = replace(intent, id=f"{A_SESSION}-outcome", outcome=Outcome.FAILED)
    scene.world.entries += [intent, outcome]
    return A_SESSION


every_end = every("end", [gives_back, revokes])


def test_what_the_end_of_a_session_does_is_as_the_file_says():
    story = Telling()
    for method in CutOffMethod:
        for acts in ([gives_back] * 2, [gives_back, revokes, revokes], [revokes, gives_back]):
            title = f"One of two sessions, with the cut-off method {method}"
            scene = story.begin(title, a_scene_with(method))
            scene.vend()
            session = scene.vend(caller=CallerKind.AGENT)
            for act in acts:
                scene.later(minutes=5)
                story.do(act, scene, session.vend)
                story.do(lists, scene)
            story.do(revokes_all, scene)
    for act in (gives_back, revokes):
        scene = story.begin("Unknown, another's, and never issued", a_scene())
        scene.add(a_grant("bob"))
        for session in (UNKNOWN, scene.vend("bob").vend, an_unissued_session(scene)):
            story.do(act, scene, session)
    scene = story.begin("The caller's token is revoked meanwhile", a_scene())
    story.do(loses_token, scene, scene.vend().vend)
    story.hold("vending/end-session")


def test_two_leads_at_once_give_one_revocation():
    scene = a_scene()
    session = scene.vend()
    answers = []

    def by_the_other():
        scene.later(seconds=-1)
        answers.append(revokes(scene, session.vend))
        scene.later(seconds=1)

    scene.just_before("put_end session.revoke", by_the_other)
    answers.append(revokes(scene, session.vend))
    assert len(ends_on_trail(scene)) == 1
    assert {answer.revoked_at for answer in answers} == {NOON - timedelta(seconds=1)}


@every_end
@every(
    "later, reason",
    [
        (timedelta(seconds=3604.9), None),
        (timedelta(seconds=3605), "session-expired"),
        (timedelta(hours=23, minutes=59), "session-expired"),
        (timedelta(hours=24, seconds=1), "no-such-session"),
    ],
)
def test_an_expired_session_is_called_expired_for_a_day(end, later, reason):
    scene = a_scene()
    session = scene.vend()
    scene.world.clock += later
    assert reason_of(end, scene, session.vend) == reason
    assert len(ends_on_trail(scene)) == (reason is None)


def test_the_search_for_an_expired_session_reads_a_few_pages_only():
    scene = a_scene()
    session = scene.vend()
    scene.later(hours=2)
    scene.world.entries += [
        an_intent(vend=f"{number:016x}", at=NOON + timedelta(hours=1, microseconds=number))
        for number in range(1000 * MAX_EXPIRED_PAGES)
    ]
    scene.later(hours=2)
    assert reason_of(gives_back, scene, session.vend) == "no-such-session"


def a_scene_with(method):
    return a_scene(an_engagement(cut_off=method))


def test_no_number_of_sessions_given_back_cuts_off_anyone_else():
    """Too many cut-offs of one role are replaced by one of everyone."""
    scene = a_scene_with(CutOffMethod.BRAKE)
    sessions = [scene.vend() for _ in range(MAX_CUT_OFFS + 10)]
    for session in sessions:
        gives_back(scene, session.vend)
    stored = scene.stored(RoleCutOffs, "acme-prod", "readonly")
    assert len(stored.cut_offs) == MAX_CUT_OFFS_FOR_GIVING_BACK
    assert not any(cut_off.is_for_everyone for cut_off in stored.cut_offs)
    cut, uncut = (gives_back(scene, sessions[n].vend) for n in (0, -1))
    assert (len(cut.cut_offs), uncut.cut_offs) == (1, ())
    assert cut.message == "Given back. Daypass requested its cut-off in the client's account."
    assert uncut.message == (
        "Given back. Copies of its credentials may still work until 24 November 2026, 13:00 UTC."
    )
    assert len(revokes(scene, sessions[-1].vend).cut_offs) == 1


@every_end
def test_an_end_that_is_repeated_runs_the_job_no_second_time(end):
    """A run can take minutes. Someone could start one with each request, until AWS runs no more
    functions for the firm."""
    scene = a_scene_with(CutOffMethod.BRAKE)
    session = scene.vend()
    for _ in range(3):
        assert len(end(scene, session.vend).cut_offs) == 1
        scene.later(seconds=1)
    assert len(scene.world.kicks) == 1


@every_end
@every("step", ["vends", "put_outcome withheld", "put_end"])
@every("error", [DOWN, Killed()])
def test_a_call_that_fails_once_or_a_crash_leaves_one_end(end, step, error):
    scene = a_scene()
    scene.entries.append(an_intent())
    failures = iter([error])

    def fail_once(name):
        if name.startswith(step):
            for each in failures:
                raise each

    scene.world.before = fail_once
    try:
        response = end(scene, A_SESSION)
    except Killed:
        response = end(scene, A_SESSION)
    assert [each.status for each in response.sessions] == ["withheld"]
    assert len(ends_on_trail(scene)) == 1


@every_end
def test_a_write_whose_response_is_lost_is_repeated_and_leaves_one_end(end):
    scene = a_scene()
    scene.entries.append(an_intent())
    lost = {"has_effect": True, "port": "trail"}
    with loses_answer(scene, "put_outcome", **lost), loses_answer(scene, "put_end", **lost):
        response = end(scene, A_SESSION)
    assert [each.status for each in response.sessions] == ["withheld"]
    (recorded,) = ends_on_trail(scene)
    assert response.revoked_at == recorded.at


def test_sessions_given_back_still_count_as_too_many():
    """A thief could give each session back and keep its credentials."""
    scene = a_scene()
    for _ in range(MAX_SESSIONS + 1):
        gives_back(scene, scene.vend().vend)
    assert listed(scene) == []
    assert watch_sessions(scene.ports).too_many == 1
