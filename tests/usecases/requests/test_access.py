"""The list of access agrees with the decision about a session, and says why a role is not open."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import AccessDenied, NotFound
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.access import AccessState
from chalicelib.domain.values import Page
from chalicelib.domain.vending.access import Allowed, SessionRequest
from chalicelib.domain.vending.first_use import decide_first_use
from chalicelib.usecases.requests.access import (
    ACCESS,
    AccessFilters,
    list_ended_grants,
    read_pending_access,
)
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    BEFORE,
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
from tests.usecases.refusals import refused
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask
from tests.usecases.telling import Telling

HOUR = timedelta(hours=1)
STATES = AccessState
READONLY = SessionRequest(role="readonly", reason="INC-7")


def page_of(scene, by="alice", **filters):
    page = ACCESS.ask(scene.ports, scene.caller(by), AccessFilters(**filters))
    return Page(page.items, page.cursor)


def pending(scene):
    return read_pending_access(scene.ports, "alice")


def row_of(scene, by="alice", **filters):
    (row,) = page_of(scene, by, **filters).items
    return row


WITH_CLIENT = an_engagement(requires_client_approval=True)
EMERGENCY = frozenset({"readonly"})
OTHERS = [a_role("deploy"), a_role("old", ended_at=NOON), a_role("admin")]
SITUATIONS = {
    "Open": [a_role(requires_reason=True)],
    "An auditor": [a_member(kind=Kind.AUDITOR)],
    "Frozen": [a_block()],
    "The engagement is revoked": [an_engagement(revoked_at=BEFORE)],
    "The role was not checked": [a_role(verification=None)],
    "The grant ends too soon": [a_grant(ends_at=NOON + timedelta(minutes=9))],
    "On request": [a_grant_on_request()],
    "By a request": [a_grant_on_request(), an_approved_grant()],
    "From its first use": [a_grant_on_request(), an_approved_grant(duration=3600)],
    "In an emergency": [a_grant_on_request(), an_approved_grant(is_emergency=True)],
    "The client has not approved": [WITH_CLIENT, an_approved_grant()],
    "The client has approved": [WITH_CLIENT, an_approved_grant(client_approved=True)],
    "An emergency may open it": [a_grant_on_request(emergency=EMERGENCY)],
    "No emergency opens it": [a_grant_on_request(emergency=EMERGENCY), WITH_CLIENT],
    "An emergency was not confirmed": [
        a_grant_on_request(emergency=EMERGENCY), an_emergency_lock(),
    ],
    "Several roles": [*OTHERS, a_grant(roles=frozenset({"readonly", "deploy", "old", "gone"}))],
    "No role of the grant is in use": [*OTHERS, a_grant(roles=frozenset({"old"}))],
    "Other grants have ended": [
        a_grant(engagement="globex", revoked_at=NOON), a_grant(engagement="x", ends_at=BEFORE),
    ],
}  # fmt: skip


def test_the_state_of_a_role_is_the_decision_about_a_session():
    story = Telling()
    for title, items in SITUATIONS.items():
        scene = story.begin(title, a_scene(*items))
        page = story.do(page_of, scene, "lena", member="alice")
        story.do(page_of, scene)  # which says no more than a refused vend
        for row in [each for each in page.items if each.role == "readonly"]:
            assert (row.change is None) == (row.reason is None) == row.is_open
            if row.reason is not None:
                error = refused(vend, scene.ports, scene.origin(), "acme-prod", READONLY)
                assert error.reason is row.reason
            elif row.state is STATES.OPEN:
                left = scene.vend(request=READONLY).credentials.expires_at - scene.clock
                assert left.total_seconds() == row.longest_session
    ended = list_ended_grants(scene.ports, "alice")
    assert [grant.engagement for grant in ended] == ["globex", "x"]
    story.hold("requests/access")


def test_the_access_of_a_member_who_asks_or_opens_an_emergency_is_as_the_file_says():
    story = Telling()
    scene = story.begin("Alice asks", a_scene_of_requests())
    story.do(page_of, scene)
    request = ask(scene)
    story.do(page_of, scene)
    story.do(pending, scene)
    approve(scene, request.id)
    story.do(page_of, scene)
    scene = story.begin("Alice opens an emergency", an_emergency_scene())
    story.do(page_of, scene)
    open_it(scene)
    story.do(page_of, scene)
    story.do(pending, scene)
    story.hold("requests/access-asked-for")


def test_only_leads_and_auditors_read_the_access_of_others():
    scene = a_scene()
    assert row_of(scene, "lena", member="bob").engagement == "globex"
    assert refused(page_of, scene, member="bob").reason is Reason.LEAD_OR_AUDITOR_ONLY
    assert scene.entries[-1].reason == "lead-or-auditor-only"
    assert isinstance(refused(page_of, scene, member="bob"), AccessDenied)
    assert isinstance(refused(page_of, scene, "lena", member="nobody"), NotFound)


@settings(max_examples=80)
@given(any_.facts)
def test_a_role_is_open_exactly_if_the_rule_allows_a_session(facts):
    member = facts.member
    if member is None or member.id != "alice" or facts.role is None or facts.engagement is None:
        return
    world = World()
    world.add(member, facts.engagement, facts.role, *filter(None, [facts.grant]))
    world.add(*facts.approved_grants, *filter(None, (facts.freeze, facts.pause)))
    token = a_token(created_at=max(NOON, member.tokens_from), expires_at=NOON + HOUR)
    page = ACCESS.ask(world.ports(), Caller(member, token), AccessFilters())
    request = replace(READONLY, role=facts.role.name)
    with_token = replace(facts, token=token, link=None)
    decision, starts = decide_first_use(with_token, presented_by(), request, NOON)
    rows = [row for row in page.items if row.role == facts.role.name]
    for row in rows:
        assert row.is_open == isinstance(decision, Allowed)
        assert (row.state is STATES.APPROVED) == (starts is not None and row.is_open)
    assert rows or not isinstance(decision, Allowed)


class Lagging(FakeState):
    """A State port whose list of a member's grants lags behind."""

    def __init__(self, world, *before):
        super().__init__(world)
        self._before = {grant.engagement: grant for grant in before}
        self.limits = []

    def list(self, kind, **options):
        page = super().list(kind, **options)
        if kind is Grant:
            self.limits.append(options["limit"])
            items = tuple(self._before.get(grant.engagement, grant) for grant in page.items)
            page = replace(page, items=items)
        return page


