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
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.web.engagement_states import Tone
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.listing import list_engagements
from chalicelib.usecases.web.engagements.page import ENTRIES_SHOWN, read_engagement_page
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
from tests.rows import every

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
    scene.world.add(*items)
    return scene


def cannot_read(scene: Scene, kind: type) -> Scene:
    """Return the scene with ports that cannot read items of this kind."""
    state = scene.ports.state
    listed, fast_listed, got = state.list, state.list_without_stops, state.get_many

    def fail_or(read: Any) -> Any:
        def call(which: type, *more: Any, **by: Any) -> Any:
            if which is kind:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)
            return read(which, *more, **by)

        return call

    state.list = fail_or(listed)  # type: ignore[method-assign]
    state.list_without_stops = fail_or(fast_listed)  # type: ignore[method-assign]
    state.get_many = fail_or(got)  # type: ignore[method-assign]
    return scene


ENDED = a_role(ended_at=NOON, verification=None)
STATES = {
    "closed": (
        [an_engagement(closed_at=NOON - DAY)],
        "Over",
        "closed it on 23 November 2026, 12:00 UTC",
    ),
    "revoked": ([an_engagement(revoked_at=NOON)], "Over", "revoked it on 24 November"),
    "ended": ([an_engagement(ends_at=NOON)], "Over", "ended on 24 November 2026, 12:00 UTC"),
    "left": (
        [an_engagement(closed_at=NOON - DAY, access_removed_at=NOON)],
        "Left",
        "every role refuses",
    ),
    "no role": ([an_engagement()], "Invited", "has no role"),
    "ended role": (
        [an_engagement(), a_role(ended_at=NOON, verification=None)],
        "Invited",
        "has no role",
    ),
    "unchecked": ([an_engagement(), a_role(verification=None)], "Invited", "was checked yet"),
    "failed": ([an_engagement(), a_role(verification=FAILED)], "Invited", "has passed its last"),
    "proven": ([an_engagement(), a_role()], "Proven", "No one has a current grant."),
    "not begun": (
        [an_engagement(starts_at=NOON + DAY), a_role(), a_grant()],
        "Proven",
        "begins on 25 November 2026, 12:00 UTC",
    ),
    "active": ([an_engagement(), a_role(), a_grant()], "Active", "has a current grant"),
    "ending": ([an_engagement(ends_at=NOON + 14 * DAY), a_role()], "Ending", "within 14 days"),
}


@every("items, label, why", STATES.values())
def test_the_page_says_the_state_and_why(items: list[Any], label: str, why: str) -> None:
    page = read_engagement_page(scene_of(*items).ports, "acme-prod")
    assert page.state.label == label
    assert why in page.state.why
    assert page.unread == ()


def test_a_state_that_depends_on_grants_of_other_pages_is_left_open() -> None:
    ended = [a_grant(f"m{n:02}", ends_at=NOON) for n in range(30)]
    scene = scene_of(an_engagement(), a_role(), *ended)
    page = read_engagement_page(scene.ports, "acme-prod")
    assert page.state.label == "Ready"
    assert len(page.grants.items) == 25
    rest = read_engagement_page(scene.ports, "acme-prod", grants_cursor=page.grants.cursor)
    assert [grant.member for grant in rest.grants.items] == [f"m{n}" for n in range(25, 30)]
    assert rest.state.label == "Ready"


