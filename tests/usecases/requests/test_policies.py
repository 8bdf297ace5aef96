"""Approval policies: possible approvers, and policies that could never be satisfied."""

from datetime import timedelta

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.usecases.requests.listing import RequestFilters, list_requests
from chalicelib.usecases.requests.policies import (
    change_policy,
    describe_clients_answer,
    find_policy,
    list_role_policies,
)
from tests.builders import (
    a_client_approver,
    a_grant_on_request,
    a_member,
    a_request,
    a_scene,
    a_token,
    an_approval_policy,
    an_engagement,
    leads,
)
from tests.fakes import NOON
from tests.usecases.telling import Telling
from tests.usecases.unreadable import cannot_read


def names(*members):
    return frozenset(members)


BOB, ALICE, BOTH = names("bob"), names("alice"), names("alice", "bob")


def a_scene_of_leads(*items):
    """Return the scene, in which lena and mia lead."""
    scene = a_scene(*items)
    scene.add(*leads("mia"))
    return scene


def change(scene, role="", engagement="acme-prod", *, by="lena", **fields):
    body = ChangeApprovalPolicy(**fields)
    return scene.do(change_policy, engagement, body, role, by=by)


def find(scene, role="readonly", engagement="acme-prod"):
    return find_policy(scene.ports, engagement, role)


# Changes one after another, an hour apart
CHANGES = {
    "What is not sent stays": [
        {"people": 1, "leads": True, "longest": 7200, "ticket_pattern": "OPS-#"},
        {"sensitive": True},
    ],
    "A role's first policy begins as a copy of the engagement's": [
        {"people": 1, "leads": True, "longest": 7200},
        {"role": "readonly", "people": 2},
    ],
    "It is compared with the one that it replaces": [
        {"notify_client_of_emergencies": True},
        {"role": "readonly", "notify_client_of_emergencies": False},
    ],
    "The policy keeps when each was named": [
        {"people": 1, "members": BOB},
        {"members": BOTH},
        {"members": ALICE},
        {"members": BOTH},
    ],
    "The policy keeps when leads were let approve": [
        {"people": 1, "members": BOB},
        {"leads": True},
        {"leads": True, "longest": 7200},
        {"leads": False},
        {"leads": True},
    ],
    "To need people again gives all of them their right anew": [
        {"people": 1, "leads": True, "members": BOB},
        {"people": 0},
        {"people": 1},
    ],
    "A first approver goes with their right": [
        {"people": 1, "members": BOTH, "first_approver": "bob"},
        {"members": ALICE},
        {"members": BOTH},
    ],
    "What was set can be taken out again": [
        {
            "people": 1,
            "leads": True,
            "first_approver": "lena",
            "ticket_pattern": "OPS-#",
            "ticket_url": "https://tickets.example.com/{ticket}",
        },
        {"no_ticket": True, "all_at_once": True},
    ],
    "The URL of a ticket can be taken out alone": [
        {
            "people": 1,
            "leads": True,
            "ticket_pattern": "OPS-#",
            "ticket_url": "https://tickets.example.com/{ticket}",
        },
        {"no_ticket": True, "ticket_pattern": "OPS-#"},
    ],
    "No such role, no such engagement": [
        {"role": "nothing", "people": 1, "leads": True},
        {"engagement": "nowhere", "people": 1, "leads": True},
    ],
}


def test_each_change_is_as_the_file_says():
    story = Telling()
    for title, changes in CHANGES.items():
        scene = story.begin(title, a_scene_of_leads())
        for fields in changes:
            story.do(change, scene, **fields)
            scene.later(hours=1)
        story.do(find, scene)
    story.do(find, scene, "nothing")
    story.do(find, scene, "", "nowhere")
    scene = story.begin(
        "The client's choice is the engagement's, and not a lead's",
        a_scene_of_leads(an_engagement(requires_client_approval=True)),
    )
    story.do(find, scene)
    story.do(change, scene, people=1, leads=True)
    scene = story.begin("What a suspended lead saved, no new lead confirms", a_scene_of_leads())
    change(scene, people=1, leads=True)
    suspended = a_member("lena", kind=Kind.LEAD, suspended_at=NOON + timedelta(hours=1))
    scene.add(suspended, a_token("quinn"), a_member("quinn", kind=Kind.LEAD, kind_set_at=NOON))
    for by in ("quinn", "mia"):
        story.do(change, scene, by=by, sensitive=True)
    story.hold("requests/policies")


POSSIBLE = [
    {"people": 2, "members": BOB},
    {"people": 1},
    {"leads": True},
    {"members": BOB},
    {"people": 2, "members": names("zoe", "bob")},
    {"people": 1, "members": names("sam")},
    {"people": 1, "members": names("ada")},
    {"people": 1, "leads": True, "members": names("zoe")},
    {"people": 1, "members": BOB, "first_approver": "alice"},
    {"people": 1, "members": BOB, "first_approver": "lena"},
    {"people": 2, "leads": True},
    {"people": 2, "members": names("bob", "lena")},
    {"people": 1, "leads": True, "first_approver": "lena"},
    {"people": 1, "members": BOB, "first_approver": "bob"},
    {"people": 0},
]


def test_a_policy_that_could_not_be_satisfied_is_refused():
    story = Telling()
    for fields in POSSIBLE:
        shown = {name: sorted(v) if name == "members" else v for name, v in fields.items()}
        story.do(change, story.begin(str(shown), a_scene_of_leads()), **fields)
    scene = story.begin("The client needs an approver", a_scene_of_leads())
    for approver in (
        a_client_approver(engagement="globex"),
        a_client_approver(is_contact=True),
        a_client_approver(revoked_at=NOON),
        a_client_approver(),
    ):
        scene.add(approver)
        story.do(change, scene, client=True)
    story.hold("requests/possible-policies")


def test_each_role_in_use_has_its_policy_or_that_of_the_engagement():
    rows = list_role_policies(a_scene(an_approval_policy()).ports, an_engagement())
    assert [(row.role, row.policy.people, row.is_own) for row in rows] == [
        ("", 1, True),
        ("readonly", 1, False),
    ]


def test_the_client_has_to_answer_the_requests_that_wait_for_them():
    for client, answer in ((True, "Answer alice's request for readonly."), (False, "")):
        scene = a_scene(
            a_grant_on_request(),
            an_approval_policy(client=client),
            a_request(),
            a_client_approver("jo", name="Jo Doe"),
            a_client_approver("kim", name="Kim Low"),
            a_client_approver("lou", revoked_at=NOON),
            a_client_approver("max", is_contact=True),
        )
        rows = scene.do(list_requests, RequestFilters(engagement="acme-prod")).items
        can = " Jo Doe or Kim Low can do that." if client else ""
        assert describe_clients_answer(scene.ports, "acme-prod", rows) == answer + can
        unread = cannot_read(scene, ClientApprover).ports
        assert describe_clients_answer(unread, "acme-prod", rows) == answer
