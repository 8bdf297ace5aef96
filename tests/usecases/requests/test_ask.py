"""Requests for access: who may send one, for which time, with which ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, InvalidRequest
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import CallerKind
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

SECONDS = timedelta(seconds=1)


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


def test_the_asker_sees_whom_it_waits_for_and_until_when(scene: Scene) -> None:
    view = ask(scene)

    assert view.waiting_for == ("a lead or bob",)
    assert view.message == "It waits for a lead or bob until 24 November 2026, 13:00 UTC."


def test_an_outsider_gets_the_same_answer_for_every_engagement(scene: Scene) -> None:
    errors = [refusal(scene, "carol", engagement) for engagement in ("acme-prod", "nowhere")]

    assert [type(error) for error in errors] == [AccessDenied, AccessDenied]
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NOT_A_MEMBER


REFUSED: dict[str, tuple[Any, Reason]] = {
    "closed": (an_engagement(closed_at=NOON), Reason.ENGAGEMENT_CLOSED),
    "revoked": (an_engagement(revoked_at=NOON), Reason.ENGAGEMENT_REVOKED),
    "over": (an_engagement(ends_at=NOON), Reason.ENGAGEMENT_CLOSED),
    "grant revoked": (a_grant_on_request(revoked_at=NOON), Reason.GRANT_NOT_CURRENT),
    "grant later": (a_grant_on_request(starts_at=at(days=1)), Reason.GRANT_NOT_CURRENT),
    "role ended": (a_role(ended_at=NOON), Reason.ROLE_NOT_GRANTED),
    "role not granted": (a_grant(roles=frozenset({"deploy"})), Reason.ROLE_NOT_GRANTED),
    "role unverified": (a_role(verification=None), Reason.ROLE_UNVERIFIED),
}


@pytest.mark.parametrize(("item", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_on_the_trail_with_its_target(scene: Scene, item: Any, reason: Reason) -> None:
    scene.world.add(item)

    assert refusal(scene).reason is reason
    (entry,) = scene.world.entries
    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, reason)
    assert (entry.engagement, entry.role, entry.details["said"]) == (
        "acme-prod",
        "readonly",
        "INC-7",
    )


def test_an_engagement_that_does_not_exist_gets_no_partition_on_the_trail(scene: Scene) -> None:
    refusal(scene, engagement="nowhere")
    (entry,) = scene.world.entries
    assert (entry.engagement, entry.details["asked_for"]) == ("", "nowhere")


def test_an_auditor_can_request_nothing(scene: Scene) -> None:
    scene.world.add(a_grant_on_request("ada"))
    assert refusal(scene, "ada").reason is Reason.NOT_A_MEMBER


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


def test_an_agent_may_not_ask_where_agents_are_refused(scene: Scene) -> None:
    scene.world.add(an_engagement(agents=AgentAccess.REFUSE))
    assert refusal(scene, caller=CallerKind.AGENT).reason is Reason.AGENTS_REFUSED


NO_APPROVERS: dict[str, tuple[dict[str, Any], Reason]] = {
    "no one": ({"leads": False, "people": 0}, Reason.REQUESTS_NOT_ALLOWED),
    "the asker alone": (
        {"leads": False, "members": frozenset({"alice"})},
        Reason.REQUESTS_NOT_ALLOWED,
    ),
    "one besides the asker, of two": (
        {"leads": False, "people": 2, "members": frozenset({"alice", "bob"})},
        Reason.REQUESTS_NOT_ALLOWED,
    ),
    "someone suspended": (
        {"leads": False, "members": frozenset({"sam"})},
        Reason.REQUESTS_NOT_ALLOWED,
    ),
    "an auditor": ({"leads": False, "members": frozenset({"ada"})}, Reason.REQUESTS_NOT_ALLOWED),
    "the client, without an approver": ({"client": True}, Reason.NO_CLIENT_APPROVER),
}


@pytest.mark.parametrize(("policy", "reason"), NO_APPROVERS.values(), ids=NO_APPROVERS)
def test_a_request_that_no_one_could_approve_is_refused(
    policy: dict[str, Any], reason: Reason
) -> None:
    scene = a_scene_of_requests(an_approval_policy(**policy))
    scene.world.add(a_client_approver(revoked_at=NOON))
    error = refusal(scene)
    assert (type(error), error.reason) == (Conflict, reason)


def test_a_lead_may_ask_and_another_lead_approves() -> None:
    scene = a_scene_of_requests(an_approval_policy())
    scene.world.add(a_grant_on_request("lena"))
    assert ask(scene, "lena").waiting_for == ("a lead",)


def test_the_only_lead_is_told_that_no_one_could_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy())
    scene.world.add(
        a_grant_on_request("lena"),
        a_member("mia", kind=Kind.MEMBER),
        Leads(members=frozenset({"lena"})),
    )
    assert refusal(scene, "lena").reason is Reason.REQUESTS_NOT_ALLOWED


def test_where_the_client_decides_a_standing_grant_needs_a_request_too() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0))
    scene.world.add(a_grant(), an_engagement(requires_client_approval=True))
    assert ask(scene).waiting_for == ("the client",)


def later(**by: float) -> Any:
    return at(**by)


SPANS: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"duration": None}, "ends_at"),
    "a start alone": ({"starts_at": later(hours=1)}, "ends_at"),
    "a duration and an end": ({"duration": 3600, "ends_at": later(hours=1)}, "duration"),
    "a duration and a start": ({"duration": 3600, "starts_at": later(hours=1)}, "duration"),
    "reversed": ({"starts_at": later(hours=2), "ends_at": later(hours=1)}, "ends_at"),
    "empty": ({"starts_at": later(hours=1), "ends_at": later(hours=1)}, "ends_at"),
    "past": ({"ends_at": NOON - SECONDS}, "ends_at"),
    "a start in the past": (
        {"starts_at": NOON - 6 * SECONDS, "ends_at": later(hours=1)},
        "starts_at",
    ),
    "too short": ({"ends_at": later(minutes=14, seconds=54)}, "ends_at"),
    "longer than the policy allows": ({"duration": 8 * 3600 + 60}, "duration"),
    "an end later than the policy allows": ({"ends_at": later(hours=8, seconds=6)}, "ends_at"),
    "too far ahead": (
        {"starts_at": later(days=30, seconds=6), "ends_at": later(days=30, hours=1)},
        "starts_at",
    ),
    "beyond the grant": (
        {"starts_at": later(days=29, hours=23), "ends_at": later(days=30, seconds=1)},
        "ends_at",
    ),
}


@pytest.mark.parametrize(("span", "field"), SPANS.values(), ids=SPANS)
def test_an_impossible_span_is_refused(scene: Scene, span: dict[str, Any], field: str) -> None:
    error = refusal(scene, **span)
    assert (type(error), error.field) == (InvalidRequest, field)


GOOD_SPANS: dict[str, dict[str, Any]] = {
    "the longest duration": {"duration": 8 * 3600},
    "the shortest end": {"ends_at": later(minutes=15)},
    "the longest end": {"ends_at": later(hours=8)},
    "a start by a clock that is 5 s behind": {
        "starts_at": NOON - 5 * SECONDS,
        "ends_at": later(hours=1),
    },
    "the shortest end by a clock that is 5 s behind": {"ends_at": later(minutes=14, seconds=55)},
    "the longest end by a clock that is 5 s ahead": {"ends_at": later(hours=8, seconds=5)},
    "on Saturday night": {"starts_at": later(days=4, hours=10), "ends_at": later(days=4, hours=14)},
    "until the grant ends": {
        "starts_at": later(days=29, hours=23),
        "ends_at": later(days=30),
    },
}


@pytest.mark.parametrize("span", GOOD_SPANS.values(), ids=GOOD_SPANS)
def test_a_span_within_the_limits_is_accepted(scene: Scene, span: dict[str, Any]) -> None:
    request = stored(scene, ask(scene, **span).id)
    assert (request.duration, request.ends_at) == (span.get("duration"), span.get("ends_at"))
    start = span.get("starts_at")
    assert request.starts_at == (start if start and start > NOON else None)


def test_access_that_starts_30_days_ahead_can_be_requested(scene: Scene) -> None:
    scene.world.add(
        an_engagement(ends_at=later(days=60)), a_grant_on_request(ends_at=later(days=60))
    )
    span = {"starts_at": later(days=30), "ends_at": later(days=30, hours=1)}
    assert ask(scene, **span).starts_at == later(days=30)


def test_a_request_expires_with_its_requested_end_at_the_latest() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=7200))
    assert ask(scene).expires_at == at(hours=2)
    assert ask(scene, ends_at=at(hours=1)).expires_at == at(hours=1)


TICKETED = an_approval_policy(
    ticket_pattern="OPS-#", ticket_url="https://tickets.example.com/{ticket}"
)


@pytest.mark.parametrize("ticket", ["", "OPS-", "DEV-7", "ops-7", "OPS-7x"])
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
