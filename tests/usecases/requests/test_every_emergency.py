"""Emergencies in every order of their steps, beside another, a confirmation, or a revocation.

Each actor may crash before any step. The last test removes the lock, and the same search must then
find a violation.
"""

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyLock
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import EVERYONE, admit
from chalicelib.usecases.requests import emergencies
from chalicelib.usecases.requests.emergencies import open_emergency
from tests.builders import Scene
from tests.rows import every
from tests.usecases.requests.emergency_scene import (
    GIVEN_BACK,
    an_emergency_scene,
    confirm_it,
    count_of,
    entries_of,
    lock_of,
    open_it,
    vended,
)
from tests.usecases.vending.interleaving import CRASHED, all_interleavings
from tests.usecases.vending.revocations import REVOCATIONS


def opened(engagement):
    """Return the use case behind the route: alice is admitted, and opens `readonly`."""

    def act(scene):
        caller = admit(scene.ports, scene.origin(), EVERYONE, Action.EMERGENCY_BEGIN)
        opening = OpenEmergency(reason="INC-7")
        return open_emergency(scene.ports, caller, engagement, "readonly", opening)

    return act


open_acme, open_globex = opened("acme-prod"), opened("globex")


def after_an_emergency():
    """Return a scene in which alice's emergency is over, and no lead has confirmed it."""
    scene = an_emergency_scene()
    open_it(scene)
    scene.later(hours=2)
    return scene


def scene_of(run):
    return Scene(run.world, run.world.ports())


def violations_of(run, *, earlier=0):
    """Return the violations after emergencies, after this number of earlier ones."""
    scene = scene_of(run)
    requests = scene.find(AccessRequest, where=lambda each: each.is_emergency)
    unconfirmed = [request.id for request in requests if request.confirmed_at is None]
    results = run.results
    violations = []
    if len(unconfirmed) > 1:
        violations.append("two emergencies that no lead has confirmed")
    if unconfirmed != [lock for lock in [lock_of(scene)] if lock]:
        violations.append("the lock is not that of the unconfirmed emergency")
    if count_of(scene) + count_of(scene, "globex") != len(requests):
        violations.append("a wrong count")
    if len(entries_of(scene, Action.EMERGENCY_BEGIN)) != len(requests):
        violations.append("no entry, or one too many")
    if any(isinstance(r, RequestView) and r.id not in {q.id for q in requests} for r in results):
        violations.append("an answer without a request")
    if CRASHED not in results and len(requests) == earlier and not earlier:
        violations.append("no one got in")
    return violations


@every("acts", [(open_acme, open_globex), (open_acme, open_acme)])
def test_of_two_emergencies_one_is_opened(acts):
    runs = list(all_interleavings(an_emergency_scene, *acts))
    assert len(runs) > 5
    assert [(violations_of(run), run.order) for run in runs if violations_of(run)] == []


def test_a_confirmation_beside_another_emergency_unlocks_only_its_own():
    def confirm(scene):
        (request,) = scene.find(EmergencyLock)
        return confirm_it(scene, request.request)

    runs = list(all_interleavings(after_an_emergency, confirm, open_globex))
    assert len(runs) > 5
    assert [run.order for run in runs if violations_of(run, earlier=1)] == []
    opened = {isinstance(run.results[1], RequestView) for run in runs}
    assert opened == {True, False}


@every("name", GIVEN_BACK)
def test_after_a_revocation_an_emergency_opens_nothing(name):
    """Not even after someone gives the access back."""
    count = 0
    for run in all_interleavings(an_emergency_scene, open_acme, REVOCATIONS[name]):
        if isinstance(run.results[1], Exception) or run.results[1] == CRASHED:
            continue
        count += 1
        scene = scene_of(run)
        assert vended(scene) is not None, run.order
        GIVEN_BACK[name](scene)
        assert vended(scene) is Reason.APPROVAL_REQUIRED, run.order
    assert count > 3


def test_without_the_lock_two_are_opened(monkeypatch):
    build = emergencies.build_emergency

    def build_without_lock(*arguments):
        emergency = build(*arguments)
        return replace(emergency, lock=replace(emergency.lock, member=emergency.request.engagement))

    monkeypatch.setattr(emergencies, "build_emergency", build_without_lock)
    runs = all_interleavings(an_emergency_scene, open_acme, open_globex)
    assert any("two emergencies that no lead has confirmed" in violations_of(run) for run in runs)
