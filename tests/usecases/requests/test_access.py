"""The list of access agrees with the decision about a session, and says why a role is not open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import AccessDenied, NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.access import Access, AccessState
from chalicelib.domain.values import I
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    SessionRequest,
)
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.usecases.requests.access import AccessFilters, MemberAccess, read_access
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    AFTER,
    BEFORE,
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_approved_grant,
    an_emergency_lock,
    an_engagement,
    presented_by,
)
from tests.domain import strategies as any_
from tests.fakes import NOON, FakeState, World
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, refused

HOUR = timedelta(hours=1)
STATES = AccessState
READONLY = SessionRequest(role="readonly", reason="INC-7")


def page_of(scene: Scene, by: str = "alice", **filters: Any) -> MemberAccess:
    return scene.do(read_access, AccessFilters(**filters), by=by)


def row_of(scene: Scene, by: str = "alice", **filters: Any) -> Access:
    (row,) = page_of(scene, by, **filters).rows
    return row


def test_a_row_says_all_about_a_role_that_is_open() -> None:
    assert row_of(a_scene(a_role(requires_reason=True))) == Access(
        member="alice",
        engagement="acme-prod",
        client="Acme",
        account_id="987654321098",
        role="readonly",
        state=STATES.OPEN,
        until=AFTER,
        text="A session needs a reason.",
        starts_at=BEFORE,
        ends_at=AFTER,
        agents=an_engagement().agents,
        requires_reason=True,
        longest_session=3600,
        granted_by=a_grant().granted_by,
        granted_at=a_grant().created_at,
    )


WITH_CLIENT = an_engagement(requires_client_approval=True)
UNSTARTED = an_approved_grant(duration=3600)
ON_REQUEST, CLOSED = STATES.ON_REQUEST, STATES.CLOSED
SITUATIONS: list[tuple[list[Any], AccessState, Reason | None, str]] = [
    ([a_member(kind=Kind.AUDITOR)], CLOSED, Reason.NOT_A_MEMBER, "Auditors get no session."),
    ([a_block()], CLOSED, Reason.FROZEN, "Everything has been frozen since"),
    ([an_engagement(revoked_at=BEFORE)], CLOSED, Reason.ENGAGEMENT_REVOKED, "A lead revoked"),
    ([a_role(verification=None)], CLOSED, Reason.ROLE_UNVERIFIED, "readonly was not checked"),
    (
        [a_grant(ends_at=NOON + timedelta(minutes=9))], CLOSED, Reason.ENDS_TOO_SOON,
        "The grant ends first, on 24 November 2026, 12:09 UTC.",
    ),
    ([a_grant_on_request()], ON_REQUEST, Reason.APPROVAL_REQUIRED, "and none is in force."),
    ([a_grant_on_request(), an_approved_grant()], STATES.OPEN, None, "By an approved request."),
    (
        [a_grant_on_request(), an_approved_grant(is_emergency=True)], STATES.OPEN, None,
        "In an emergency.",
    ),
    (
        [WITH_CLIENT, an_approved_grant()], ON_REQUEST, Reason.CLIENT_APPROVAL_REQUIRED,
        "the client's approval",
    ),
    ([WITH_CLIENT, an_approved_grant(client_approved=True)], STATES.OPEN, None, ""),
]  # fmt: skip


@every("items, state, reason, text", SITUATIONS)
def test_the_state_of_a_role_is_the_decision_about_a_session(
    items: list[Any], state: AccessState, reason: Reason | None, text: str
) -> None:
    scene = a_scene(*items)
    row = row_of(scene, "lena", member="alice")
    assert (row.state, row.reason) == (state, reason)
    assert text in row.text
    assert (row.change is None) == (reason is None) == row.is_open
    if reason is not None:
        error = refused(vend, scene.ports, scene.origin(), "acme-prod", READONLY)
        assert error.reason is row.reason
    else:
        left = scene.vend(request=READONLY).credentials.expires_at - scene.world.clock
        assert left.total_seconds() == row.longest_session


def test_access_begins_with_the_next_session() -> None:
    row = row_of(a_scene(a_grant_on_request(), UNSTARTED))
    assert (row.state, row.request, row.until) == ("approved", UNSTARTED.request, UNSTARTED.ends_at)
    assert row.text == "Its time, 1 hour, begins with the first session."
    assert (row.is_open, row.longest_session) == (True, 3595)


EMERGENCY = frozenset({"readonly"})


@every(
    "items, may_open",
    [
        ([], False),
        ([a_grant_on_request()], False),
        ([a_grant_on_request(emergency=EMERGENCY)], True),
        ([a_grant_on_request(emergency=EMERGENCY), WITH_CLIENT], False),
        ([a_grant_on_request(emergency=EMERGENCY), an_emergency_lock()], False),
    ],
)
def test_a_row_says_whether_an_emergency_would_open_it(items: list[Any], *, may_open: bool) -> None:
    row = row_of(a_scene(*items))
    assert row.may_open_emergency == may_open == ("can be opened in an emergency" in row.text)


def test_a_member_requests_a_role_once_and_then_starts_it() -> None:
    scene = a_scene_of_requests()
    row = row_of(scene)
    assert (row.may_request, row.waiting_request) == (True, None)
    request = ask(scene)
    row = row_of(scene)
    assert row.waiting_request == request.id
    assert "A request waits until" in row.text
    assert [each.id for each in page_of(scene).requests] == [request.id]
    approve(scene, request.id)
    row = row_of(scene)
    assert (row.state, row.request, row.waiting_request) == ("approved", request.id, None)


def test_an_open_emergency_forbids_another() -> None:
    scene = an_emergency_scene()
    assert [row.may_open_emergency for row in page_of(scene).rows] == [True, True]
    open_it(scene)
    page = page_of(scene)
    acme, globex = page.rows
    assert (acme.state, acme.may_open_emergency) == (STATES.OPEN, False)
    assert page.unreviewed_emergency == acme.request
    assert not globex.may_open_emergency
    assert Reason.EMERGENCY_UNREVIEWED.text("web") in globex.text


def test_a_member_reads_no_more_than_a_refused_vend_says() -> None:
    scene = a_scene(an_engagement(revoked_at=BEFORE))
    assert "A lead revoked acme-prod on" in row_of(scene, "lena", member="alice").text
    assert row_of(scene).text == Reason.ENGAGEMENT_REVOKED.text("page")


def test_only_leads_and_auditors_read_the_access_of_others() -> None:
    scene = a_scene()
    assert row_of(scene, "lena", member="bob").engagement == "globex"
    assert refused(page_of, scene, member="bob").reason is Reason.LEAD_OR_AUDITOR_ONLY
    assert scene.entries[-1].reason == "lead-or-auditor-only"
    assert isinstance(refused(page_of, scene, member="bob"), AccessDenied)
    assert isinstance(refused(page_of, scene, "lena", member="nobody"), NotFound)


def test_only_granted_roles_in_use_are_shown() -> None:
    roles = [a_role("deploy"), a_role("old", ended_at=NOON), a_role("admin")]
    scene = a_scene(*roles, a_grant(roles=frozenset({"readonly", "deploy", "old", "gone"})))
    assert [row.role for row in page_of(scene).rows] == ["deploy", "readonly"]
    scene.add(a_grant(roles=frozenset({"old"}), version=9))
    row = row_of(scene)
    assert (row.role, row.target, row.is_open) == ("", "acme-prod", False)
    assert row.text == "No role of the grant is in use."


def test_ended_grants_are_apart() -> None:
    ended = [a_grant(engagement="globex", revoked_at=NOON), a_grant(engagement="x", ends_at=BEFORE)]
    page = page_of(a_scene(*ended))
    assert list(page.ended) == ended
    assert [row.engagement for row in page.rows] == ["acme-prod"]


@settings(max_examples=80)
@given(any_.facts)
def test_a_role_is_open_exactly_if_the_rule_allows_a_session(facts: AccessFacts) -> None:
    member = facts.member
    if member is None or member.id != "alice" or facts.role is None or facts.engagement is None:
        return
    world = World()
    world.add(member, facts.engagement, facts.role, *filter(None, [facts.grant]))
    world.add(*facts.approved_grants, *filter(None, (facts.freeze, facts.pause)))
    token = a_token(created_at=max(NOON, member.tokens_from), expires_at=NOON + HOUR)
    page = read_access(world.ports(), Caller(member, token), AccessFilters())
    request = replace(READONLY, role=facts.role.name)
    with_token = replace(facts, token=token, link=None)
    decision, starts = decide_first_use(with_token, presented_by(), request, NOON)
    rows = [row for row in page.rows if row.role == facts.role.name]
    for row in rows:
        assert row.is_open == isinstance(decision, Allowed)
        assert (row.state is STATES.APPROVED) == (starts is not None and row.is_open)
    assert rows or not isinstance(decision, Allowed)


class Lagging(FakeState):
    """A State port whose list of a member's grants lags behind."""

    def __init__(self, world: World, *before: Grant) -> None:
        super().__init__(world)
        self._before = {grant.engagement: grant for grant in before}
        self.limits: list[int] = []

    def list(self, kind: type[I], **options: Any) -> Page[I]:
        page: Any = super().list(kind, **options)
        if kind is Grant:
            self.limits.append(options["limit"])
            items = tuple(self._before.get(grant.engagement, grant) for grant in page.items)
            page = replace(page, items=items)
        lagging: Page[I] = page
        return lagging