GRADES = {
    "ended": (ENDED, "Ended", Tone.PLAIN, "ended it on", ""),
    "new": (a_role(verification=None), "Not checked", Tone.WAIT, "present ARN", "created the role"),
    "another ID": (
        a_role(verification=a_verification(external_id="daypass-other")),
        "Not checked",
        Tone.WAIT,
        "external ID has changed",
        "Check the role again.",
    ),
    "first failure": (
        a_role(verification=FAILED),
        "F",
        Tone.BAD,
        CHECKS[Check.NO_ID].failed,
        CHECKS[Check.NO_ID].fix,
    ),
    "refused": (
        a_role(verification=REFUSED),
        "F",
        Tone.BAD,
        "Most likely cause: The account has no role of this name",
        "If Daypass asks for a new role, create it.",
    ),
    "unclear": (
        a_role(verification=a_verification(results={Check.RIGHT_ID: "passed"})),
        "F",
        Tone.BAD,
        "no clear answer",
        "Check the role again.",
    ),
    "to improve": (
        a_role(verification=a_verification(results=results(Check.TAGS))),
        "B",
        Tone.GOOD,
        "sts:TagSession",
        CHECKS[Check.TAGS].fix,
    ),
    "without names": (
        a_role(
            verification=a_verification(
                results=results(without=(Check.PREVIOUS_ID, Check.RETIRED_ID, Check.TAGS))
            )
        ),
        "B",
        Tone.GOOD,
        "cannot carry",
        "Check the role again.",
    ),
    "good": (a_role(), "A", Tone.GOOD, "refused the wrong ones that Daypass tried", ""),
}


@pytest.mark.parametrize(("role", "label", "tone", "reason", "fix"), GRADES.values(), ids=GRADES)
def test_a_role_has_its_grade_with_the_reason_and_the_fix(
    role: Role, label: str, tone: Tone, reason: str, fix: str
) -> None:
    page = read_engagement_page(scene_of(an_engagement(), role).ports, "acme-prod")
    (shown,) = page.roles
    assert (shown.label, shown.tone) == (label, tone)
    assert reason in shown.reason
    assert fix in shown.fix
    assert bool(shown.fix) == bool(fix)


def test_a_role_of_an_engagement_that_is_over_needs_no_fix() -> None:
    scene = scene_of(an_engagement(closed_at=NOON), a_role(verification=FAILED))
    page = read_engagement_page(scene.ports, "acme-prod")
    assert (page.roles[0].label, page.roles[0].fix) == ("F", "")


def test_an_imported_external_id_lowers_the_grade() -> None:
    scene = scene_of(an_engagement(external_id_imported=True), a_role())
    page = read_engagement_page(scene.ports, "acme-prod")
    assert (page.roles[0].label, page.roles[0].fix) == ("B", "Rotate the external ID.")


def test_an_override_in_force_is_shown() -> None:
    overrides = {"now": an_override(), "over": an_override(until=NOON)}
    roles = [a_role(name, override=override) for name, override in overrides.items()]
    page = read_engagement_page(scene_of(an_engagement(), *roles).ports, "acme-prod")
    assert {s.role.name: s.override for s in page.roles} == {"now": an_override(), "over": None}


STEPS = {
    "set up": ([an_engagement(), a_role("a", verification=None)], "Create a in their", True),
    "fix": ([an_engagement(), a_role("a", verification=FAILED), a_role("b")], "in a, and", True),
    "done": ([an_engagement(), a_role()], "Nothing: every role passed", False),
    "remove": (
        [an_engagement(closed_at=NOON - DAY), a_role("a"), a_role("b")],
        "through a and b",
        True,
    ),
    "none": ([an_engagement()], "has no role", False),
}


@pytest.mark.parametrize(("items", "step", "waits"), STEPS.values(), ids=STEPS)
def test_the_page_says_the_next_step_of_the_client(items: Any, step: str, *, waits: bool) -> None:
    page = read_engagement_page(scene_of(*items).ports, "acme-prod")
    assert step in page.client_step
    assert page.waits_for_client is waits


def test_the_page_shows_live_sessions_and_the_latest_entries() -> None:
    scene = a_scene()
    scene.world.entries += [
        an_intent(vend=f"{n:016x}", at=NOON - timedelta(minutes=n)) for n in range(80)
    ]
    page = read_engagement_page(scene.ports, "acme-prod")
    assert len(page.sessions) == 61  # an hour, and the seconds of a vend
    assert not page.has_more_sessions
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
    scene.world.entries.append(replace(newest, action=Action.ROLE_CHANGE, outcome=Outcome.DONE))
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
    scene = a_scene()
    scene.world.add(a_block(), a_block("acme-prod"))
    page = read_engagement_page(scene.ports, "acme-prod")
    assert page.freeze is not None
    assert page.pause is not None
    scene.world.add(a_block(lifted_at=NOON), a_block("acme-prod", lifted_at=NOON))
    page = read_engagement_page(scene.ports, "acme-prod")
    assert (page.freeze, page.pause) == (None, None)


