"""A role that accepts members by name still gives access, although it refuses a made-up name."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from tests.adapters.client_side import Change
from tests.adapters.vending.trusts import NAMES_PEOPLE, all_of, on_condition, without_condition
from tests.builders import BEFORE, EXTERNAL_ID, ROLE_ARN, Scene, a_grant, a_role, an_engagement
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.access_removal.ended_engagement import ENDED, check_access, ended


def trusting(change: Change) -> Scene:
    scene = ended()
    policy = build_trust_policy(build_spec_for_role(scene.ports, an_engagement(), a_role()))
    change(policy, EXTERNAL_ID)
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=policy)
    return scene


@every("trust", NAMES_PEOPLE)
@every("needs_id", [True, False])
def test_a_role_that_names_a_member_still_gives_access(trust: str, *, needs_id: bool) -> None:
    change = NAMES_PEOPLE[trust]
    scene = trusting(change if needs_id else all_of(without_condition, change))
    assert check_access(scene).access_removed_at is None
    assert dict(scene.last_entry.details) == {
        "still_let_in": ROLE_ARN,
        "let_in_as": "alice",
    }


@every("name", ["*.agent", "alice.*.agent"])
@every("needs_id", [True, False])
def test_a_role_that_accepts_agents_alone_still_gives_access(name: str, *, needs_id: bool) -> None:
    change = on_condition(StringLike={"sts:RoleSessionName": name})
    scene = trusting(change if needs_id else all_of(without_condition, change))
    assert check_access(scene).access_removed_at is None
    assert scene.last_entry.details["still_let_in"] == ROLE_ARN


@every("trust", NAMES_PEOPLE)
def test_a_role_that_names_someone_without_a_grant_gives_no_access(
    trust: str,
) -> None:
    scene = trusting(NAMES_PEOPLE[trust])
    scene.world.items.pop((Grant, ("acme-prod", "alice")))
    assert check_access(scene).access_removed_at == NOON
    assert scene.last_entry.details["asked_as"] == "sam"


@every(
    "grant",
    [
        a_grant("alice", revoked_at=BEFORE),
        a_grant("alice", ends_at=BEFORE + timedelta(days=1)),
    ],
)
def test_members_with_ended_grants_are_tried_too(grant: Item) -> None:
    scene = trusting(NAMES_PEOPLE["as session name"])
    scene.world.add(grant)
    assert check_access(scene).access_removed_at is None


@every("more, detail", [(8, {}), (9, {"not_asked_as": "1 more members who had a grant"})])
def test_the_last_ten_members_with_a_grant_are_tried_and_the_rest_counted(
    more: int, detail: dict[str, str]
) -> None:
    names = [f"m{number}" for number in range(more)]
    later = [a_grant(name, created_at=NOON) for name in names]
    scene = ended(ENDED, *later, a_grant("sam", created_at=BEFORE - timedelta(days=1)))
    check_access(scene)
    asked_as = ["alice", *names] + (["sam"] if more == 8 else [])
    assert (
        dict(scene.last_entry.details)
        == {
            "refused_by": ROLE_ARN,
            "asked_as": " ".join(asked_as),
        }
        | detail
    )


def test_without_grants_only_the_made_up_identity_is_tried() -> None:
    scene = ended()
    for member in ("alice", "sam"):
        scene.world.items.pop((Grant, ("acme-prod", member)))
    check_access(scene)
    assert scene.world.steps.count("probe") == 16
    assert dict(scene.last_entry.details) == {"refused_by": ROLE_ARN}
