"""The approver's page: what it shows, and the decisions that are taken on it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.errors import NotFound
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import MAX_OPEN_REQUESTS, Approval, new_request_id
from chalicelib.domain.values import Page
from chalicelib.usecases.requests import reading
from chalicelib.usecases.requests.client import page as client_page
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.requests.client.page import MAX_PENDING, MAX_PER_GROUP
from chalicelib.usecases.requests.client.rules import set_client_approval
from chalicelib.usecases.requests.emergencies import open_emergency
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import APPROVER_TEXT, a_grant, an_approver_link, an_engagement
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import reason_of, refused
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, an_approval_scene
from tests.usecases.requests.client.scene import a_request, an_approver
from tests.usecases.telling import Telling


def test_the_page_after_each_press_is_as_the_file_says():
    story = Telling()
    scene = an_approval_scene(ticket_pattern="OPS-#", ticket_url="https://t.example/{ticket}")
    story.begin("The client alone decides", scene)
    until_3 = NOON + timedelta(hours=3)
    fields = {"ends_at": until_3, "ticket": "OPS-8"}
    first, second, third = scene.request(ticket="OPS-7"), *(scene.request(**fields) for _ in "12")
    story.do(scene.page)
    story.do(scene.approve, first, duration=3600)
    story.do(scene.deny, second, why="")
    story.do(scene.deny, second, why="wait for the audit")
    for act in (scene.approve, scene.deny):
        for text in (APPROVER_TEXT, OTHER_TEXT):
            story.do(act, second, text)
    scene.approve(third)
    for _ in range(2):
        scene.later(minutes=5)
        scene.vend()
    closed = replace(an_engagement(), closed_at=NOON, version=2)
    scene.just_before("issue", lambda: scene.add(closed))
    assert reason_of(scene.vend) is Reason.ENGAGEMENT_CLOSED  # it is withheld, and does not count
    scene.add(an_approver("kim", is_contact=True), an_approver("old", revoked_at=NOON))
    story.do(scene.page)
    story.do(scene.page, OTHER_TEXT)
    scene = an_approval_scene(leads=True, people=1)
    story.begin("A lead must approve too, so a second press changes nothing", scene)
    request = scene.request()
    for _ in range(2):
        story.do(scene.approve, request)
    story.do(scene.page)
    scene = an_approval_scene(client=False, leads=True, people=1)
    story.begin("Only what concerns the client is on the page", scene)
    scene.request()
    story.do(scene.page)
    story.hold("requests/client-page")


def test_the_page_shows_the_latest_decisions_of_30_days():
    scene = an_approval_scene()
    requests = []
    for _ in range(MAX_PER_GROUP + 3):
        requests.append(scene.request())
        scene.deny(requests[-1])
    shown = [each.view.id for each in scene.page().decided]
    assert shown == requests[: -MAX_PER_GROUP - 1 : -1]


def a_page_scene():
    """Return the scene, bob, and the requests on the page: one that jo denied, and an emergency."""
    scene = an_approval_scene()
    readonly = frozenset({"readonly"})
    scene.add(a_grant("bob", on_request=readonly, emergency=readonly))
    bob = scene.caller("bob")
    denied = scene.request("bob")
    scene.deny(denied)
    opening = OpenEmergency(reason="INC-7")
    emergency = open_emergency(scene.ports, bob, "acme-prod", "readonly", opening).id
    return scene, bob, denied, emergency


def test_many_requests_push_no_emergency_and_no_decision_off_the_page():
    scene, bob, denied, emergency = a_page_scene()
    for _ in range(MAX_PER_GROUP + 1):
        withdraw_request(scene.ports, bob, scene.request("bob"))
    page = scene.page()
    assert [each.view.id for each in page.emergencies] == [emergency]
    assert denied in {each.view.id for each in page.decided}


def test_refused_attempts_push_no_emergency_and_no_decision_off_the_page(monkeypatch):
    """Every member can add some to the engagement's part of the trail, without a grant. Then many
    pages of it have no entry about a change."""
    scene, _, denied, emergency = a_page_scene()
    monkeypatch.setattr(scene.ports.trail, "page", refused_only)
    page = scene.page()
    assert [each.view.id for each in page.emergencies] == [emergency]
    assert [each.view.id for each in page.decided] == [denied]


def test_the_page_reads_few_withdrawn_requests_and_they_hide_no_emergency(monkeypatch):
    """Any member can withdraw requests without end."""
    scene, bob, denied, emergency = a_page_scene()
    monkeypatch.setattr(client_page, "MAX_DECIDED", 3)
    for _ in range(4):
        withdraw_request(scene.ports, bob, scene.request("bob"))
    read, keys = scene.ports.state.list, []

    def count(kind, **query):
        result = read(kind, **query)
        keys.extend(each.key for each in result.items if query.get("listed_as"))
        return result

    monkeypatch.setattr(reading, "PAGE_SIZE", 1)
    monkeypatch.setattr(scene.ports.state, "list", count)
    page = scene.page()
    assert [each.view.id for each in page.emergencies] == [emergency]
    assert denied in {each.view.id for each in page.decided}
    assert len(keys) == 3


def refused_only(query):
    """Return a page of the trail on which DynamoDB has left out every entry that it read."""
    return Page((), f"{format_sortable(query.since)}#0")


def test_no_ones_requests_hide_anothers_and_the_page_counts_those_that_it_leaves_out():
    scene = an_approval_scene()
    made_up = [f"ghost-{number}" for number in range(8)]
    for member in made_up:
        scene.add(
            *(
                a_request(
                    new_request_id(member, NOON, scene.world.random),
                    created_at=NOON,
                    expires_at=NOON + timedelta(minutes=20 + number),
                )
                for number in range(MAX_OPEN_REQUESTS)
            )
        )
    request = scene.request()  # expires later than all of them
    page = scene.page()
    assert request in [each.view.id for each in page.pending[:9]]
    # The trail's list has it too, and the page shows no request twice.
    assert (len(page.pending), page.pending_count) == (MAX_PENDING, 81)
    assert [each.view.member for each in page.pending[:9]] == [*made_up, "alice"]


def add_ghosts(scene, count, **fields):
    """Store a request of each of so many made-up members, which soon expires."""
    for number in range(count):
        ghosts = new_request_id(f"ghost-{number}", NOON, scene.world.random)
        scene.add(a_request(ghosts, expires_at=NOON + timedelta(minutes=20), **fields))


def test_requests_that_the_client_has_approved_take_no_room_from_those_that_wait_for_it():
    scene = an_approval_scene()
    add_ghosts(scene, MAX_PENDING, approvals=(Approval(by="jo", at=NOON, is_client=True),))
    waiting = new_request_id("ghost-0", NOON, scene.world.random)
    scene.add(a_request(waiting, expires_at=NOON + timedelta(minutes=30)))
    page = scene.page()
    assert (page.pending[0].view.id, len(page.pending)) == (waiting, MAX_PENDING)
    assert page.pending_count == MAX_PENDING + 1


def test_requests_that_need_no_client_take_no_room_from_those_that_do():
    scene = an_approval_scene()
    scene.add(ApprovalPolicy(engagement="acme-prod", role="deploy", leads=True, people=1))
    add_ghosts(scene, MAX_PENDING + 10, role="deploy")
    request = scene.request()
    page = scene.page()
    assert ([each.view.id for each in page.pending], page.pending_count) == ([request], 1)


def test_what_is_no_request_of_the_client_is_recorded_only_in_its_own_engagement():
    scene = an_approval_scene()
    elsewhere = a_request("bob.00d9o4r5k3f81c2q", engagement="globex")
    scene.add(elsewhere)
    errors = set()
    for request in (elsewhere.id, "bob.00d9o4r5k3f81c2r"):
        for act in (scene.approve, scene.deny):
            with pytest.raises(NotFound) as error:
                act(request)
            errors.add((error.value.reason, error.value.detail))
    assert len(errors) == 1
    entries = [(entry.engagement, entry.role, entry.subject) for entry in scene.entries]
    assert entries == [("acme-prod", "", "")] * 4


LATE = {
    Reason.REQUEST_EXPIRED: lambda scene, _: scene.later(hours=1),
    Reason.REQUEST_DECIDED: lambda scene, request: scene.do(withdraw_request, request, by="alice"),
    Reason.NOT_AN_APPROVER: lambda scene, _: scene.add(
        ApprovalPolicy(engagement="acme-prod", leads=True, people=1)
    ),
    Reason.RIGHT_TOO_NEW: lambda scene, _: scene.add(
        an_approver(named_by="alice", named_at=NOON - timedelta(hours=1)),
        an_approver_link(named_at=NOON - timedelta(hours=1), created_at=NOON),
    ),
}


@every("reason", LATE)
def test_an_approval_that_comes_too_late_or_without_a_right_opens_nothing(reason):
    scene = an_approval_scene()
    request = scene.request()
    LATE[reason](scene, request)
    assert reason_of(scene.approve, request) is reason
    assert scene.find(ApprovedGrant) == []


def test_a_decision_reads_no_list_because_its_function_may_read_none():
    scene = an_approval_scene(leads=True, people=1)
    first, second = scene.request(), scene.request()
    scene.ports.state.list = None
    scene.approve(first)
    scene.deny(second)
    LATE[Reason.RIGHT_TOO_NEW](scene, first)
    error = refused(scene.approve, second)
    assert error.detail.startswith("You cannot approve requests until 25 November 2026")


@every(
    "close",
    [
        lambda scene: scene.later(days=30),
        lambda scene: scene.do(revoke_approver, "acme-prod", "jo"),
    ],
)
def test_every_part_of_the_page_is_gone_alike(close):
    scene = an_approval_scene()
    request = scene.request()
    close(scene)
    for act in (
        scene.page,
        lambda: scene.approve(request),
        lambda: scene.deny(request),
        lambda: set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address=PHONE),
    ):
        error = refused(act)
        assert (type(error), error.reason) == (NotFound, Reason.NO_SUCH_PAGE)


def is_revoked(scene):
    scene.add(replace(an_approver(), revoked_at=NOON, version=2))


def is_named_again(scene):
    scene.do(revoke_approver, "acme-prod", "jo")
    body = NameApprover(id="jo", name="Jo Ann", email="jo@acme.example")
    scene.do(name_approver, "acme-prod", body, api_url="https://d.example/api")


@every("meanwhile", [is_revoked, is_named_again])
def test_an_approver_who_is_revoked_or_named_again_while_they_press_decides_nothing(meanwhile):
    scene = an_approval_scene()
    request = scene.request()
    scene.just_before("change", lambda: meanwhile(scene))
    assert reason_of(scene.approve, request) is Reason.NO_SUCH_PAGE
    assert scene.find(ApprovedGrant) == []


def test_a_link_that_a_slow_clock_made_before_the_naming_approves():
    scene = an_approval_scene()
    named_at = NOON - timedelta(days=2)
    made_at = named_at - timedelta(seconds=1)
    scene.add(
        an_approver(named_at=named_at), an_approver_link(named_at=named_at, created_at=made_at)
    )
    scene.approve(scene.request())
