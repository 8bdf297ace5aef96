"""Requests for access: who may send how many, for which time, with which ticket."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import (
    Scene,
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_member,
    a_role,
    an_approval_policy,
    an_engagement,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, opened, stored
from tests.usecases.telling import Telling


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


@pytest.mark.golden
def test_who_may_ask_is_as_the_file_says(scene: Scene) -> None:
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
SPANS: list[dict[str, Any]] = [
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


@pytest.mark.golden
def test_each_span_is_accepted_or_refused_as_the_file_says() -> None:
    story = Telling()
    scene = story.begin("Access for 8 hours at most, until 30 days from now", a_scene_of_requests())
    for span in SPANS:
        story.do(ask, scene, **span)
    story.hold("requests/spans")


def test_a_renewal_opens_beside_the_live_access_and_never_changes_it(scene: Scene) -> None:
    first = ask(scene, ends_at=at(hours=2))
    approve(scene, first.id)
    (before,) = opened(scene)
    renewal = ask(scene, ends_at=at(hours=3))
    assert opened(scene) == [before]
    approve(scene, renewal.id)
    assert [each.request for each in opened(scene)] == [first.id, renewal.id]
    assert opened(scene)[0] == before


def test_a_member_has_at_most_ten_undecided_requests(scene: Scene) -> None:
    requests = [ask(scene).id for _ in range(10)]
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)

    withdraw_request(scene.ports, scene.caller("alice"), requests[3])
    ask(scene)
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
    scene.world.later(hours=1)  # by now they have expired
    ask(scene)


def test_a_request_sent_meanwhile_counts(scene: Scene) -> None:
    """Each of ten requests reads the others before any is written, but for the first."""
    state, write = scene.ports.state, scene.ports.state.change
    sent = 0

    def send_another_first(*arguments: Any, **preconditions: Any) -> None:
        nonlocal sent
        sent += 1
        if sent <= 10:
            ask(scene)
        write(*arguments, **preconditions)

    state.change = send_another_first  # type: ignore[method-assign]
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
    state.change = write  # type: ignore[method-assign]
    assert len(scene.world.find(AccessRequest)) == 10


def test_a_member_sends_at_most_100_requests_in_24_hours(scene: Scene) -> None:
    for number in range(100):
        request = stored(scene, ask(scene).id)
        scene.world.add(replace(request, status=RequestStatus.WITHDRAWN, version=number + 2))
        scene.world.later(seconds=1)
    with pytest.raises(Conflict, match=Reason.DAILY_REQUESTS_USED):
        ask(scene)
    scene.world.later(hours=23, minutes=58, seconds=19)
    with pytest.raises(Conflict, match=Reason.DAILY_REQUESTS_USED):
        ask(scene)
    scene.world.later(seconds=1)  # the first was sent 24 hours ago
    ask(scene)


def test_requests_that_wait_for_a_week_count() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    for _ in range(10):
        ask(scene)
    scene.world.later(days=6, hours=23)
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
