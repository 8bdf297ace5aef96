"""The approver's page: what waits, what was decided, and what was done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import CLIENT, Action, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.requests.approvers import revoke_approver
from chalicelib.usecases.requests.client_page import MAX_DECIDED, set_client_approval
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.vending.vend import vend
from tests.builders import APPROVER_TEXT, a_grant, an_approver_link, an_engagement
from tests.fakes import NOON, Killed
from tests.usecases.requests.approving import OTHER_TEXT, PHONE, ApprovalScene
from tests.usecases.requests.client_scene import an_approver


def refusal_of(act: Callable[[], Any]) -> Reason:
    with pytest.raises(DaypassError) as refusal:
        act()
    return refusal.value.reason


def test_the_page_shows_who_asks_for_what_why_and_how_long() -> None:
    scene = ApprovalScene(ticket_pattern="OPS-#", ticket_url="https://t.example/{ticket}")
    request = scene.request(ticket="OPS-7")
    (waiting,) = scene.page().pending
    assert waiting.view.id == request
    assert (waiting.member_name, waiting.view.reason) == ("Alice", "the nightly import failed")
    assert waiting.span == "for 2 hours from its first use"
    assert waiting.view.ticket_url == "https://t.example/OPS-7"
    assert waiting.permissions.startswith("See the settings of EC2 and RDS")
    assert waiting.needs_client
    assert [choice.value for choice in waiting.choices] == ["60", "30", "15"]


def test_opening_the_page_changes_nothing() -> None:
    scene = ApprovalScene()
    scene.request()
    before = dict(scene.world.items), list(scene.world.entries)
    for _ in range(3):
        scene.page()
    assert (dict(scene.world.items), list(scene.world.entries)) == before


def test_an_approval_opens_the_access_under_the_approvers_name() -> None:
    scene = ApprovalScene()
    request = scene.request()
    scene.approve(request, duration=3600)
    (grant,) = scene.world.find(ApprovedGrant, where=lambda _: True)
    assert (grant.request, grant.client_approved, grant.duration) == (request, True, 3600)
    entry = scene.world.entries[-1]
    assert (entry.action, entry.actor, entry.address) == (Action.REQUEST_APPROVE, CLIENT, PHONE)
    assert entry.details["approver"] == "jo"
    decided = scene.on_page(request)
    assert (decided.view.status, decided.decider) == (RequestStatus.APPROVED, "Jo Doe")
    assert (decided.span, decided.choices) == ("for 1 hour from its first use", ())
    assert scene.page().pending == ()


def test_the_firm_hears_of_a_decision_at_once() -> None:
    scene = ApprovalScene()
    first, second = scene.request(), scene.request()
    scene.world.notify_kicks.clear()
    scene.approve(first)
    scene.deny(second)
    assert len(scene.world.notify_kicks) == 2


def test_a_denial_has_words_for_the_member() -> None:
    scene = ApprovalScene()
    request = scene.request()
    assert refusal_of(lambda: scene.deny(request, why="")) is Reason.DENIAL_NEEDS_WORDS
    scene.deny(request, why="wait for the audit")
    decided = scene.on_page(request)
    assert (decided.view.status, decided.view.decision) == (
        RequestStatus.DENIED,
        "wait for the audit",
    )


def test_a_second_press_changes_nothing_while_others_must_still_approve() -> None:
    scene = ApprovalScene(leads=True, people=1)
    request = scene.request()
    scene.approve(request)
    count = len(scene.world.entries)
    scene.approve(request)
    assert len(scene.world.entries) == count
    waiting = scene.on_page(request)
    assert (waiting.needs_client, waiting.view.waiting_for) == (False, ("a lead",))


@pytest.mark.parametrize("text", [APPROVER_TEXT, OTHER_TEXT])
def test_a_late_press_is_answered_with_who_decided_what(text: str) -> None:
    scene = ApprovalScene()
    request = scene.request()
    scene.deny(request, why="no")
    for act in (lambda: scene.approve(request, text), lambda: scene.deny(request, text)):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.reason is Reason.REQUEST_DECIDED
        assert refusal.value.detail.startswith("jo at the client denied this request on")


LATE: dict[Reason, Callable[[ApprovalScene, str], Any]] = {
    Reason.REQUEST_EXPIRED: lambda scene, _: scene.world.later(hours=1),
    Reason.REQUEST_DECIDED: lambda scene, request: withdraw_request(
        scene.ports, scene.scene.caller("alice"), request
    ),
    Reason.NOT_AN_APPROVER: lambda scene, _: scene.world.add(
        ApprovalPolicy(engagement="acme-prod", leads=True, people=1)
    ),
    Reason.RIGHT_TOO_NEW: lambda scene, _: scene.world.add(
        an_approver(named_by="alice", named_at=NOON - timedelta(hours=1)),
        an_approver_link(created_at=NOON),
    ),
}


@pytest.mark.parametrize("reason", LATE)
def test_an_approval_that_comes_too_late_or_without_a_right_opens_nothing(reason: Reason) -> None:
    scene = ApprovalScene()
    request = scene.request()
    LATE[reason](scene, request)
    assert refusal_of(lambda: scene.approve(request)) is reason
    assert scene.world.find(ApprovedGrant, where=lambda _: True) == []


def test_a_request_of_another_engagement_is_not_found() -> None:
    scene = ApprovalScene()
    scene.world.add(ApprovalPolicy(engagement="globex", client=True))
    scene.world.add(an_approver("max", engagement="globex"))
    request = scene.request()
    stored = scene.ports.state.get(AccessRequest, "alice", request)
    assert stored is not None
    scene.world.add(replace(stored, engagement="globex", version=2))
    assert refusal_of(lambda: scene.approve(request)) is Reason.NO_SUCH_REQUEST
    assert scene.page().pending == ()


CLOSING: dict[str, Callable[[ApprovalScene], Any]] = {
    "the link has expired": lambda scene: scene.world.later(days=30),
    "the approver was revoked": lambda scene: revoke_approver(
        scene.ports, scene.scene.caller(), "acme-prod", "jo", why="left"
    ),
}


@pytest.mark.parametrize("name", CLOSING)
def test_every_part_of_the_page_is_gone_alike(name: str) -> None:
    scene = ApprovalScene()
    request = scene.request()
    CLOSING[name](scene)
    for act in (
        scene.page,
        lambda: scene.approve(request),
        lambda: scene.deny(request),
        lambda: set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address=PHONE),
    ):
        with pytest.raises(NotFound) as refusal:
            act()
        assert refusal.value.reason is Reason.NO_SUCH_PAGE


def test_an_approver_who_is_revoked_while_they_press_decides_nothing() -> None:
    scene = ApprovalScene()
    request = scene.request()
    revoked = replace(an_approver(), revoked_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(revoked))
    with pytest.raises((Conflict, NotFound, AccessDenied)):
        scene.approve(request)
    assert scene.world.find(ApprovedGrant, where=lambda _: True) == []


def vend_readonly(scene: ApprovalScene, member: str = "alice") -> Any:
    session_request = SessionRequest(role="readonly")
    return vend(scene.ports, scene.scene.origin(member), "acme-prod", session_request)


def test_the_page_counts_the_sessions_under_each_approved_request() -> None:
    scene = ApprovalScene()
    request = scene.request(ends_at=NOON + timedelta(hours=3))
    scene.approve(request)
    assert scene.on_page(request).sessions.count == 0
    for _ in range(2):
        scene.world.later(minutes=5)
        vend_readonly(scene)
    last = scene.world.clock
    later = scene.request(ends_at=NOON + timedelta(hours=3))
    scene.approve(later)
    uses = scene.on_page(request).sessions
    assert (uses.count, uses.last_at, uses.is_complete) == (2, last, True)
    assert scene.on_page(later).sessions.count == 0


def test_a_session_that_was_withheld_does_not_count() -> None:
    scene = ApprovalScene()
    request = scene.request(ends_at=NOON + timedelta(hours=3))
    scene.approve(request)
    closed = replace(an_engagement(), closed_at=NOON, version=2)
    scene.world.just_before("issue", lambda: scene.world.add(closed))
    with pytest.raises(AccessDenied):
        vend_readonly(scene)
    assert scene.on_page(request).sessions.count == 0


def test_only_what_concerns_the_client_is_on_the_page() -> None:
    scene = ApprovalScene(client=False, leads=True, people=1)
    scene.request()
    page = scene.page()
    assert (page.pending, page.decided, page.emergencies) == ((), (), ())


def test_the_page_shows_the_latest_decisions_of_30_days() -> None:
    scene = ApprovalScene()
    requests = []
    for _ in range(MAX_DECIDED + 3):
        requests.append(scene.request())
        scene.deny(requests[-1])
    shown = [each.view.id for each in scene.page().decided]
    assert shown == requests[: -MAX_DECIDED - 1 : -1]


def test_the_page_names_the_others_at_the_client() -> None:
    scene = ApprovalScene()
    scene.world.add(an_approver("kim", is_contact=True), an_approver("old", revoked_at=NOON))
    assert [each.id for each in scene.page().others] == ["kim", "pat"]


def engagement_of(scene: ApprovalScene) -> Engagement:
    stored = scene.ports.state.get(Engagement, "acme-prod")
    assert stored is not None
    return stored


def set_rule(scene: ApprovalScene, *, is_required: bool, text: str = APPROVER_TEXT) -> None:
    set_client_approval(scene.ports, text, is_required=is_required, address=PHONE)


def test_the_client_requires_its_approval_and_lifts_that() -> None:
    scene = ApprovalScene()
    for is_required in (True, True, False, False):
        set_rule(scene, is_required=is_required)
        assert engagement_of(scene).requires_client_approval is is_required
        assert scene.page().requires_approval is is_required
    first, second = scene.world.entries
    assert (first.action, second.action) == (
        Action.CLIENT_APPROVAL_REQUIRE,
        Action.CLIENT_APPROVAL_LIFT,
    )
    for entry in (first, second):
        assert (entry.actor, entry.details["approver"], entry.address) == (CLIENT, "jo", PHONE)


def test_only_someone_named_a_day_ago_lifts_the_requirement() -> None:
    """A lead could name themself as an approver, lift the requirement, and enter."""
    scene = ApprovalScene()
    set_rule(scene, is_required=True)
    scene.world.add(an_approver(named_at=scene.world.clock, named_by="lena"))
    scene.world.add(an_approver_link(created_at=scene.world.clock))
    scene.world.later(hours=23, minutes=59)
    with pytest.raises(AccessDenied) as refusal:
        set_rule(scene, is_required=False)
    assert refusal.value.reason is Reason.RIGHT_TOO_NEW
    assert engagement_of(scene).requires_client_approval
    refused = scene.world.entries[-1]
    assert (refused.action, refused.actor) == (Action.CLIENT_APPROVAL_LIFT, CLIENT)
    assert (refused.outcome, refused.details) == (Outcome.REFUSED, {"approver": "jo"})
    set_rule(scene, is_required=False, text=OTHER_TEXT)
    set_rule(scene, is_required=True)
    scene.world.later(minutes=1)
    set_rule(scene, is_required=False)
    assert not engagement_of(scene).requires_client_approval


def test_a_vend_in_progress_without_the_clients_approval_is_withheld() -> None:
    scene = ApprovalScene(client=False)
    scene.world.add(a_grant("alice"))
    scene.world.just_before("issue", lambda: set_rule(scene, is_required=True))
    with pytest.raises(AccessDenied) as refusal:
        vend_readonly(scene)
    assert refusal.value.reason is Reason.CLIENT_APPROVAL_REQUIRED


@pytest.mark.parametrize("steps", range(4))
def test_a_killed_function_leaves_the_rule_as_it_was_or_as_it_is_to_be(steps: int) -> None:
    scene = ApprovalScene()
    scene.world.killed_after(steps)
    try:
        set_rule(scene, is_required=True)
    except Killed:
        scene.world.before = None
        set_rule(scene, is_required=True)
    assert engagement_of(scene).requires_client_approval
    actions = [entry.action for entry in scene.world.entries]
    assert actions == [Action.CLIENT_APPROVAL_REQUIRE]


@pytest.mark.parametrize("is_required", [True, False])
def test_a_lost_answer_is_tried_again(is_required: bool) -> None:  # noqa: FBT001
    scene = ApprovalScene()
    set_rule(scene, is_required=not is_required)
    failures = iter([Unavailable(Reason.RECORDS_UNAVAILABLE)])

    def fail(name: str) -> None:
        if name == "change" and (error := next(failures, None)) is not None:
            raise error

    scene.world.before = fail
    set_rule(scene, is_required=is_required)
    assert engagement_of(scene).requires_client_approval is is_required


def test_a_revoked_approver_takes_the_access_along_that_they_approved() -> None:
    scene = ApprovalScene()
    mine, pats = (scene.request(ends_at=NOON + timedelta(hours=3)) for _ in range(2))
    scene.approve(mine)
    scene.approve(pats, OTHER_TEXT)
    vend_readonly(scene)
    lead = scene.scene.caller()
    for _ in range(2):
        revoked = revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
        assert revoked.ended is not None
    grants = scene.world.find(ApprovedGrant, where=lambda _: True)
    open_grants = [scene.ports.state.get(ApprovedGrant, *grant.key) for grant in grants]
    assert {g.request: g.revoked_at is None for g in open_grants if g} == {mine: False, pats: True}


def test_a_request_that_waits_needs_the_approval_anew_when_its_approver_is_revoked() -> None:
    scene = ApprovalScene(leads=True, people=1)
    request = scene.request()
    scene.approve(request)
    revoke_approver(scene.ports, scene.scene.caller(), "acme-prod", "jo", why="left")
    (waiting,) = scene.page(OTHER_TEXT).pending
    assert waiting.needs_client
    assert waiting.view.waiting_for == ("a lead", "the client")


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_revocation_that_was_killed_is_completed_by_another(steps: int) -> None:
    scene = ApprovalScene()
    request = scene.request(ends_at=NOON + timedelta(hours=3))
    scene.approve(request)
    lead = scene.scene.caller()
    scene.world.killed_after(steps)
    try:
        revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
    except Killed:
        scene.world.before = None
        revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
    scene.world.before = None
    with pytest.raises(AccessDenied) as refusal:
        vend_readonly(scene)
    assert refusal.value.reason is Reason.APPROVAL_REVOKED