def test_a_role_removed_from_a_grant_is_not_shown_even_if_the_list_lags():
    scene = a_scene(a_role("deploy"), a_grant(roles=frozenset({"deploy"}), version=2))
    before = a_grant(roles=frozenset({"deploy", "readonly"}))
    ports = replace(scene.ports, state=Lagging(scene.world, before))
    page = ACCESS.ask(ports, scene.caller("alice"), AccessFilters())
    assert [row.role for row in page.items] == ["deploy"]


GRANTS = {
    "+": {},
    "-": {"revoked_at": NOON},
    "o": {"ends_at": NOON},
    "~": {"revoked_at": NOON},  # not in the list yet
}


@settings(max_examples=60)
@given(st.text("+-o~", max_size=12), st.integers(1, 5))
def test_pages_show_every_engagement_once_and_name_no_other(grants, limit):
    """Members with ended grants learn nothing, not even from the cursor."""
    scene = a_scene()
    scene.items.clear()
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
    listed = []
    cursor = None
    while cursor != "":
        filters = AccessFilters(limit=limit, cursor=cursor or "")
        page = ACCESS.ask(ports, scene.caller("alice"), filters)
        listed += [row.engagement for row in page.items]
        assert len(page.items) <= limit
        cursor = page.cursor
        assert cursor in ("", *(f"{name}:readonly" for name in listed[-1:]), *listed[-1:])
    assert listed == expected


def test_many_ended_grants_are_read_in_large_pages():
    scene = a_scene(*(a_grant(engagement=f"aa-{n:03}", revoked_at=NOON) for n in range(500)))
    state = Lagging(scene.world)
    ports = replace(scene.ports, state=state)
    page = ACCESS.ask(ports, scene.caller("alice"), AccessFilters())
    assert [row.engagement for row in page.items] == ["acme-prod"]
    assert state.limits == [1000]
