"""Approval policies: possible approvers, and policies that could never be satisfied."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy, ChangeApprovalPolicy, Naming
from chalicelib.usecases.requests.policies import change_policy, find_policy
from tests.builders import Scene, a_client_approver, a_scene, an_engagement, leads
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refused


def names(*members: str) -> frozenset[str]:
    return frozenset(members)


BOB, ALICE = names("bob"), names("alice")


@pytest.fixture(name="scene")
def _scene() -> Scene:
    scene = a_scene()
    scene.world.add(*leads("mia"))
    return scene


def change(scene: Scene, role: str = "", **fields: Any) -> ApprovalPolicy:
    body = ChangeApprovalPolicy(**fields)
    return change_policy(scene.ports, scene.caller(), "acme-prod", role, body)


def test_a_change_is_stored_and_recorded(scene: Scene) -> None:
    policy = change(scene, people=1, leads=True, longest=7200)

    assert scene.ports.state.get(ApprovalPolicy, "acme-prod", "") == policy
    assert find_policy(scene.ports, "acme-prod", "readonly") == policy
    (entry,) = scene.world.entries
    assert (entry.action, entry.engagement) == ("approval-policy.change", "acme-prod")
    assert entry.details["people"] == "1"
    assert entry.details["longest"] == "7200"


def test_a_field_that_is_not_sent_keeps_its_value(scene: Scene) -> None:
    change(scene, people=1, leads=True, ticket_pattern="OPS-#")
    policy = change(scene, sensitive=True)

    assert (policy.people, policy.leads, policy.sensitive) == (1, True, True)
    assert (policy.ticket_pattern, policy.version) == ("OPS-#", 2)


def test_a_roles_first_policy_begins_as_a_copy_of_the_engagements(scene: Scene) -> None:
    change(scene, people=1, leads=True, longest=7200)
    policy = change(scene, "readonly", people=2)

    assert (policy.role, policy.people, policy.longest, policy.version) == ("readonly", 2, 7200, 1)
    assert find_policy(scene.ports, "acme-prod").people == 1
    assert find_policy(scene.ports, "acme-prod", "readonly") == policy


def test_the_clients_choice_is_part_of_the_policy_in_force(scene: Scene) -> None:
    scene.world.add(an_engagement(requires_client_approval=True))

    assert find_policy(scene.ports, "acme-prod", "readonly").client
    assert not change(scene, people=1, leads=True).client  # it is the engagement's, not a lead's


def test_a_first_policy_gives_the_engagement_a_new_version(scene: Scene) -> None:
    """A decision by the former rules has no other item as its precondition."""

    def version() -> int:
        engagement = scene.stored(Engagement, "acme-prod")
        return engagement.version

    versions = [version()]
    for fields in ({"people": 1, "leads": True}, {"people": 2}):
        change(scene, **fields)
        versions.append(version())
    assert versions == [1, 2, 2]


@pytest.mark.parametrize("role", ["", "nothing"])
def test_an_engagement_or_a_role_that_does_not_exist_has_no_policy(scene: Scene, role: str) -> None:
    engagement = "acme-prod" if role else "nowhere"
    reason = Reason.NO_SUCH_ROLE if role else Reason.NO_SUCH_ENGAGEMENT
    with pytest.raises(NotFound, match=reason):
        find_policy(scene.ports, engagement, role)
    body = ChangeApprovalPolicy(people=1, leads=True)
    with pytest.raises(NotFound, match=reason):
        change_policy(scene.ports, scene.caller(), engagement, role, body)


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"people": 2, "members": BOB}, "people"),
    ({"people": 1}, "people"),
    ({"leads": True}, "people"),
    ({"members": BOB}, "people"),
    ({"people": 2, "members": names("zoe", "bob")}, "members"),
    ({"people": 1, "members": names("sam")}, "members"),
    ({"people": 1, "members": names("ada")}, "members"),
    ({"people": 1, "leads": True, "members": names("zoe")}, "members"),
    ({"people": 1, "members": BOB, "first_approver": "alice"}, "first_approver"),
    ({"people": 1, "members": BOB, "first_approver": "lena"}, "first_approver"),
]
POSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"people": 2, "leads": True}, ""),
    ({"people": 2, "members": names("bob", "lena")}, ""),
    ({"people": 1, "leads": True, "first_approver": "lena"}, ""),
    ({"people": 1, "members": BOB, "first_approver": "bob"}, ""),
    ({"people": 0}, ""),
]


@every("fields, problem", [*IMPOSSIBLE, *POSSIBLE])
def test_a_policy_that_could_not_be_satisfied_is_refused(
    fields: dict[str, Any], problem: str
) -> None:
    scene = a_scene()
    scene.world.add(*leads("mia"))
    if not problem:
        assert change(scene, **fields).people == fields["people"]
        return
    error = refused(change, scene, **fields)
    assert (type(error), error.reason, error.field) == (InvalidRequest, Reason.BAD_VALUE, problem)
    assert not scene.world.entries


def test_the_client_needs_an_approver(scene: Scene) -> None:
    for approver in (
        None,
        a_client_approver(is_contact=True),
        a_client_approver(revoked_at=NOON),
        a_client_approver(engagement="globex"),
    ):
        scene.world.add(*[approver] if approver else [])
        with pytest.raises(Conflict, match=Reason.NO_CLIENT_APPROVER):
            change(scene, client=True)
    scene.world.add(a_client_approver())
    assert change(scene, client=True).client


def test_the_policy_keeps_when_each_was_named_and_who_changed_it(scene: Scene) -> None:
    change(scene, people=1, members=BOB)
    scene.world.later(hours=1)
    both = change(scene, members=names("bob", "alice"))

    hour_later = NOON + timedelta(hours=1)
    bob, alice = (
        Naming(member="bob", at=NOON),
        Naming(member="alice", at=hour_later),
    )
    assert both.namings == (alice, bob)
    assert change(scene, members=ALICE).namings == (alice,)
    anew = change(scene, members=names("bob", "alice"))
    assert Naming(member="bob", at=hour_later) in anew.namings
    assert (anew.changed_by, anew.changed_at) == ("lena", hour_later)


def test_the_policy_keeps_when_leads_were_let_approve(scene: Scene) -> None:
    assert change(scene, people=1, members=BOB).leads_set_at is None
    scene.world.later(hours=1)
    let = change(scene, leads=True)
    scene.world.later(hours=1)

    assert let.leads_set_at == NOON + timedelta(hours=1)
    assert change(scene, leads=True, longest=7200).leads_set_at == let.leads_set_at
    change(scene, leads=False)
    assert change(scene, leads=True).leads_set_at == NOON + timedelta(hours=2)


def test_to_need_people_again_gives_all_of_them_their_right_anew(scene: Scene) -> None:
    change(scene, people=1, leads=True, members=BOB)
    change(scene, people=0)
    scene.world.later(days=2)
    anew = change(scene, people=1)

    later = NOON + timedelta(days=2)
    assert anew.namings == (Naming(member="bob", at=later),)
    assert anew.leads_set_at == later


def test_the_first_policy_of_a_role_is_compared_with_the_one_it_replaces(scene: Scene) -> None:
    change(scene, notify_client_of_emergencies=True)
    assert not scene.world.alerts
    change(scene, "readonly", notify_client_of_emergencies=False)
    assert [alert.alert for alert in scene.world.alerts] == ["approvals-relaxed"]
    details = scene.world.entries[-1].details
    assert details["former_notify_client_of_emergencies"] == "true"


def test_a_first_approver_goes_with_their_right(scene: Scene) -> None:
    change(scene, people=1, members=names("bob", "alice"), first_approver="bob")

    assert change(scene, members=ALICE).first_approver is None
    assert change(scene, members=names("bob", "alice")).first_approver is None


def test_what_was_set_can_be_taken_out_again(scene: Scene) -> None:
    change(
        scene,
        people=1,
        leads=True,
        first_approver="lena",
        ticket_pattern="OPS-#",
        ticket_url="https://tickets.example.com/{ticket}",
    )
    policy = change(scene, no_ticket=True, all_at_once=True)

    assert (policy.ticket_pattern, policy.ticket_url, policy.first_approver) == (None,) * 3
    assert policy.people == 1
