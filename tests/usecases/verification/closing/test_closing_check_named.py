"""A role that lets in by name has not ended our access, though it refuses every stranger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.role_setup import spec_of
from tests.adapters.client_side import Change
from tests.adapters.vending.trusts import NAMES_PEOPLE, all_of, without_condition
from tests.builders import BEFORE, EXTERNAL_ID, ROLE_ARN, Scene, a_grant, a_role, an_engagement
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.closing.closing import OVER, ended, looked


def trusting(change: Change) -> Scene:
    scene = ended()
    policy = trust_policy(spec_of(scene.ports, an_engagement(), a_role()))
    change(policy, EXTERNAL_ID)
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=policy)
    return scene


@pytest.mark.parametrize("way", NAMES_PEOPLE)
@pytest.mark.parametrize("needs_id", [True, False])
def test_a_role_that_names_a_member_still_lets_us_in(way: str, *, needs_id: bool) -> None:
    named = NAMES_PEOPLE[way]
    scene = trusting(named if needs_id else all_of(without_condition, named))
    assert looked(scene).access_removed_at is None
    assert dict(scene.world.entries[-1].details) == {
        "still_let_in": ROLE_ARN,
        "let_in_as": "alice",
    }


@pytest.mark.parametrize("way", NAMES_PEOPLE)
def test_one_that_names_somebody_who_never_had_a_grant_is_none_that_a_vend_gets_into(
    way: str,
) -> None:
    scene = trusting(NAMES_PEOPLE[way])
    scene.world.items.pop((Grant, ("acme-prod", "alice")))
    assert looked(scene).access_removed_at == NOON
    assert scene.world.entries[-1].details["asked_as"] == "sam"


@pytest.mark.parametrize(
    "grant",
    [
        a_grant("alice", revoked_at=BEFORE),
        a_grant("alice", ends_at=BEFORE + timedelta(days=1)),
    ],
    ids=["revoked", "over"],
)
def test_a_grant_that_has_ended_counts(grant: Item) -> None:
    scene = trusting(NAMES_PEOPLE["as session name"])
    scene.world.add(grant)
    assert looked(scene).access_removed_at is None


@pytest.mark.parametrize(
    ("more", "told"), [(8, {}), (9, {"not_asked_as": "1 more members who had a grant"})]
)
def test_the_last_ten_who_had_a_grant_are_asked_for_and_the_rest_is_said(
    more: int, told: dict[str, str]
) -> None:
    names = [f"m{number}" for number in range(more)]
    later = [a_grant(name, created_at=NOON) for name in names]
    scene = ended(OVER, *later, a_grant("sam", created_at=BEFORE - timedelta(days=1)))
    looked(scene)
    asked_as = ["alice", *names] + (["sam"] if more == 8 else [])
    assert (
        dict(scene.world.entries[-1].details)
        == {
            "refused_by": ROLE_ARN,
            "asked_as": " ".join(asked_as),
        }
        | told
    )


def test_where_nobody_had_a_grant_a_stranger_is_all_who_can_ask() -> None:
    scene = ended()
    for member in ("alice", "sam"):
        scene.world.items.pop((Grant, ("acme-prod", member)))
    looked(scene)
    assert scene.world.steps.count("probe") == 8
    assert dict(scene.world.entries[-1].details) == {"refused_by": ROLE_ARN}
