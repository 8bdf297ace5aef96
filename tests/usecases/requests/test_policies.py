"""Approval policies: possible approvers, and policies that could never be satisfied."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy
from chalicelib.usecases.requests.policies import change_policy, find_policy
from tests.builders import Scene, a_client_approver, a_scene, an_engagement, leads
from tests.fakes import NOON
from tests.usecases.telling import Telling


def names(*members: str) -> frozenset[str]:
    return frozenset(members)


BOB, ALICE, BOTH = names("bob"), names("alice"), names("alice", "bob")


def a_scene_of_leads(*items: Any) -> Scene:
    """Return the scene, in which lena and mia lead."""
    scene = a_scene(*items)
    scene.add(*leads("mia"))
    return scene


def change(
    scene: Scene, role: str = "", engagement: str = "acme-prod", **fields: Any
) -> ApprovalPolicy:
    body = ChangeApprovalPolicy(**fields)
    return change_policy(scene.ports, scene.caller(), engagement, role, body)


def find(scene: Scene, role: str = "readonly", engagement: str = "acme-prod") -> ApprovalPolicy:
    return find_policy(scene.ports, engagement, role)


# Changes one after another, an hour apart
CHANGES: dict[str, list[dict[str, Any]]] = {
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
    "No such role, no such engagement": [
        {"role": "nothing", "people": 1, "leads": True},
        {"engagement": "nowhere", "people": 1, "leads": True},
    ],
}


@pytest.mark.golden
def test_each_change_is_as_the_file_says() -> None:
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
    story.hold("requests/policies")


POSSIBLE: list[dict[str, Any]] = [
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


@pytest.mark.golden
def test_a_policy_that_could_not_be_satisfied_is_refused() -> None:
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


def test_a_first_policy_gives_the_engagement_a_new_version() -> None:
    """A decision by the former rules has no other item as its precondition."""
    scene = a_scene_of_leads()
    versions = []
    for fields in ({"people": 1, "leads": True}, {"people": 2}):
        change(scene, **fields)
        versions.append(scene.stored(Engagement, "acme-prod").version)
    assert versions == [2, 2]
