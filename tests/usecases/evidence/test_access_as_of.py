"""The list of access as of any past moment, by the trail, is what was stored then."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, list_stops
from chalicelib.domain.engagements.engagements import (
    ChangeEngagement,
    ChangeGrant,
    CreateGrant,
    Grant,
    describe_roles,
)
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.evidence.access_review.files import AFTER, BEFORE, DIFFERENCES
from chalicelib.domain.moments import format_sortable, rfc3339
from chalicelib.domain.onboarding.requests import GrantsToRenew, RenewEngagement
from chalicelib.domain.people.members import ChangeMember, Kind, Leads, Member
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import (
    change_grant,
    create_grant,
    decide_review,
    revoke_grant,
)
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role
from chalicelib.usecases.engagements.several import leave
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.requests.client.rules import require_client_approval, set_client_approval
from chalicelib.usecases.requests.emergencies import open_emergency
from chalicelib.usecases.requests.own import end_own_access, revoke_request, start_access
from tests.builders import APPROVER_TEXT, ROLE_ARN, a_member, a_role, a_token
from tests.fakes import DAY, HOUR, NOON
from tests.usecases.evidence.history import read_file, with_history
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, client_approves
from tests.usecases.vending.revocations import OTHER_ARN

READONLY, DEPLOY = frozenset({"readonly"}), frozenset({"deploy"})
ROLES = (READONLY, DEPLOY, READONLY | DEPLOY)


def a_scene_with_history():
    """zoe, a lead, does what leads do, and is never suspended."""
    scene = a_scene_of_requests()
    scene.add(
        a_role(name="deploy"),
        a_member("zoe", kind=Kind.LEAD),
        a_token("zoe"),
        Leads(members=frozenset({"lena", "mia", "zoe"})),
    )
    return with_history(scene)


def request_of(scene, member):
    """Return the ID of the member's last request."""
    requests = scene.find(AccessRequest, where=lambda each: each.member == member)
    return max((each.created_at, each.id) for each in requests)[1]


def open_access(scene, member, number):
    """Ask for access, and have a lead approve it; with 2, the client."""
    span = {"duration": 7200} if number else {"ends_at": NOON + 9 * HOUR}
    ask(scene, member, **span)
    approve(scene, request_of(scene, member), "zoe")
    if number == 2:
        client_approves(scene, request_of(scene, member))


LEADS_ACTS = {
    "grant": lambda s, m, n: (
        create_grant,
        "acme-prod",
        CreateGrant(
            member=m,
            roles=ROLES[n],
            on_request=ROLES[n] & READONLY,
            starts_at=s.clock + n * DAY,
            ends_at=s.clock + (n + 1) * DAY,
        ),
    ),
    "change": lambda s, m, n: (change_grant, "acme-prod", m, ChangeGrant(roles=ROLES[n])),
    "extend": lambda s, m, n: (
        change_grant,
        "acme-prod",
        m,
        ChangeGrant(ends_at=s.clock + (n + 1) * DAY),
    ),
    "request only": lambda s, m, n: (
        change_grant,
        "acme-prod",
        m,
        ChangeGrant(roles=ROLES[n], on_request=ROLES[n], emergency=ROLES[n]),
    ),
    "revoke": lambda s, m, _: (revoke_grant, "acme-prod", m),
    "keep": lambda s, m, _: (
        decide_review,
        "acme-prod",
        m,
        ReviewGrant(decision=Decision.KEEP, why="x"),
    ),
    "end": lambda s, m, _: (
        decide_review,
        "acme-prod",
        m,
        ReviewGrant(decision=Decision.END, why="x"),
    ),
    "suspend": lambda s, m, _: (revoke_member, m),
    "leave": lambda s, m, _: (leave, m),
    "reinstate": lambda s, m, _: (reinstate_member, m),
    "kind": lambda s, m, n: (change_member, m, ChangeMember(kind=list(Kind)[n])),
    "rename": lambda s, m, n: (change_member, m, ChangeMember(name=f"N{n}")),
    "close": lambda s, _, __: (close_engagement, "acme-prod"),
    "stop": lambda s, _, __: (revoke_engagement, "acme-prod"),
    "reopen": lambda s, _, __: (reopen_engagement, "acme-prod"),
    "client": lambda s, _, n: (change_engagement, "acme-prod", ChangeEngagement(client=f"C{n}")),
    "shorten": lambda s, _, n: (
        change_engagement,
        "acme-prod",
        ChangeEngagement(ends_at=s.clock + (n + 1) * DAY),
    ),
    "renew": lambda s, _, n: (
        renew_engagement,
        "acme-prod",
        RenewEngagement(ends_at=NOON + (40 + n) * DAY, grants=GrantsToRenew.ENDED_WITH_IT, why="x"),
    ),
    "end role": lambda s, _, __: (end_role, "acme-prod", "readonly"),
    "add role": lambda s, _, __: (
        create_role,
        "acme-prod",
        CreateRole(name="readonly", arn=ROLE_ARN),
    ),
    "arn": lambda s, _, n: (
        change_role,
        "acme-prod",
        "readonly",
        ChangeRole(arn=(ROLE_ARN, OTHER_ARN)[n % 2]),
    ),
    "take": lambda s, m, _: (revoke_request, request_of(s, m)),
    "client rule": lambda s, _, __: (require_client_approval, "acme-prod"),
}
ACTS = {
    **{
        name: lambda s, m, n, act=act: s.do(*act(s, m, n), by="zoe")
        for name, act in LEADS_ACTS.items()
    },
    "open": lambda s, m, n: open_access(s, m, n),
    "start": lambda s, m, _: s.do(start_access, request_of(s, m), by=m),
    "give back": lambda s, m, _: s.do(end_own_access, request_of(s, m), by=m),
    "emergency": lambda s, m, _: open_emergency(
        s.ports, s.caller(m), "acme-prod", "readonly", OpenEmergency(reason="x")
    ),
    "client lifts": lambda s, _, __: set_client_approval(
        s.ports, APPROVER_TEXT, is_required=False, address="198.51.100.9"
    ),
    "wait": lambda s, _, n: s.later(hours=1 + 7 * n),
}