@pytest.mark.parametrize(
    ("kind", "part", "field"), [(Role, "the roles", "roles"), (Grant, "the grants", "grants")]
)
def test_a_part_that_cannot_be_read_leaves_the_others(kind: type, part: str, field: str) -> None:
    page = read_engagement_page(cannot_read(a_scene(), kind).ports, "acme-prod")
    assert page.unread == (part,)
    assert getattr(page, field) is None
    assert page.entries is not None
    assert page.state.label == ("Unknown" if kind is Role else "Ready")


@pytest.mark.parametrize("read", [read_engagement_page, read_client_side, read_approvals])
def test_an_engagement_that_does_not_exist_is_not_found(read: Any) -> None:
    with pytest.raises(NotFound, match="no-such-engagement"):
        read(a_scene().ports, "acme-old")
    with pytest.raises(NotFound, match="no-such-role"):
        read_role_page(a_scene().ports, "acme-prod", "other")


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


def test_the_list_has_pages_with_the_worst_grade_of_each_engagement() -> None:
    scene = many(60)
    page = list_engagements(scene.ports)
    assert [row.engagement.id for row in page.rows] == [f"client-{n:03}" for n in range(25)]
    assert [(row.role_count, row.worst_grade) for row in page.rows[:6]] == [
        (0, ""),
        (1, "F"),
        (2, "Not checked"),
        (0, ""),
        (1, "F"),
        (2, "Not checked"),
    ]
    assert {row.state.label for row in page.rows} == {"Invited", "Ready"}
    assert (page.is_frozen, page.unread) == (False, ())
    ids, cursor = [], ""
    while True:
        page = list_engagements(scene.ports, cursor=cursor)
        ids += [row.engagement.id for row in page.rows]
        cursor = page.cursor
        if not cursor:
            break
    assert ids == [f"client-{n:03}" for n in range(60)]


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


@pytest.mark.parametrize(("prefix", "ids"), FILTERS.items())
def test_a_prefix_selects_engagements(prefix: str, ids: list[str]) -> None:
    scene = scene_of(*(an_engagement(name) for name in FILTERS[""]))
    page = list_engagements(scene.ports, prefix=prefix)
    assert [row.engagement.id for row in page.rows] == ids
    assert page.cursor == ""


def test_a_prefix_goes_on_over_pages() -> None:
    scene = many(60)
    first = list_engagements(scene.ports, prefix="client-01")
    assert [row.engagement.id for row in first.rows] == [f"client-{n:03}" for n in range(10, 20)]
    assert first.cursor == ""
    first = list_engagements(scene.ports, prefix="client-0")
    assert (len(first.rows), first.cursor) == (25, "client-024")


def test_engagements_beyond_the_roles_that_are_read_have_an_unknown_state() -> None:
    roles = [a_role(f"r{r}", engagement=f"client-{n:03}") for n in range(25) for r in range(20)]
    scene = scene_of(*(an_engagement(f"client-{n:03}") for n in range(25)), *roles)
    page = list_engagements(scene.ports)
    counts = [row.role_count for row in page.rows]
    assert counts == [20] * 8 + [None] * 17  # the ninth may have further roles
    assert {row.state.label for row in page.rows[8:]} == {"Unknown"}


def test_the_list_shows_who_is_paused_and_that_all_is_frozen() -> None:
    scene = many(2)
    scene.world.add(a_block("client-001"), a_block())
    page = list_engagements(scene.ports)
    assert [row.is_paused for row in page.rows] == [False, True]
    assert page.is_frozen is True


