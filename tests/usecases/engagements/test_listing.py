"""The state of an engagement follows from what is stored, with few reads for a page. All lists and
pages show the same roles that Daypass shut."""

from collections import Counter

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement, Grant
from chalicelib.domain.engagements.life import EngagementState
from chalicelib.domain.engagements.role_grades import grade_role
from chalicelib.domain.engagements.roles import Role
from chalicelib.usecases.engagements.listing import ENGAGEMENTS, read_engagement
from chalicelib.usecases.onboarding.client_page import build_client_page
from chalicelib.usecases.selections import SearchFilters
from tests.builders import (
    LINK_TEXT,
    ROLE_ARN,
    a_block,
    a_grant,
    a_role,
    a_scene,
    a_seen_cut_off,
    a_verification,
    an_engagement,
    an_override,
    results,
    role_cut_offs,
)
from tests.fakes import DAY, NOON, at
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.unreadable import UNAVAILABLE, calls_of, cannot_read

INVITED, FAILING, PROVEN, ACTIVE, ENDING, OVER, LEFT, SHUT, UNKNOWN = EngagementState


def scene_of(*items):
    """Return a scene with these engagements, roles and grants, and no others."""
    scene = a_scene()
    for item in (*scene.find(Engagement), *scene.find(Role), *scene.find(Grant)):
        del scene.items[at(item)]
    scene.add(*items)
    return scene


def read(scene, id="acme-prod"):
    return read_engagement(scene.ports, id)


def page_of(scene, **filters):
    return ENGAGEMENTS.ask(scene.ports, scene.caller(), SearchFilters(**filters))


def rows_of(scene, limit=50, **selected):
    """Return the rows that all pages of this size show."""
    rows = {}
    cursor = None
    while cursor != "":
        page = page_of(scene, limit=limit, cursor=cursor or "", **selected)
        assert len(page.items) <= min(limit, 25)
        rows |= {row.engagement.id: row for row in page.items}
        cursor = page.cursor
    return rows


def many_engagements():
    """Return a scene with an engagement in each state. Some IDs begin like another one."""
    scene = a_scene()
    for state, facts, *items in (
        ("active", {}, a_role("one", verification=None), a_role("two"), a_grant()),
        ("active-2", {}),
        ("ending", {"ends_at": NOON + 14 * DAY}, a_role()),
        ("left", {"ends_at": NOON, "access_removed_at": NOON}, a_role(), a_grant()),
        ("over", {"ends_at": NOON}, a_role(), a_grant()),
        ("proven", {}, a_role(), a_grant(revoked_at=NOON)),
    ):
        scene.add(an_engagement(state, **facts))
        scene.add(*(replace(item, engagement=state) for item in items))
    return scene


@every("limit", [1, 2, 3, 50])
def test_each_page_shows_the_rows_of_the_engagements(limit):
    scene = many_engagements()
    listed = rows_of(scene, limit)
    assert listed == {name: read(scene, name) for name in listed}
    states = {name: row.state for name, row in listed.items()}
    shown = [EngagementState(name) for name in states if name in set(EngagementState)]
    assert shown == [ACTIVE, ENDING, LEFT, OVER, PROVEN]
    assert [states[state] for state in shown] == shown
    assert states["active-2"] is INVITED
    assert list(rows_of(scene, limit, q="active")) == ["active", "active-2"]


def test_a_page_reads_grants_only_where_the_state_depends_on_them():
    scene = many_engagements()
    reads = calls_of(scene.ports.state, "list")
    by_state = Counter(row.state for row in rows_of(scene).values())
    grants = by_state[ACTIVE] + by_state[PROVEN]
    assert Counter(reads) == {(Engagement,): 1, (Role,): 1, (Grant,): grants}


def test_a_current_grant_after_two_hundred_ended_ones_counts():
    scene = many_engagements()
    ended = (a_grant(f"a{number:03}", engagement="proven", ends_at=NOON) for number in range(250))
    scene.add(*ended)
    assert read(scene, "proven").state is PROVEN
    scene.add(a_grant("zoe", engagement="proven"))
    assert rows_of(scene)["proven"].state is ACTIVE


@every(
    "pause, paused_at",
    [
        (a_block("acme-prod"), NOON),
        (a_block("acme-prod", lifted_at=NOON), None),
        (a_block("globex"), None),
        (a_block(), None),
    ],
)
def test_a_lead_sees_that_the_client_paused(pause, paused_at):
    scene = a_scene(pause)
    assert {read(scene).paused_at, rows_of(scene)["acme-prod"].paused_at} == {paused_at}
    assert bool(read(scene).freeze) is (pause == a_block())
    note = "The client paused it on 24 November 2026, 12:00 UTC."
    assert read(scene).note == (note if paused_at else "")


FAILED, REFUSED = (
    a_verification(results=results(check), causes=("role-missing", "just-changed"))
    for check in ("no-external-id", "right-external-id")
)
ENDED = a_role(ended_at=NOON, verification=None)
WITHOUT_NAMES = results(without=("former-external-id", "retired-external-id", "session-tags"))
SHUT_ROLE = role_cut_offs(method=CutOffMethod.DENY_ALL, shut_at=NOON, shut_by="lena")


