"""Requests for access: who may send how many, for which time, with which ticket; and the access
that an approval opens: its time, its number, and how an approver shortens it."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.requests.own import start_access, withdraw_request
from tests.builders import (
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_member,
    a_role,
    an_approval_policy,
    an_approved_grant,
    an_engagement,
)
from tests.fakes import NOON
from tests.usecases.refusals import refusal_of
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, opened, stored
from tests.usecases.telling import Telling


@pytest.fixture(name="scene")
def _scene():
    return a_scene_of_requests()


def test_who_may_ask_is_as_the_file_says(scene):
    story = Telling()
    story.begin("A role on request", scene)
    story.do(ask, scene)
    story.do(ask, scene, caller=CallerKind.AGENT)
    story.do(ask, scene, ticket="OPS-7")
    for engagement in ("acme-prod", "nowhere"):
        story.do(ask, scene, "carol", engagement)
    for title, items in {
        "A role that failed its check": [a_role(verification=None)],
        "A role that is open": [a_grant()],
        "Only the client decides, and no approver is left": [
            an_approval_policy(client=True), a_client_approver(revoked_at=NOON),
        ],
        "A ticket is needed": [
            an_approval_policy(
                ticket_pattern="OPS-#", ticket_url="https://tickets.example.com/{ticket}"
            )
        ],
        "A grant for 60 days": [
            an_engagement(ends_at=at(days=60)), a_grant_on_request(ends_at=at(days=60)),
        ],
        "Two hours to answer": [an_approval_policy(answer_within=7200)],
    }.items():  # fmt: skip
        scene = story.begin(title, a_scene_of_requests())
        scene.add(*items)
        story.do(ask, scene)
        if "ticket" in title:
            for ticket in ("OPS-", "DEV-7", "ops-7", "OPS-7x", "OPS-7"):
                story.do(ask, scene, ticket=ticket)
        story.do(ask, scene, starts_at=at(days=30), ends_at=at(days=30, hours=1))
        story.do(ask, scene, ends_at=at(hours=1))
    for people, names in ((0, ""), (1, "alice"), (2, "alice bob"), (1, "sam"), (1, "ada")):
        members = frozenset(names.split())
        policy = an_approval_policy(leads=False, people=people, members=members)
        story.do(ask, story.begin(f"{people} of: {names}", a_scene_of_requests(policy)))
    only = story.begin("Only one lead is left", a_scene_of_requests(an_approval_policy()))
    only.add(a_grant_on_request("lena"), a_member("mia", kind=Kind.MEMBER))
    only.add(Leads(members=frozenset({"lena"})))
    story.do(ask, only, "lena")
    story.hold("requests/ask")


# A clock may be 5 s behind or ahead.
SPANS = [
    {"duration": None},
    {"starts_at": at(hours=1)},
    {"duration": 3600, "ends_at": at(hours=1)},
    {"duration": 3600, "starts_at": at(hours=1)},
    {"starts_at": at(hours=2), "ends_at": at(hours=1)},
    {"starts_at": at(hours=1), "ends_at": at(hours=1)},
    # In the past
    {"ends_at": at(seconds=-1)},
    {"starts_at": at(seconds=-6), "ends_at": at(hours=1)},
    {"starts_at": at(seconds=-5), "ends_at": at(hours=1)},
    # Too short, or longer than the policy allows
    {"ends_at": at(minutes=14, seconds=54)},
    {"ends_at": at(minutes=14, seconds=55)},
    {"duration": 8 * 3600 + 60},
    {"duration": 8 * 3600},
    {"ends_at": at(hours=8, seconds=6)},
    {"ends_at": at(hours=8, seconds=5)},
    # Too far ahead, or beyond the grant
    {"starts_at": at(days=30, seconds=6), "ends_at": at(days=30, hours=1)},
    {"starts_at": at(days=29, hours=23), "ends_at": at(days=30, seconds=1)},
    {"starts_at": at(days=29, hours=23), "ends_at": at(days=30)},
]


def test_each_span_is_accepted_or_refused_as_the_file_says():
    story = Telling()
    scene = story.begin("Access for 8 hours at most, until 30 days from now", a_scene_of_requests())
    for span in SPANS:
        story.do(ask, scene, **span)
    story.hold("requests/spans")


def test_a_renewal_opens_beside_the_live_access_and_never_changes_it(scene):
    first = ask(scene, ends_at=at(hours=2))
    approve(scene, first.id)
    (before,) = opened(scene)
    renewal = ask(scene, ends_at=at(hours=3))
    assert opened(scene) == [before]
    approve(scene, renewal.id)
    assert [each.request for each in opened(scene)] == [first.id, renewal.id]
    assert opened(scene)[0] == before


def test_a_member_has_at_most_ten_undecided_requests(scene):
    requests = [ask(scene).id for _ in range(10)]
    assert refusal_of(Conflict, ask, scene) is Reason.TOO_MANY_OPEN_REQUESTS

    scene.do(withdraw_request, requests[3], by="alice")
    ask(scene)
    assert refusal_of(Conflict, ask, scene) is Reason.TOO_MANY_OPEN_REQUESTS
    scene.later(hours=1)  # by now they have expired
    ask(scene)


def test_a_request_sent_meanwhile_counts(scene):
    """Each of ten requests reads the others before any is written, but for the first."""
    state, write = scene.ports.state, scene.ports.state.change
    sent = 0

    def send_another_first(*arguments, **preconditions):
        nonlocal sent
        sent += 1
        if sent <= 10:
            ask(scene)
        write(*arguments, **preconditions)

    state.change = send_another_first
    assert refusal_of(Conflict, ask, scene) is Reason.TOO_MANY_OPEN_REQUESTS
    state.change = write
    assert len(scene.find(AccessRequest)) == 10


def test_a_member_sends_at_most_100_requests_in_24_hours(scene):
    for number in range(100):
        request = stored(scene, ask(scene).id)
        scene.add(replace(request, status=RequestStatus.WITHDRAWN, version=number + 2))
        scene.later(seconds=1)
    assert refusal_of(Conflict, ask, scene) is Reason.DAILY_REQUESTS_USED
    scene.later(hours=23, minutes=58, seconds=19)
    assert refusal_of(Conflict, ask, scene) is Reason.DAILY_REQUESTS_USED
    scene.later(seconds=1)  # the first was sent 24 hours ago
    ask(scene)


def test_requests_that_wait_for_a_week_count():
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    for _ in range(10):
        ask(scene)
    scene.later(days=6, hours=23)
    assert refusal_of(Conflict, ask, scene) is Reason.TOO_MANY_OPEN_REQUESTS


UNTIL_2 = {"ends_at": at(hours=2)}
LATER_ON = {"starts_at": at(days=1), "ends_at": at(days=1, hours=2)}
# A request, and its approval
APPROVALS = {
    "From its first use": ({}, {"reason": "go ahead"}),
    "Until an end": (UNTIL_2, {}),
    "Later on": (LATER_ON, {}),
    "Half as long": ({}, {"duration": 1800}),
    "As long": ({}, {"duration": 3600}),
    "Until an earlier end": (UNTIL_2, {"ends_at": at(hours=1)}),
    "Until the same end": (UNTIL_2, UNTIL_2),
    # Less than 15 minutes, as it was requested
    "Until the same near end": ({"ends_at": at(minutes=15)}, {"ends_at": at(minutes=15)}),
    "Longer": ({}, {"duration": 3601}),
    "Until a later end": (UNTIL_2, {"ends_at": at(hours=2, seconds=1)}),
    "An end instead of a duration": ({}, {"ends_at": at(hours=1)}),
    "A duration instead of an end": (UNTIL_2, {"duration": 900}),
    "Too short from now": (UNTIL_2, {"ends_at": at(minutes=19, seconds=54)}),
    "As short as a clock that is behind": (UNTIL_2, {"ends_at": at(minutes=19, seconds=55)}),
    "Too short from its start": (LATER_ON, {"ends_at": at(days=1, minutes=14)}),
}


def test_the_access_that_each_approval_opens_is_as_the_file_says():
    story = Telling()
    for title, (span, change) in APPROVALS.items():
        scene = story.begin(title, a_scene_of_requests())
        request = ask(scene, **span).id
        scene.later(minutes=5)
        story.do(approve, scene, request, **change)
    story.hold("requests/opened-access")


def test_a_suspended_approver_takes_along_the_shortest_access_until_its_very_end(scene):
    request = ask(scene, duration=900)
    approve(scene, request.id, "bob")
    scene.later(hours=23, minutes=59)
    scene.do(start_access, request.id, by="alice")  # it lasts for 17 minutes
    scene.later(minutes=16, seconds=30)
    scene.do(revoke_member, "bob")
    (access,) = opened(scene)
    ended = scene.stored(ApprovedGrant, *access.key)
    assert ended.revoked_at is not None


def test_the_number_that_each_access_takes_is_as_the_file_says():
    story = Telling()
    scene = story.begin("A fourth time of a role", a_scene_of_requests())
    for hours in (2, 3, 4, 5):
        story.do(approve, scene, ask(scene, ends_at=at(hours=hours)).id)
    for title, changes in (
        ("The time of the second is over", {"number": "2", "ends_at": NOON, "stop": "s"}),
        (
            "A revocation has ended the third",
            {"number": "3", "stops": ("old", "", "", "")},
        ),
    ):
        scene = story.begin(title, a_scene_of_requests())
        scene.add(a_grant_on_request(stop="g"), replace(scene.stored(Member, "alice"), stop="m"))
        alive = {"version": 4, "stops": ("m", "", "", "g")}
        for number in ("1", "2", "3"):
            scene.add(an_approved_grant(number=number, **alive))
        scene.add(an_approved_grant(**(alive | changes)))
        story.do(approve, scene, ask(scene).id)
    story.hold("requests/numbers")