def test_a_role_removed_from_a_grant_is_not_shown_even_if_the_list_lags() -> None:
    scene = a_scene(a_role("deploy"), a_grant(roles=frozenset({"deploy"}), version=2))
    before = a_grant(roles=frozenset({"deploy", "readonly"}))
    ports = replace(scene.ports, state=Lagging(scene.world, before))
    page = read_access(ports, scene.caller("alice"), AccessFilters())
    assert [row.role for row in page.rows] == ["deploy"]


GRANTS: dict[str, dict[str, Any]] = {
    "+": {},
    "-": {"revoked_at": NOON},
    "o": {"ends_at": NOON},
    "~": {"revoked_at": NOON},  # not in the list yet
}


@settings(max_examples=60)
@given(st.text("+-o~", max_size=12), st.integers(1, 5))
def test_pages_show_every_engagement_once_and_name_no_other(grants: str, limit: int) -> None:
    """Members with ended grants learn nothing, not even from the cursor."""
    scene = a_scene()
    scene.world.items.clear()
    names = [f"place-{number:02}" for number in range(len(grants))]
    stored = [
        a_grant(engagement=name, **GRANTS[state]) for name, state in zip(names, grants, strict=True)
    ]
    scene.add(a_member(), a_token(), *map(an_engagement, names), *stored)
    lagging = [
        replace(grant, revoked_at=None)
        for grant, state in zip(stored, grants, strict=True)
        if state == "~"
    ]
    ports = replace(scene.ports, state=Lagging(scene.world, *lagging))
    expected = [name for name, state in zip(names, grants, strict=True) if state == "+"]
    listed: list[str] = []
    cursor: str | None = None
    while cursor != "":
        filters = AccessFilters(limit=limit, cursor=cursor or "")
        page = read_access(ports, scene.caller("alice"), filters)
        listed += [row.engagement for row in page.rows]
        assert len(page.rows) <= limit
        cursor = page.cursor
        assert cursor in ("", *listed[-1:])
    assert listed == expected