LEFT_BEHIND = an_engagement(closed_at=NOON - DAY, access_removed_at=NOON)


def checked(**proof):
    return a_role(verification=a_verification(**proof))


SITUATIONS = {
    "no role": [an_engagement()],
    "closed": [an_engagement(closed_at=NOON - DAY), a_role("a"), a_role("b")],
    "revoked": [an_engagement(revoked_at=NOON)],
    "past its end": [an_engagement(ends_at=NOON)],
    "left": [LEFT_BEHIND],
    "over, with a role that failed": [an_engagement(closed_at=NOON), a_role(verification=FAILED)],
    "an ended role": [ENDED],
    "an unchecked role": [a_role(verification=None)],
    "a failed role": [a_role(verification=FAILED)],
    "a failed role and another": [a_role("a", verification=FAILED), a_role("b")],
    "a role that refuses Daypass": [a_role(verification=REFUSED)],
    "no clear answer": [checked(results={"right-external-id": "passed"})],
    "checked with another external ID": [checked(external_id="daypass-other")],
    "something to improve": [checked(results=results("session-tags"))],
    "probes that cannot carry names": [checked(results=WITHOUT_NAMES)],
    "an imported external ID": [an_engagement(external_id_imported=True), a_role()],
    "overrides": [
        a_role("now", override=an_override()),
        a_role("x", override=an_override(until=NOON)),
    ],
    "proven": [a_role()],
    "not begun": [an_engagement(starts_at=NOON + DAY), a_role(), a_grant()],
    "active": [a_role(), a_grant()],
    "ending": [an_engagement(ends_at=NOON + 14 * DAY), a_role()],
    "shut": [a_role(), SHUT_ROLE],
    "cut off, and not shut": [a_role(), role_cut_offs(a_seen_cut_off())],
    "one of two is shut": [a_role(), a_role("deploy"), SHUT_ROLE],
    "both are shut": [a_role(), a_role("deploy"), SHUT_ROLE, replace(SHUT_ROLE, role="deploy")],
    "an ended role is shut": [ENDED, a_role("deploy"), SHUT_ROLE],
    "an ended role alone is shut": [ENDED, SHUT_ROLE],
    "its former IAM role is shut": [a_role(), replace(SHUT_ROLE, role_arn=f"{ROLE_ARN}2")],
    "closed, and shut": [an_engagement(closed_at=NOON), a_role(), SHUT_ROLE],
    "revoked, and shut": [an_engagement(revoked_at=NOON), a_role(), SHUT_ROLE],
    "past its end, and shut": [an_engagement(ends_at=NOON), a_role(), SHUT_ROLE],
    "left, and shut before": [LEFT_BEHIND, a_role(), SHUT_ROLE],
    "left, and an ended role was shut before": [LEFT_BEHIND, ENDED, SHUT_ROLE],
    "another engagement is shut": [a_role(), replace(SHUT_ROLE, engagement="acme-dev")],
}


def test_states_and_grades_have_a_reason_and_a_next_step():
    lines = []
    for name, items in SITUATIONS.items():
        scene = scene_of(an_engagement(), *items)
        row = read(scene)
        assert rows_of(scene) == {"acme-prod": row}
        assert build_client_page(scene.ports, LINK_TEXT).shut == row.shut
        described = row.described
        lines += [f"# {name}: {described.state} ({described.state.tone}). {described.why}"]
        lines += [f"Next: {described.next_step}"] if described.next_step else []
        lines += [f"Worst grade: {row.worst_grade or 'none'} of {row.role_count}"]
        for shut in row.shut:
            used = "in use" if shut.is_used else "not in use"
            lines += [f"Shut: {shut.role}, {shut.role_name}, {used}"]
        for role in row.roles or ():
            graded = grade_role(row.engagement, role, NOON)
            lines += [f"- {role.name}: {graded.grade} ({graded.tone}). {graded.reason}"]
            lines += [f"  Fix: {graded.fix}"] if graded.fix else []
    hold_against_file("engagements/states.txt", "\n".join(lines))


@every(
    "kind, why",
    [
        (Role, "Daypass could not read the engagement's roles"),
        (Grant, "Daypass could not read the engagement's grants"),
    ],
)
def test_without_a_part_the_state_is_unknown(kind, why):
    for row in (
        read(cannot_read(a_scene(), kind)),
        *rows_of(cannot_read(a_scene(), kind)).values(),
    ):
        if row.engagement.id == "acme-prod":
            assert row.state is UNKNOWN
            assert row.why.startswith(why)
            assert (row.role_count is None) is (kind is Role)
    over = scene_of(an_engagement(closed_at=NOON), a_role())
    assert read(cannot_read(over, kind)).state is OVER


def test_without_pauses_and_shut_roles_no_state_is_claimed():
    scene = many_engagements()
    scene.fails_at("get_together", UNAVAILABLE)
    rows = page_of(scene).items
    assert {row.state for row in rows} == {UNKNOWN, OVER, LEFT}
    assert {row.note for row in rows if row.state is UNKNOWN} == {
        "Daypass could not read the engagement's pause and shut roles, which decide its state."
    }
