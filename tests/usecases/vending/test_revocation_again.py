"""A revocation can be asked for again: it gives the list again, and writes nothing more.

It may have been written and its list lost on the way; the lead still needs the list.
"""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CreateGrant
from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.engagements.grants import create_grant
from tests.builders import a_grant
from tests.fakes import NOON, FakeTrail
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS, UNDONE, a_scene_with_two_roles

every_revocation = every("revoke", REVOCATIONS.values())
MINUTE = timedelta(minutes=1)
MARGIN = timedelta(seconds=5)


def others_are_vended(scene):
    """Vend sessions of another member, engagement and role, which only some revocations end."""
    both = frozenset({"readonly", "deploy"})
    scene.add(
        a_grant(roles=both), a_grant("bob", roles=both), a_grant("alice", engagement="globex")
    )
    for member in ("alice", "bob"):
        scene.vend(member, "globex")
        scene.vend(member, role="deploy")
    scene.vend("bob")


def written(scene):
    """All that is on record: the items, and the entries."""
    return dict(scene.items), list(scene.entries)


class Unread(FakeTrail):
    """Takes entries, and cannot be read."""

    def vends(self, member, since):
        raise DOWN


@every_revocation
def test_it_lists_the_sessions_again_and_writes_nothing(revoke):
    scene = a_scene_with_two_roles()
    others_are_vended(scene)
    vended_session = scene.vend()
    scene.later(minutes=1)
    first = revoke(scene)
    assert (first.revoked_at, first.cut_off_at) == (NOON + MINUTE, NOON + MINUTE + MARGIN)
    records = written(scene)
    scene.steps.clear()
    scene.later(minutes=1)
    again = revoke(scene)
    assert written(scene) == records
    assert (again.revoked_at, again.cut_off_at) == (NOON + MINUTE, NOON + 2 * MINUTE + MARGIN)
    assert "change" not in scene.steps
    assert vended_session.vend in {session.vend for session in again.sessions}
    assert (again.sessions, again.last_moment) == (first.sessions, first.last_moment)


@every_revocation
def test_the_cut_off_is_counted_from_when_the_revocation_is_written(revoke):
    """A vend that is settled while the revocation is on its way to be written got in before it."""
    scene = a_scene_with_two_roles()
    scene.just_before("save", lambda: scene.later(seconds=3))
    assert revoke(scene).cut_off_at >= NOON + timedelta(seconds=3) + MARGIN


@every_revocation
def test_revoking_again_lists_the_outcome_of_a_vend_that_was_open(revoke):
    scene = a_scene_with_two_roles()
    said = []

    def revoke_and_dawdle():
        said.append(revoke(scene))
        scene.later(seconds=20)

    scene.just_before("record intended", revoke_and_dawdle)
    with pytest.raises(DaypassError):
        scene.vend()
    assert said[0].sessions == ()
    issued_at = scene.clock
    again = revoke(scene)
    assert [session.status for session in again.sessions] == ["withheld"]
    assert again.cut_off_at >= issued_at + MARGIN > said[0].cut_off_at


def grant_deploy(scene):
    deploy = CreateGrant(member="alice", roles=frozenset({"deploy"}))
    scene.do(create_grant, "acme-prod", deploy)


ASKED_AGAIN = {
    name: (end, end)
    for name, end in (REVOCATIONS | CHANGES).items()
    if name != "token rotated"  # the rotated token no longer works
}
ASKED_AGAIN["grant made anew"] = (REVOCATIONS["grant revoked"], grant_deploy)
ASKED_AGAIN["role made anew"] = (REVOCATIONS["role ended"], UNDONE["role ended"])


@every("end, again", ASKED_AGAIN.values())
def test_revoking_again_withholds_vends_after_an_unacknowledged_revocation(end, again):
    scene = a_scene_with_two_roles()

    def broken_off_and_asked_again():
        with pytest.raises(Unavailable):
            end(replace(scene, ports=replace(scene.ports, trail=Unread(scene.world))))
        again(scene)

    scene.just_before("put_outcome issued", broken_off_and_asked_again)
    with pytest.raises(DaypassError):
        scene.vend()
    assert scene.entries[-1].outcome != "issued"


@every("name", [*UNDONE, "grant revoked"])
def test_one_that_was_undone_meanwhile_is_a_new_one(name):
    scene = a_scene_with_two_roles()
    REVOCATIONS[name](scene)
    scene.later(minutes=1)
    UNDONE.get(name, grant_deploy)(scene)
    _, entries = written(scene)
    scene.later(minutes=1)
    assert REVOCATIONS[name](scene).revoked_at == NOON + 2 * MINUTE
    assert len(scene.entries) == len(entries) + 1
    assert scene.entries[-1].action == entries[0].action
    with pytest.raises(DaypassError):
        scene.vend()


# A revocation of another kind counts as new, although vends are refused already.
@every("first, second", [*permutations(REVOCATIONS, 2)])
def test_another_kind_of_revocation_is_written_all_the_same(first, second):
    scene = a_scene_with_two_roles()
    REVOCATIONS[first](scene)
    scene.later(minutes=1)
    assert REVOCATIONS[second](scene).revoked_at == NOON + MINUTE
    assert [entry.outcome for entry in scene.entries] == [Outcome.DONE] * 2
