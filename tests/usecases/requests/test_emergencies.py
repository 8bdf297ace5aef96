"""A member opens a role in an emergency, and a lead reviews it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Conflict
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.requests.revoke import end_own_access, revoke_request
from tests.builders import Scene, a_request, a_request_id
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.emergency_scene import (
    REVIEW,
    an_emergency_scene,
    count_of,
    entries_of,
    lock_of,
    open_it,
    opened_grants,
    review_it,
    vended,
)
from tests.usecases.telling import Telling

HOUR = timedelta(hours=1)
NONE: frozenset[str] = frozenset()


@pytest.mark.golden
def test_each_step_of_an_emergency_is_as_the_file_says() -> None:
    story = Telling()
    scene = story.begin("Alice opens the role, and lena reviews it", an_emergency_scene())
    assert vended(scene) is Reason.APPROVAL_REQUIRED
    view = story.do(open_it, scene, duration=1800)
    assert vended(scene) is None
    (issued,) = entries_of(scene, Action.VEND, Outcome.ISSUED)
    (intended,) = entries_of(scene, Action.VEND, Outcome.INTENDED)
    assert (intended.details["request"], intended.details["emergency"]) == (view.id, "true")
    assert issued.details["expires_at"] <= "2026-11-24T12:30:00Z"
    scene.later(minutes=29)
    story.do(open_it, scene, reason="INC-7, once more")  # what is open
    story.do(open_it, scene, "globex")
    scene.later(minutes=1)
    assert vended(scene) is Reason.APPROVAL_REQUIRED
    story.do(open_it, scene)
    story.do(review_it, scene, view.id)
    story.do(review_it, scene, view.id)
    for by, why in (("luis", REVIEW), ("lena", "Other words.")):
        story.do(review_it, scene, view.id, by, why)
    story.do(open_it, scene, "globex", duration=900)
    scene = story.begin("Another lead reviews a lead's", an_emergency_scene())
    view = story.do(open_it, scene, by="luis")
    for by in ("luis", "lena"):
        story.do(review_it, scene, view.id, by)
    scene = story.begin("Only an emergency is reviewed", an_emergency_scene())
    story.do(review_it, scene, a_request_id())
    scene.add(a_request())
    story.do(review_it, scene, a_request_id())
    for title, grant, opening in (
        ("Without the right", an_emergency_grant(emergency=frozenset()), {}),
        ("By an agent", an_emergency_grant(), {"caller": CallerKind.AGENT}),
        ("A role that is open", an_emergency_grant(on_request=NONE, emergency=NONE), {}),
    ):
        scene = story.begin(title, an_emergency_scene())
        scene.add(grant)
        story.do(open_it, scene, **opening)
    story.hold("requests/emergencies")


@every("engagement, recorded", [("acme-prod", "acme-prod"), ("initech", "")])
def test_an_outsider_gets_the_same_answer_whether_the_engagement_exists_or_not(
    engagement: str, recorded: str
) -> None:
    scene = an_emergency_scene()
    assert reason_of(open_it, scene, engagement, by="bob") is Reason.NOT_A_MEMBER
    (entry,) = entries_of(scene, Action.EMERGENCY_BEGIN, Outcome.REFUSED)
    assert (entry.engagement, entry.details.get("asked_for", recorded)) in (
        (recorded, recorded), (recorded, engagement),
    )  # fmt: skip


@every("engagement, counts", [("acme-prod", (2, 0)), ("globex", (1, 1))])
def test_until_a_lead_has_reviewed_it_the_member_opens_no_other_anywhere(
    engagement: str, counts: tuple[int, int]
) -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    scene.world.later(hours=1)
    assert reason_of(open_it, scene, engagement) is Reason.EMERGENCY_UNREVIEWED
    assert len(opened_grants(scene)) == 1
    review_it(scene, view.id)
    assert open_it(scene, engagement).id != view.id
    assert (count_of(scene), count_of(scene, "globex")) == counts


ENDS: dict[str, Callable[[Scene, str], Revocation]] = {
    "by the member": lambda s, request: end_own_access(s.ports, s.caller("alice"), request),
    "by a lead": lambda s, request: revoke_request(s.ports, s.caller(), request, why="w"),
}


@every("end", ENDS.values())
def test_an_emergency_that_was_ended_early_still_has_to_be_reviewed(
    end: Callable[[Scene, str], Revocation],
) -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    assert vended(scene) is None
    assert end(scene, view.id).alive == 1
    assert vended(scene) is Reason.APPROVAL_REVOKED
    assert reason_of(open_it, scene) is Reason.EMERGENCY_UNREVIEWED
    review_it(scene, view.id)
    again = open_it(scene)
    assert again.access_revoked_at is None
    assert [(grant.number, grant.request) for grant in opened_grants(scene)] == [("1", again.id)]
    assert vended(scene) is None
    with pytest.raises(Conflict):  # the access of the first one is over
        end(scene, view.id)
    assert vended(scene) is None


def test_a_review_of_an_earlier_emergency_does_not_unlock_a_later_one() -> None:
    scene = an_emergency_scene()
    earlier = open_it(scene)
    unlocked = scene.world.find(ApprovedGrant)
    assert len(unlocked) == 1
    review_it(scene, earlier.id)
    later = open_it(scene, "globex")
    stored = scene.stored(AccessRequest, "alice", earlier.id)
    scene.world.add(replace(stored, reviewed_at=None, reviewed_by=None, review=""))
    review_it(scene, earlier.id)
    assert lock_of(scene) == later.id
