"""The pages about engagements show what is stored, also if a part of it cannot be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.life import EngagementState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.page import (
    ENTRIES_SHOWN,
    EngagementDetails,
    read_engagement_page,
)
from chalicelib.usecases.web.engagements.role import read_role_page
from tests.builders import (
    Scene,
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_link,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_scene,
    an_approval_policy,
    an_engagement,
    an_intent,
)
from tests.fakes import NOON
from tests.usecases.engagements.test_listing import scene_of
from tests.usecases.refusals import refusal_of
from tests.usecases.web.unreadable import cannot_read

DAY = timedelta(days=1)


def page_of(scene: Scene, **cursor: str) -> EngagementDetails:
    return scene.do(read_engagement_page, "acme-prod", **cursor)


def test_the_grants_have_pages_and_the_state_depends_on_all_of_them() -> None:
    ended = [a_grant(f"m{n:02}", ends_at=NOON) for n in range(30)]
    scene = scene_of(an_engagement(), a_role(), *ended, a_grant("zoe"))
    page = page_of(scene)
    assert (len(page.grants.items), page.row.state) == (25, EngagementState.ACTIVE)
    rest = page_of(scene, grants_cursor=page.grants.cursor)
    assert [grant.member for grant in rest.grants.items] == [f"m{n}" for n in range(25, 30)] + [
        "zoe"
    ]


def test_the_page_shows_live_sessions_and_the_latest_entries() -> None:
    scene = a_scene()
    scene.world.entries += [
        an_intent(vend=f"{n:016x}", at=NOON - timedelta(minutes=n)) for n in range(80)
    ]
    page = page_of(scene)
    assert (len(page.sessions.items), bool(page.sessions.cursor)) == (25, True)
    assert [entry.at for entry in page.entries] == [
        NOON - timedelta(minutes=n) for n in range(ENTRIES_SHOWN)
    ]


def test_an_intent_is_shown_only_while_its_outcome_is_missing() -> None:
    scene = a_scene()
    facts = {"vend": "", "action": Action.ROLE_VERIFY, "details": {}}
    steps = (
        (1, "readonly", Outcome.INTENDED),  # interrupted
        (2, "readonly", Outcome.INTENDED),
        (3, "deploy", Outcome.INTENDED),
        (4, "readonly", Outcome.DONE),
    )
    scene.world.entries += [
        replace(
            an_intent(vend=f"{n:016x}", at=NOON + timedelta(minutes=n)),
            role=role,
            outcome=outcome,
            **facts,
        )
        for n, role, outcome in steps
    ]
    page = page_of(scene)
    assert [(entry.at - NOON).seconds // 60 for entry in page.entries] == [4, 3, 1]


def test_the_entries_of_the_last_vend_stay_together() -> None:
    scene = a_scene()
    newest = an_intent(vend="", at=NOON + timedelta(minutes=1))
    scene.entries.append(replace(newest, action=Action.ROLE_CHANGE, outcome=Outcome.DONE))
    for n in range(20):
        intent = an_intent(vend=f"{n:016x}", at=NOON - timedelta(minutes=n))
        outcome = build_outcome_entry(intent, Outcome.FAILED, at=intent.at)
        scene.world.entries += [intent, outcome]
    page = page_of(scene)
    assert len(page.entries) == ENTRIES_SHOWN + 1
    assert page.entries[-1].outcome is Outcome.INTENDED


def test_a_role_that_does_not_exist_is_not_found() -> None:
    assert (
        refusal_of(NotFound, read_role_page, a_scene().ports, "acme-prod", "other")
        == "no-such-role"
    )


def test_the_page_of_the_client_shows_links_and_cut_offs() -> None:
    scene = a_scene(
        a_member("mallory"),
        a_link("a" * 52, created_at=NOON - 3 * DAY),
        a_link("b" * 52, created_at=NOON - 2 * DAY, revoked_at=NOON),
        a_link("c" * 52, created_at=NOON - 1 * DAY, expires_at=NOON),
        a_link("d" * 52, created_at=NOON, created_by="mallory"),
        a_link("e" * 52, created_at=NOON - 100 * DAY),
    )
    page = read_client_side(scene.ports, "acme-prod")
    assert [shown.status for shown in page.links] == ["works", "works", "off", "expired", "revoked"]
    assert (page.role_cut_offs, page.cut_offs, page.unread) == ((), (), ())
    scene.add(an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id="daypass-x"))
    (shown,) = read_client_side(scene.ports, "acme-prod").role_cut_offs
    assert (shown.role.name, shown.report.proven) == ("readonly", False)


def test_the_page_of_approvals_shows_policies_approvers_and_requests() -> None:
    scene = a_scene()
    other = a_request(
        "sam", id=a_request_id("sam"), engagement="other", created_at=NOON, role="deploy"
    )
    scene.add(
        an_approval_policy(),
        a_grant_on_request(),
        a_client_approver("kim", revoked_at=NOON),
        a_client_approver("lou"),
        a_request(stops=("", "", "", "")),
        other,
    )
    page = scene.do(read_approvals, "acme-prod")
    shown = [(each.role, each.policy.people, each.is_own) for each in page.policies]
    assert shown[:2] == [("", 1, True), ("readonly", 1, False)]
    assert [person.id for person in page.approvers] == ["lou", "kim"]
    assert [request.member for request in page.requests.items] == ["alice"]
    page = cannot_read(scene, AccessRequest).do(read_approvals, "acme-prod")
    assert (page.requests, page.unread) == (None, ("the undecided requests",))


def a_waiting_scene(**policy: Any) -> Scene:
    """Return a scene in which alice waits for access to acme-prod, and jo and kim may approve at
    the client. lou's right is revoked, and max is a contact."""
    return a_scene(
        a_grant_on_request(),
        an_approval_policy(**policy),
        a_request(stops=("", "", "", "")),
        a_request("sam", id=a_request_id("sam"), engagement="other"),
        a_client_approver("jo", name="Jo Doe"),
        a_client_approver("kim", name="Kim Low"),
        a_client_approver("lou", revoked_at=NOON),
        a_client_approver("max", is_contact=True),
    )


def test_the_page_names_the_requests_that_wait_and_who_can_answer_at_the_client() -> None:
    page = page_of(a_waiting_scene(client=True))
    (waiting,) = page.waiting.items
    assert waiting.message.startswith("It waits for a lead and the client until")
    answer = "Answer the request of alice for readonly."
    assert page.client_step == f"{answer} Jo Doe or Kim Low can do that."
    # Nothing to do at the page of the client's administrator.
    assert (page.waits_for_client, page.waiting.cursor) == (False, "")
    page = page_of(cannot_read(a_waiting_scene(client=True), ClientApprover))
    assert page.client_step == answer
    page = page_of(cannot_read(a_waiting_scene(client=True), AccessRequest))
    assert (page.waiting, page.unread) == (None, ("the undecided requests",))


def test_a_request_that_does_not_wait_for_the_client_is_not_the_clients_step() -> None:
    page = page_of(a_waiting_scene())
    assert [request.member for request in page.waiting.items] == ["alice"]
    assert page.client_step == "Nothing: every role passed its last check."


def test_a_request_that_can_open_nothing_any_more_does_not_wait() -> None:
    scene = a_waiting_scene(client=True)
    scene.add(a_grant_on_request(revoked_at=NOON))
    assert page_of(scene).waiting.items == ()
    scene = a_waiting_scene(client=True)
    scene.later(hours=1)
    assert page_of(scene).waiting.items == ()
