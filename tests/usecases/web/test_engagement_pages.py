"""The pages about engagements show what is stored, also if a part of it cannot be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.listing import EngagementListPage, list_engagements
from chalicelib.usecases.web.engagements.page import (
    ENTRIES_SHOWN,
    EngagementPage,
    read_engagement_page,
)
from chalicelib.usecases.web.engagements.role import read_role_page
from tests.builders import (
    Scene,
    a_block,
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_link,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_scene,
    a_verification,
    an_approval_policy,
    an_engagement,
    an_intent,
    an_override,
    results,
)
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.web.unreadable import UNAVAILABLE, cannot_read

DAY = timedelta(days=1)
FAILED = a_verification(
    results=results(Check.NO_ID), causes=(Cause.ROLE_MISSING, Cause.JUST_CHANGED)
)
REFUSED = a_verification(
    results=results(Check.RIGHT_ID), causes=(Cause.ROLE_MISSING, Cause.JUST_CHANGED)
)


def scene_of(*items: Any) -> Scene:
    """Return a scene with this engagement, these roles and these grants of acme-prod, and no
    others."""
    scene = a_scene()
    for key in [key for key in scene.world.items if key[0] in (Engagement, Role, Grant)]:
        del scene.world.items[key]
    scene.add(*items)
    return scene


def page_of(*items: Any) -> EngagementPage:
    return read_engagement_page(scene_of(*items).ports, "acme-prod")


ENDED = a_role(ended_at=NOON, verification=None)
WITHOUT_NAMES = results(without=(Check.PREVIOUS_ID, Check.RETIRED_ID, Check.TAGS))
SITUATIONS: dict[str, list[Item]] = {
    "no role": [an_engagement()],
    "closed": [an_engagement(closed_at=NOON - DAY), a_role("a"), a_role("b")],
    "revoked": [an_engagement(revoked_at=NOON)],
    "past its end": [an_engagement(ends_at=NOON)],
    "left": [an_engagement(closed_at=NOON - DAY, access_removed_at=NOON)],
    "over, with a role that failed": [an_engagement(closed_at=NOON), a_role(verification=FAILED)],
    "an ended role": [ENDED],
    "an unchecked role": [a_role(verification=None)],
    "a failed role": [a_role(verification=FAILED)],
    "a failed role and another": [a_role("a", verification=FAILED), a_role("b")],
    "a role that refuses Daypass": [a_role(verification=REFUSED)],
    "no clear answer": [a_role(verification=a_verification(results={Check.RIGHT_ID: "passed"}))],
    "checked with another external ID": [
        a_role(verification=a_verification(external_id="daypass-other"))
    ],
    "something to improve": [a_role(verification=a_verification(results=results(Check.TAGS)))],
    "probes that cannot carry names": [a_role(verification=a_verification(results=WITHOUT_NAMES))],
    "an imported external ID": [an_engagement(external_id_imported=True), a_role()],
    "overrides": [
        a_role("now", override=an_override()),
        a_role("x", override=an_override(until=NOON)),
    ],
    "proven": [a_role()],
    "not begun": [an_engagement(starts_at=NOON + DAY), a_role(), a_grant()],
    "active": [a_role(), a_grant()],
    "ending": [an_engagement(ends_at=NOON + 14 * DAY), a_role()],
}


@pytest.mark.golden
def test_the_page_gives_states_grades_and_the_clients_next_step_with_reasons() -> None:
    lines = []
    for name, items in SITUATIONS.items():
        page = page_of(an_engagement(), *items)
        assert page.unread == ()
        lines += [f"# {name}: {page.state.label}. {page.state.why}"]
        lines += [f"Client (waits: {page.waits_for_client}): {page.client_step}"]
        for role in page.roles:
            lines += [f"- {role.role.name}: {role.label} ({role.tone}). {role.reason}"]
            lines += [f"  Fix: {role.fix}"] if role.fix else []
            lines += [f"  Override: {role.override.why}"] if role.override else []
    hold_against_file("engagements/states.txt", "\n".join(lines))


def test_a_state_that_depends_on_grants_of_other_pages_is_left_open() -> None:
    ended = [a_grant(f"m{n:02}", ends_at=NOON) for n in range(30)]
    scene = scene_of(an_engagement(), a_role(), *ended)
    page = read_engagement_page(scene.ports, "acme-prod")
    assert page.state.label == "Ready"
    assert len(page.grants.items) == 25
    rest = read_engagement_page(scene.ports, "acme-prod", grants_cursor=page.grants.cursor)
    assert [grant.member for grant in rest.grants.items] == [f"m{n}" for n in range(25, 30)]
    assert rest.state.label == "Ready"


def test_the_page_shows_live_sessions_and_the_latest_entries() -> None:
    scene = a_scene()
    scene.world.entries += [
        an_intent(vend=f"{n:016x}", at=NOON - timedelta(minutes=n)) for n in range(80)
    ]
    page = read_engagement_page(scene.ports, "acme-prod")
    assert len(page.sessions) == 61  # an hour, and the seconds of a vend
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
    page = read_engagement_page(scene.ports, "acme-prod")
    assert [(entry.at - NOON).seconds // 60 for entry in page.entries] == [4, 3, 1]


def test_the_entries_of_the_last_vend_stay_together() -> None:
    scene = a_scene()
    newest = an_intent(vend="", at=NOON + timedelta(minutes=1))
    scene.entries.append(replace(newest, action=Action.ROLE_CHANGE, outcome=Outcome.DONE))
    for n in range(20):
        intent = an_intent(vend=f"{n:016x}", at=NOON - timedelta(minutes=n))
        outcome = build_outcome_entry(intent, Outcome.FAILED, at=intent.at)
        scene.world.entries += [intent, outcome]
    page = read_engagement_page(scene.ports, "acme-prod")
    assert len(page.entries) == ENTRIES_SHOWN + 1
    assert page.entries[-1].outcome is Outcome.INTENDED


def test_the_page_says_if_further_sessions_may_be_alive() -> None:
    scene = a_scene()
    scene.world.entries += [an_intent(vend=f"{n:016x}") for n in range(160)]
    assert read_engagement_page(scene.ports, "acme-prod").has_more_sessions


def test_a_freeze_and_a_pause_are_shown_while_in_force() -> None:
    scene = a_scene(a_block(), a_block("acme-prod"))
    page = read_engagement_page(scene.ports, "acme-prod")
    assert page.freeze
    assert page.pause
    scene.add(a_block(lifted_at=NOON), a_block("acme-prod", lifted_at=NOON))
    page = read_engagement_page(scene.ports, "acme-prod")
    assert (page.freeze, page.pause) == (None, None)


@every("kind, part, field", [(Role, "the roles", "roles"), (Grant, "the grants", "grants")])
def test_a_part_that_cannot_be_read_leaves_the_others(kind: type, part: str, field: str) -> None:
    page = read_engagement_page(cannot_read(a_scene(), kind).ports, "acme-prod")
    assert page.unread == (part,)
    assert getattr(page, field) is None
    assert page.entries is not None
    assert page.state.label == ("Unknown" if kind is Role else "Ready")


def test_a_role_that_does_not_exist_is_not_found() -> None:
    assert (
        refusal_of(NotFound, read_role_page, a_scene().ports, "acme-prod", "other")
        == "no-such-role"
    )


def many(count: int) -> Scene:
    """Return a scene with this many engagements, whose roles have different grades."""
    grades = [a_verification(), FAILED, None]
    engagements = [an_engagement(f"client-{n:03}") for n in range(count)]
    roles = [
        a_role(f"r{r}", engagement=each.id, verification=grades[(n + r) % 3])
        for n, each in enumerate(engagements)
        for r in range(n % 3)
    ]
    return scene_of(*engagements, *roles)


def ids_of(page: EngagementListPage) -> list[str]:
    return [row.engagement.id for row in page.rows]


def test_the_list_has_pages_with_the_worst_grade_of_each_engagement() -> None:
    scene = many(60)
    page = list_engagements(scene.ports)
    shown = [(row.role_count, row.worst_grade, row.state.label) for row in page.rows[:3]]
    assert shown == [(0, "", "Invited"), (1, "F", "Invited"), (2, "Not checked", "Ready")]
    assert (page.is_frozen, page.unread) == (False, ())
    ids = ids_of(page)
    assert len(ids) == 25
    while page.cursor:
        page = list_engagements(scene.ports, cursor=page.cursor)
        ids += ids_of(page)
    assert ids == [f"client-{n:03}" for n in range(60)]
    page = list_engagements(scene.ports, prefix="client-01")
    assert (ids_of(page), page.cursor) == (ids[10:20], "")
    page = list_engagements(scene.ports, prefix="client-0")
    assert (ids_of(page), page.cursor) == (ids[:25], "client-024")


FILTERS = {
    "": ["a", "ab", "ab-1", "ab2", "abc", "b", "b-a"],
    "a": ["a", "ab", "ab-1", "ab2", "abc"],
    "ab": ["ab", "ab-1", "ab2", "abc"],
    "ab-": ["ab-1"],
    "ab2": ["ab2"],
    "b-a": ["b-a"],
    "c": [],
    "a\x00": [],
    "Ä": [],
}


@every("prefix, ids", FILTERS.items())
def test_a_prefix_selects_engagements(prefix: str, ids: list[str]) -> None:
    scene = scene_of(*(an_engagement(name) for name in FILTERS[""]))
    page = list_engagements(scene.ports, prefix=prefix)
    assert (ids_of(page), page.cursor) == (ids, "")


def test_engagements_beyond_the_roles_that_are_read_have_an_unknown_state() -> None:
    roles = [a_role(f"r{r}", engagement=f"client-{n:03}") for n in range(25) for r in range(20)]
    scene = scene_of(*(an_engagement(f"client-{n:03}") for n in range(25)), *roles)
    page = list_engagements(scene.ports)
    counts = [row.role_count for row in page.rows]
    assert counts == [20] * 8 + [None] * 17  # the ninth may have further roles
    assert {row.state.label for row in page.rows[8:]} == {"Unknown"}


def test_the_list_shows_who_is_paused_and_that_all_is_frozen() -> None:
    scene = many(2)
    scene.add(a_block("client-001"), a_block())
    page = list_engagements(scene.ports)
    assert [row.is_paused for row in page.rows] == [False, True]
    assert page.is_frozen is True


def test_a_list_without_a_part_still_shows_the_engagements() -> None:
    page = list_engagements(cannot_read(many(3), Role).ports)
    assert (len(page.rows), page.unread) == (3, ("roles",))
    scene = many(3)
    scene.fails_at("get_together", UNAVAILABLE)
    page = list_engagements(scene.ports)
    assert (len(page.rows), page.unread) == (3, ("pauses and shut roles",))
    assert (page.is_frozen, {row.is_paused for row in page.rows}) == (None, {None})


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
        a_client_approver("kim", revoked_at=NOON),
        a_client_approver("lou"),
        a_request(),
        other,
    )
    page = read_approvals(scene.ports, "acme-prod")
    shown = [(each.role, each.policy.people, each.is_own) for each in page.policies]
    assert shown[:2] == [("", 1, True), ("readonly", 1, False)]
    assert [person.id for person in page.approvers] == ["lou", "kim"]
    assert [request.member for request in page.requests] == ["alice"]
    page = read_approvals(cannot_read(scene, AccessRequest).ports, "acme-prod")
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


def read_waiting(scene: Scene) -> EngagementPage:
    return read_engagement_page(scene.ports, "acme-prod")


def test_the_page_names_the_requests_that_wait_and_who_can_answer_at_the_client() -> None:
    page = read_waiting(a_waiting_scene(client=True))
    (waiting,) = page.waiting
    assert waiting.message.startswith("It waits for a lead and the client until")
    answer = "Answer the request of alice for readonly."
    assert page.client_step == f"{answer} Jo Doe or Kim Low can do that."
    # Nothing to do at the page of the client's administrator.
    assert (page.waits_for_client, page.has_more_waiting) == (False, False)
    page = read_waiting(cannot_read(a_waiting_scene(client=True), ClientApprover))
    assert page.client_step == answer
    page = read_waiting(cannot_read(a_waiting_scene(client=True), AccessRequest))
    assert (page.waiting, page.unread) == ((), ("the undecided requests",))


def test_a_request_that_does_not_wait_for_the_client_is_not_the_clients_step() -> None:
    scene = a_waiting_scene()
    members = [f"m-{n}" for n in range(5)]
    scene.add(*(a_request(name, id=a_request_id(name)) for name in members))
    page = read_waiting(scene)
    assert [request.member for request in page.waiting] == ["alice"]
    assert page.has_more_waiting
    assert page.client_step == "Nothing: every role passed its last check."


def test_a_request_that_can_open_nothing_any_more_does_not_wait() -> None:
    scene = a_waiting_scene(client=True)
    scene.add(a_grant_on_request(revoked_at=NOON))
    assert read_waiting(scene).waiting == ()
    scene = a_waiting_scene(client=True)
    scene.later(hours=1)
    assert read_waiting(scene).waiting == ()


def test_the_page_of_a_role_shows_the_report_with_commands() -> None:
    scene = scene_of(an_engagement(), a_role(verification=FAILED), an_approval_policy("readonly"))
    page = read_role_page(scene.ports, "acme-prod", "readonly")
    assert any(line.commands for line in page.report.lines)
    assert (page.has_own_policy, page.cut_off) == (True, None)
