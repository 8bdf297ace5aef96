"""A member opens a role in an emergency, and a lead reviews it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.requests.revoke import end_own_access, revoke_request
from tests.builders import Scene
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import reason_of, refused
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

HOUR = timedelta(hours=1)
NO_SUCH = "alice.01lgav20du6bm9dm"


def test_it_opens_the_role_at_once_and_closes_it_by_itself() -> None:
    scene = an_emergency_scene()
    assert vended(scene) is Reason.APPROVAL_REQUIRED
    view = open_it(scene, duration=1800)
    assert (view.status, view.is_emergency) == (RequestStatus.APPROVED, True)
    assert (view.access_starts_at, view.access_ends_at) == (NOON, NOON + HOUR / 2)
    assert vended(scene) is None
    (issued,) = entries_of(scene, Action.VEND, Outcome.ISSUED)
    (intended,) = entries_of(scene, Action.VEND, Outcome.INTENDED)
    assert (intended.details["request"], intended.details["emergency"]) == (view.id, "true")
    assert issued.details["expires_at"] <= "2026-11-24T12:30:00Z"
    scene.world.later(minutes=30)
    assert vended(scene) is Reason.APPROVAL_REQUIRED


def test_every_lead_is_alerted_by_the_entry_that_records_it() -> None:
    scene = an_emergency_scene()
    view = open_it(scene, duration=900)
    (entry,) = entries_of(scene, Action.EMERGENCY_BEGIN)
    assert (entry.actor, entry.engagement, entry.role) == ("alice", "acme-prod", "readonly")
    assert entry.details["request"] == view.id
    assert entry.details["span"] == "until 24 November 2026, 12:17 UTC"
    assert (entry.details["said"], entry.details["count"]) == ("INC-7", "1")
    (alert,) = scene.world.alerts
    assert (alert.alert, alert.member) == ("emergency", "alice")
    assert "until 24 November 2026, 12:17 UTC" in alert.text


def test_a_lead_can_open_one_too_and_another_lead_reviews_it() -> None:
    scene = an_emergency_scene()
    view = open_it(scene, by="luis")
    assert reason_of(review_it, scene, view.id, by="luis") is Reason.OWN_REQUEST
    (entry,) = entries_of(scene, Action.EMERGENCY_REVIEW, Outcome.REFUSED)
    assert (entry.actor, entry.details["request"]) == ("luis", view.id)
    assert lock_of(scene, "luis") == view.id
    assert review_it(scene, view.id, by="lena").reviewed_by == "lena"


@every(
    "items, opening, reason, kind",
    [
        ([an_emergency_grant(emergency=frozenset())], {}, Reason.EMERGENCY_NOT_GRANTED,
         AccessDenied),
        ([], {"caller": CallerKind.AGENT}, Reason.AGENT_CANNOT_DECIDE, AccessDenied),
        ([an_emergency_grant(on_request=frozenset(), emergency=frozenset())], {},
         Reason.ACCESS_ALREADY_OPEN, Conflict),
    ],
)  # fmt: skip
def test_a_refusal_is_recorded_and_opens_nothing(
    items: list[Any], opening: dict[str, Any], reason: Reason, kind: type[DaypassError]
) -> None:
    scene = an_emergency_scene()
    scene.world.add(*items)
    error = refused(open_it, scene, **opening)
    assert (type(error), error.reason) == (kind, reason)
    (entry,) = entries_of(scene, Action.EMERGENCY_BEGIN, Outcome.REFUSED)
    assert (entry.reason, entry.engagement, entry.role) == (reason, "acme-prod", "readonly")
    assert entry.details["said"] == "INC-7"
    assert (opened_grants(scene), lock_of(scene), count_of(scene)) == ([], None, 0)
    assert scene.world.alerts == []


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


def test_opening_what_is_open_returns_it_and_opens_no_second() -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    scene.world.later(minutes=59)
    again = open_it(scene, reason="INC-7, once more")
    assert (again.id, again.reason, again.access_ends_at) == (view.id, "INC-7", NOON + HOUR)
    assert (len(opened_grants(scene)), count_of(scene)) == (1, 1)
    assert len(entries_of(scene, Action.EMERGENCY_BEGIN)) == 1
    with pytest.raises(Conflict):  # that of another engagement is not open
        open_it(scene, "globex")


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


def test_the_review_is_on_the_request_and_on_the_trail() -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    scene.world.later(hours=2)
    reviewed = review_it(scene, view.id)
    assert (reviewed.reviewed_by, reviewed.reviewed_at) == ("lena", NOON + 2 * HOUR)
    assert reviewed.review == REVIEW
    assert reviewed.message.endswith("lena reviewed it on 24 November 2026, 14:00 UTC.")
    (entry,) = entries_of(scene, Action.EMERGENCY_REVIEW)
    assert (entry.actor, entry.subject, entry.details["said"]) == ("lena", "alice", REVIEW)
    assert lock_of(scene) is None


def test_the_same_review_again_changes_nothing_and_another_says_who_wrote_it() -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    first = review_it(scene, view.id)
    entries = list(scene.world.entries)
    assert review_it(scene, view.id) == first
    for by, why in (("luis", REVIEW), ("lena", "Other words.")):
        with pytest.raises(Conflict, match="lena reviewed this emergency on 24 November") as again:
            review_it(scene, view.id, by, why)
        assert again.value.reason is Reason.EMERGENCY_REVIEWED
    assert scene.world.entries == entries


def test_only_an_emergency_is_reviewed() -> None:
    scene = an_emergency_scene()
    request = AccessRequest(
        id=NO_SUCH, member="alice", engagement="acme-prod", role="readonly", duration=900,
        reason="INC-7", created_at=NOON, expires_at=NOON + HOUR,
    )  # fmt: skip
    assert reason_of(review_it, scene, NO_SUCH) is Reason.NO_SUCH_REQUEST
    scene.world.add(request)
    assert reason_of(review_it, scene, NO_SUCH) is Reason.NOT_AN_EMERGENCY


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
