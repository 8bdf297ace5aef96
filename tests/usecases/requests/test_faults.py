"""Requests and decisions on a bad day: throttled, without an answer, killed, with other clocks."""

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    EmergencyLock,
    EmergencyRecord,
    GivenApproval,
)
from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import doing
from tests.fakes import FakeState, Killed
from tests.rows import every
from tests.usecases.lost_answers import DOWN, LOST, loses_answer
from tests.usecases.refusals import refused
from tests.usecases.requests.emergency_scene import an_emergency_scene, confirm_it, open_it
from tests.usecases.requests.requesting import (
    REQUEST,
    a_scene_that_waits,
    approve,
    ask,
    client_approves,
    client_denies,
    deny,
)


def an_unconfirmed_emergency():
    """Return the scene in which alice has opened the role in an emergency."""
    scene = an_emergency_scene()
    open_it(scene)
    scene.entries.clear()
    return scene


def change(scene):
    return scene.do(change_policy, "acme-prod", ChangeApprovalPolicy(longest=7200))


CLIENT = {"leads": False, "people": 0, "client": True}
ACTS = {
    "ask": (a_scene_that_waits, ask),
    "approve": (a_scene_that_waits, lambda s: approve(s, REQUEST)),
    "approve as the first of two": (
        lambda: a_scene_that_waits(people=2), lambda s: approve(s, REQUEST),
    ),
    "approve as the client": (
        lambda: a_scene_that_waits(**CLIENT), lambda s: client_approves(s, REQUEST),
    ),
    "deny": (a_scene_that_waits, lambda s: deny(s, REQUEST)),
    "deny as the client": (
        lambda: a_scene_that_waits(client=True), lambda s: client_denies(s, REQUEST),
    ),
    "withdraw": (
        a_scene_that_waits, doing(withdraw_request, REQUEST, by="alice"),
    ),
    "open an emergency": (an_emergency_scene, open_it),
    "confirm an emergency": (
        an_unconfirmed_emergency,
        lambda s: confirm_it(s, s.find(AccessRequest)[0].id),
    ),
}  # fmt: skip
every_act = every("begin, act", ACTS.values())
KINDS = (
    AccessRequest,
    ApprovedGrant,
    GivenApproval,
    ApprovalPolicy,
    EmergencyLock,
    EmergencyRecord,
)


def what_is_stored(scene):
    return {key: item for key, item in scene.items.items() if isinstance(item, KINDS)}


def versions(scene):
    return {key: item.version for key, item in what_is_stored(scene).items()}


def done(scene):
    """Return the number of entries of operations that succeeded."""
    return sum(entry.outcome is Outcome.DONE for entry in scene.entries)


HOW = [
    *((error, {"has_effect": has_effect}) for error, has_effect in LOST),
    (DOWN, {"has_effect": False, "times": 3}),
    (FactsChanged(), {"has_effect": False}),  # someone else was faster
]


@every("error, how", HOW)
@every_act
def test_a_lost_write_is_tried_again_and_done_once(begin, act, error, how):
    undisturbed = begin()
    act(undisturbed)
    scene = begin()
    with loses_answer(scene, "change", error, **how):
        act(scene)
    statuses = [
        [each.status for each in world.find(AccessRequest)]
        for world in (scene.world, undisturbed.world)
    ]
    assert statuses[0] == statuses[1]
    assert done(scene) == done(undisturbed) == 1
    assert versions(scene) == versions(undisturbed)


@every_act
def test_without_the_database_nothing_is_half_done(begin, act):
    scene = begin()
    before = what_is_stored(scene)
    with loses_answer(scene, "change", has_effect=False, times=1000):
        assert refused(act, scene).reason is Reason.RECORDS_UNAVAILABLE
    assert what_is_stored(scene) == before
    assert not scene.entries


@every_act
def test_a_read_that_fails_once_is_tried_again(begin, act):
    reads = count_reads(begin, act)
    assert reads
    for failing in range(reads):
        scene = begin()
        fail_read(scene, failing)
        act(scene)
        assert done(scene) == 1


def count_reads(begin, act):
    """Return how often the use case reads items."""
    scene = begin()
    counter = fail_read(scene, -1)
    act(scene)
    return len(counter)


def fail_read(scene, nth):
    """Let the nth read of the use case fail. Return the list to which each read adds itself.

    Reads of a token with its member do not count: the caller has been admitted before.
    """
    state, calls = scene.ports.state, list[str]()
    state.token_and_member = FakeState(scene.world).token_and_member
    for name in ("get", "get_many", "get_together", "list", "access_facts"):
        read = getattr(state, name)

        def counted(*arguments, _name=name, _read=read, **by):
            calls.append(_name)
            if len(calls) - 1 == nth:
                raise DOWN
            return _read(*arguments, **by)

        setattr(state, name, counted)
    return calls


@every_act
def test_a_killed_process_leaves_all_or_nothing(begin, act):
    undisturbed = begin()
    act(undisturbed)
    outcomes = set()
    for steps in range(len(undisturbed.steps) + 1):
        scene = begin()
        before = what_is_stored(scene)
        scene.world.killed_after(steps)
        try:
            act(scene)
        except Killed:
            assert done(scene) in (0, 1)
            assert (what_is_stored(scene) == before) == (done(scene) == 0)
        outcomes.add(done(scene))
    assert outcomes == {0, 1}


def test_a_policy_change_is_not_repeated_blindly():
    scene = a_scene_that_waits()
    with loses_answer(scene, "change", has_effect=False):
        assert refused(change, scene).reason is Reason.RECORDS_UNAVAILABLE
    with loses_answer(scene, "change", FactsChanged(), has_effect=False):
        error = refused(change, scene)
    assert (type(error), error.reason) == (Conflict, Reason.CHANGED_MEANWHILE)
    assert not scene.entries


@every("seconds", [-5, 5])
def test_clocks_that_differ_by_5_seconds(seconds):
    """The approver's function is ahead, or behind, and alice vends with the first clock."""
    scene = a_scene_that_waits()
    scene.later(minutes=1, seconds=seconds)
    view = approve(scene, REQUEST)
    scene.later(seconds=-seconds)

    assert view.status is RequestStatus.APPROVED
    scene.vend()
