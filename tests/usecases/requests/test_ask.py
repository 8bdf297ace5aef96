"""Requests for access: who may send how many, for which time, with which ticket."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, InvalidRequest
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Outcome
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
from tests.rows import every
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, at, opened, stored


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def refusal(scene: Scene, by: str = "alice", engagement: str = "acme-prod", **body: Any) -> Any:
    """Return the error of a refused request. Nothing of it was stored."""
    with pytest.raises(DaypassError) as refused:
        ask(scene, by, engagement, **body)
    assert not scene.world.find(AccessRequest)
    return refused.value


def test_a_request_is_stored_and_recorded(scene: Scene) -> None:
    view = ask(scene)
    request = stored(scene, view.id)

    assert (request.member, request.engagement, request.role) == ("alice", "acme-prod", "readonly")
    assert (request.duration, request.starts_at, request.ends_at) == (3600, None, None)
    assert (request.status, request.expires_at) == (RequestStatus.PENDING, at(hours=1))
    (entry,) = scene.world.entries
    assert (entry.action, entry.outcome, entry.actor) == ("request.create", "done", "alice")
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert {
        name: entry.details[name] for name in ("request", "said", "span", "waiting_for", "status")
    } == {
        "request": view.id,
        "said": "INC-7",
        "span": "for 1 hour from its first use",
        "waiting_for": "a lead or bob",
        "status": "pending",
    }
    assert entry.details["expires_at"] == "2026-11-24T13:00:00Z"
    assert view.message == "It waits for a lead or bob until 24 November 2026, 13:00 UTC."


def test_an_outsider_gets_the_same_answer_for_every_engagement(scene: Scene) -> None:
    errors = [refusal(scene, "carol", engagement) for engagement in ("acme-prod", "nowhere")]
    assert [type(error) for error in errors] == [AccessDenied, AccessDenied]
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NOT_A_MEMBER
    there, nowhere = scene.world.entries
    assert (there.engagement, there.details.get("asked_for")) == ("acme-prod", None)
    assert (nowhere.engagement, nowhere.details["asked_for"]) == ("", "nowhere")


def test_a_refusal_is_on_the_trail_with_its_target(scene: Scene) -> None:
    scene.world.add(a_role(verification=None))
    assert refusal(scene).reason is Reason.ROLE_UNVERIFIED
    (entry,) = scene.world.entries
    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, Reason.ROLE_UNVERIFIED)
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.details["said"] == "INC-7"


def test_a_role_that_is_open_needs_no_request(scene: Scene) -> None:
    scene.world.add(a_grant())
    error = refusal(scene)
    assert (type(error), error.reason) == (Conflict, Reason.ACCESS_ALREADY_OPEN)
    assert not scene.world.entries


def test_a_renewal_opens_beside_the_live_access_and_never_changes_it(scene: Scene) -> None:
    first = ask(scene, ends_at=at(hours=2))
    approve(scene, first.id)
    (before,) = opened(scene)
    renewal = ask(scene, ends_at=at(hours=3))
    assert opened(scene) == [before]
    approve(scene, renewal.id)

    assert [each.request for each in opened(scene)] == [first.id, renewal.id]
    assert opened(scene)[0] == before


def test_an_agent_may_ask(scene: Scene) -> None:
    view = ask(scene, caller=CallerKind.AGENT)
    assert view.caller is CallerKind.AGENT
    assert scene.world.entries[0].details["caller"] == "agent"


NO_APPROVERS: list[tuple[dict[str, Any], Reason]] = [
    ({"leads": False, "people": 0}, Reason.REQUESTS_NOT_ALLOWED),
    *(
        ({"leads": False, "people": people, "members": names}, Reason.REQUESTS_NOT_ALLOWED)
        for people, names in (
            (1, frozenset({"alice"})),  # the asker
            (2, frozenset({"alice", "bob"})),
            (1, frozenset({"sam"})),  # suspended
            (1, frozenset({"ada"})),  # an auditor
        )
    ),
    ({"client": True}, Reason.NO_CLIENT_APPROVER),
]


@every("policy, reason", NO_APPROVERS)
def test_a_request_that_no_one_could_approve_is_refused(
    policy: dict[str, Any], reason: Reason
) -> None:
    scene = a_scene_of_requests(an_approval_policy(**policy))
    scene.world.add(a_client_approver(revoked_at=NOON))
    error = refusal(scene)
    assert (type(error), error.reason) == (Conflict, reason)


def test_the_only_lead_is_told_that_no_one_could_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy())
    scene.world.add(
        a_grant_on_request("lena"),
        a_member("mia", kind=Kind.MEMBER),
        Leads(members=frozenset({"lena"})),
    )
    assert refusal(scene, "lena").reason is Reason.REQUESTS_NOT_ALLOWED


IMPOSSIBLE_SPANS: list[tuple[dict[str, Any], str]] = [
    ({"duration": None}, "ends_at"),
    ({"starts_at": at(hours=1)}, "ends_at"),
    ({"duration": 3600, "ends_at": at(hours=1)}, "duration"),
    ({"duration": 3600, "starts_at": at(hours=1)}, "duration"),
    ({"starts_at": at(hours=2), "ends_at": at(hours=1)}, "ends_at"),
    ({"starts_at": at(hours=1), "ends_at": at(hours=1)}, "ends_at"),
    # In the past
    ({"ends_at": at(seconds=-1)}, "ends_at"),
    ({"starts_at": at(seconds=-6), "ends_at": at(hours=1)}, "starts_at"),
    # Too short, or longer than the policy allows
    ({"ends_at": at(minutes=14, seconds=54)}, "ends_at"),
    ({"duration": 8 * 3600 + 60}, "duration"),
    ({"ends_at": at(hours=8, seconds=6)}, "ends_at"),
    # Too far ahead, or beyond the grant
    ({"starts_at": at(days=30, seconds=6), "ends_at": at(days=30, hours=1)}, "starts_at"),
    ({"starts_at": at(days=29, hours=23), "ends_at": at(days=30, seconds=1)}, "ends_at"),
]


@every("span, field", IMPOSSIBLE_SPANS)
def test_an_impossible_span_is_refused(span: dict[str, Any], field: str) -> None:
    error = refusal(a_scene_of_requests(), **span)
    assert (type(error), error.field) == (InvalidRequest, field)


# A clock may be 5 s behind or ahead.
GOOD_SPANS: list[dict[str, Any]] = [
    {"duration": 8 * 3600},
    {"ends_at": at(minutes=15)},
    {"ends_at": at(hours=8)},
    {"starts_at": at(seconds=-5), "ends_at": at(hours=1)},
    {"ends_at": at(minutes=14, seconds=55)},
    {"ends_at": at(hours=8, seconds=5)},
    {"starts_at": at(days=4, hours=10), "ends_at": at(days=4, hours=14)},
    {"starts_at": at(days=29, hours=23), "ends_at": at(days=30)},
]


@every("span", GOOD_SPANS)
def test_a_span_within_the_limits_is_accepted(span: dict[str, Any]) -> None:
    scene = a_scene_of_requests()
    request = stored(scene, ask(scene, **span).id)
    assert (request.duration, request.ends_at) == (span.get("duration"), span.get("ends_at"))
    start = span.get("starts_at")
    assert request.starts_at == (start if start and start > NOON else None)


def test_access_that_starts_30_days_ahead_can_be_requested(scene: Scene) -> None:
    scene.world.add(an_engagement(ends_at=at(days=60)), a_grant_on_request(ends_at=at(days=60)))
    span = {"starts_at": at(days=30), "ends_at": at(days=30, hours=1)}
    assert ask(scene, **span).starts_at == at(days=30)


def test_a_request_expires_with_its_requested_end_at_the_latest() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=7200))
    assert ask(scene).expires_at == at(hours=2)
    assert ask(scene, ends_at=at(hours=1)).expires_at == at(hours=1)


TICKETED = an_approval_policy(
    ticket_pattern="OPS-#", ticket_url="https://tickets.example.com/{ticket}"
)


@every("ticket", ["", "OPS-", "DEV-7", "ops-7", "OPS-7x"])
def test_a_ticket_that_is_missing_or_does_not_match_is_refused(ticket: str) -> None:
    error = refusal(a_scene_of_requests(TICKETED), ticket=ticket)
    assert (error.reason, error.field) == (Reason.BAD_VALUE, "ticket")
    assert "OPS-1234" in error.detail


def test_a_ticket_becomes_a_link() -> None:
    view = ask(a_scene_of_requests(TICKETED), ticket="OPS-7")
    assert (view.ticket, view.ticket_url) == ("OPS-7", "https://tickets.example.com/OPS-7")


def test_a_ticket_is_accepted_where_none_is_needed(scene: Scene) -> None:
    view = ask(scene, ticket="OPS-7")
    assert (view.ticket, view.ticket_url) == ("OPS-7", "")


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