def list_stored(scene):
    """Return the access to acme-prod as stored now, each with its grant or its request."""
    engagement, now = scene.engagement, scene.clock
    if engagement.is_over(now):
        return []
    roles_of = scene.find(Role, where=lambda each: each.engagement == "acme-prod")
    in_use = {role.name for role in roles_of if role.ended_at is None}
    lines = []
    for item in scene.find(Grant, where=lambda each: each.engagement == "acme-prod"):
        grant, member = scene.stored(Grant, *item.key), scene.stored(Member, item.member)
        roles = grant.roles & in_use
        if not grant.is_current_or_upcoming(now) or not roles:
            continue
        person = (member.id, member.name, member.kind, engagement.client)
        on_request = roles if engagement.requires_client_approval else grant.on_request & roles
        access = describe_roles(roles, on_request, grant.emergency & roles)
        start = max(grant.starts_at, engagement.starts_at)
        state = "in force" if start <= now else "starts later"
        state = "auditors cannot get sessions" if member.kind == "auditor" else state
        state = "suspended" if member.suspended_at else state
        ends_at = min(grant.ends_at, engagement.ends_at)
        lines.append((*person, access, "grant", state, rfc3339(ends_at), grant.granted_by))
        all_opened = scene.find(ApprovedGrant)
        for opened in (each for each in all_opened if each.member == item.member):
            access = scene.stored(ApprovedGrant, *opened.key)
            role = scene.stored(Role, "acme-prod", access.role)
            may = access.may_open(engagement, list_stops(member, engagement, role, grant))
            if may and access.is_current_or_upcoming(now) and role.name in roles:
                until = rfc3339(min(ends_at, access.ends_at))
                way = f"{'emergency' if access.is_emergency else 'request'} {access.request}"
                lines.append((*person, role.name, way, state, until, grant.granted_by))
    return sorted(lines)


SHOWN = ("Member", "Name", "Kind", "Client", "Access", "By", "State", "Until", "Granted by")


def list_rebuilt(scene, file, **query):
    lines = read_file(scene, file, **query)
    return sorted(
        tuple(line[name] for name in SHOWN) for line in lines if line["Engagement"] == "acme-prod"
    )


OFTEN = ("open", "open", "start", "give back", "emergency", "request only", "reinstate", "reopen")
steps = st.tuples(
    st.sampled_from((*ACTS, *OFTEN, *OFTEN)),
    st.sampled_from(("alice", "alice", "bob", "mia")),
    st.integers(0, 2),
)


@settings(max_examples=80)
@given(st.lists(steps, min_size=8, max_size=16))
def test_the_list_as_of_any_moment_is_what_was_stored_then(acts):
    scene = a_scene_with_history()
    stored = []
    for name, member, number in acts:
        scene.later(minutes=1)
        try:
            ACTS[name](scene, member, number)
        except (DaypassError, ValueError):
            continue
        scene.later(minutes=1)
        stored.append((scene.clock, list_stored(scene)))
    for moment, lines in stored:
        assert (
            list_rebuilt(scene, AFTER, as_of="2026-11-24", until=format_sortable(moment)) == lines
        )
        assert list_rebuilt(scene, BEFORE, as_of=format_sortable(moment)) == lines
    assert read_file(scene, DIFFERENCES, as_of="2026-11-24") == []