def test_a_list_without_a_part_still_shows_the_engagements() -> None:
    page = list_engagements(cannot_read(many(3), Role).ports)
    assert (len(page.rows), page.unread) == (3, ("roles",))
    scene = many(3)
    scene.world.fails_at("get_together", Unavailable(Reason.RECORDS_UNAVAILABLE))
    page = list_engagements(scene.ports)
    assert (len(page.rows), page.unread) == (3, ("pauses and frozen roles",))
    assert (page.is_frozen, {row.is_paused for row in page.rows}) == (None, {None})


def test_the_page_of_the_client_shows_links_and_cut_offs() -> None:
    scene = a_scene()
    scene.world.add(
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
    engagement = scene.ports.state.get(Engagement, "acme-prod")
    scene.world.add(
        replace(engagement, cut_off=CutOffMethod.BRAKE, cut_off_external_id="daypass-x")
    )
    page = read_client_side(scene.ports, "acme-prod")
    assert [(each.role.name, each.report.proven) for each in page.role_cut_offs] == [
        ("readonly", False)
    ]


def test_the_page_of_approvals_shows_policies_approvers_and_requests() -> None:
    scene = a_scene()
    other = a_request(
        "sam", id=a_request_id("sam"), engagement="other", created_at=NOON, role="deploy"
    )
    scene.world.add(
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
    scene = a_scene()
    scene.world.add(
        a_grant_on_request(),
        an_approval_policy(**policy),
        a_request(stops=("", "", "", "")),
        a_request("sam", id=a_request_id("sam"), engagement="other"),
        a_client_approver("jo", name="Jo Doe"),
        a_client_approver("kim", name="Kim Low"),
        a_client_approver("lou", revoked_at=NOON),
        a_client_approver("max", is_contact=True),
    )
    return scene


def test_the_page_names_the_requests_that_wait_and_who_can_answer_at_the_client() -> None:
    scene = a_waiting_scene(client=True)
    page = read_engagement_page(scene.ports, "acme-prod")
    (waiting,) = page.waiting
    assert waiting.message.startswith("It waits for a lead and the client until")
    assert page.client_step == (
        "Answer the request of alice for readonly. Jo Doe or Kim Low can do that."
    )
    assert not page.waits_for_client  # nothing to do at the page of the client's administrator
    assert not page.has_more_waiting


def test_a_request_that_does_not_wait_for_the_client_is_not_the_clients_step() -> None:
    page = read_engagement_page(a_waiting_scene().ports, "acme-prod")
    assert [request.member for request in page.waiting] == ["alice"]
    assert page.client_step == "Nothing: every role passed its last check."


def test_a_request_that_can_open_nothing_any_more_does_not_wait() -> None:
    scene = a_waiting_scene(client=True)
    scene.world.add(a_grant_on_request(revoked_at=NOON))
    assert read_engagement_page(scene.ports, "acme-prod").waiting == ()
    scene = a_waiting_scene(client=True)
    scene.world.later(hours=1)
    assert read_engagement_page(scene.ports, "acme-prod").waiting == ()


def test_the_page_shows_a_few_requests_and_says_that_there_are_more() -> None:
    scene = a_waiting_scene()
    members = [f"m-{n}" for n in range(5)]
    scene.world.add(*(a_request(name, id=a_request_id(name)) for name in members))
    assert read_engagement_page(scene.ports, "acme-prod").has_more_waiting


def test_the_page_says_that_the_requests_could_not_be_read() -> None:
    scene = cannot_read(a_waiting_scene(client=True), AccessRequest)
    page = read_engagement_page(scene.ports, "acme-prod")
    assert (page.waiting, page.unread) == ((), ("the undecided requests",))


def test_without_the_clients_approvers_the_page_names_the_request() -> None:
    scene = cannot_read(a_waiting_scene(client=True), ClientApprover)
    page = read_engagement_page(scene.ports, "acme-prod")
    assert page.client_step == "Answer the request of alice for readonly."


def test_the_page_of_a_role_shows_the_report_with_commands() -> None:
    scene = scene_of(an_engagement(), a_role(verification=FAILED), an_approval_policy("readonly"))
    page = read_role_page(scene.ports, "acme-prod", "readonly")
    assert any(line.commands for line in page.report.lines)
    assert (page.has_own_policy, page.cut_off) == (True, None)