def test_a_page_has_25_rows_or_one_grant_and_each_grant_once() -> None:
    scene = a_scene()
    names = [f"e-{number:02}" for number in range(25)]
    many = frozenset(f"role-{number:02}" for number in range(20))
    for number, name in enumerate(names):
        roles = many if number % 5 == 0 else frozenset({"role-00"})
        scene.add(
            an_engagement(name, external_id=name), a_grant("carol", engagement=name, roles=roles)
        )
        scene.add(*(a_role(role, engagement=name) for role in roles))
    scene.add(a_member("carol"), a_token("carol"))
    shown: list[str] = []
    cursor = None
    while cursor != "":
        page = page_of(scene, "carol", cursor=cursor or "")
        assert 0 < len(page.rows) <= 25
        shown += dict.fromkeys(row.engagement for row in page.rows)
        cursor = page.cursor
    assert shown == names


def test_many_ended_grants_are_read_in_large_pages() -> None:
    scene = a_scene()
    scene.add(*(a_grant(engagement=f"aa-{n:03}", revoked_at=NOON) for n in range(500)))
    state = Lagging(scene.world)
    ports = replace(scene.ports, state=state)
    page = read_access(ports, scene.caller("alice"), AccessFilters())
    assert [row.engagement for row in page.rows] == ["acme-prod"]
    assert state.limits == [100, 1000]
