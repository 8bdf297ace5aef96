"""What the client is asked to create: chosen, kept, and refused where AWS would refuse it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet, RoleSetup
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup, find_setup, setup_of
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    an_asked_for,
    an_engagement,
)
from tests.fakes import NOON

GLOBEX = "arn:aws:iam::876543210987:role/ConsultantRole"
BOUNDARY = "arn:aws:iam::987654321098:policy/team/Boundary"
QUEUES = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:*:*:orders"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


OWN = policy(QUEUES)
KEPT = an_asked_for(version=2)


def change(scene: Scene, **changes: Any) -> RoleSetup:
    return change_setup(
        scene.ports, scene.caller(), "acme-prod", "readonly", ChangeSetup(**changes)
    )


def changed(*steps: dict[str, Any]) -> RoleSetup:
    """What is kept of a role that was asked for, after these changes, one after the other."""
    scene = a_scene()
    for step in steps:
        given = change(scene, **step)
        assert given == find_setup(scene.ports, "acme-prod", "readonly")
    return given


def test_until_something_is_chosen_for_a_role_nothing_is_asked_but_trust() -> None:
    scene = a_scene()
    assert scene.ports.state.get(RoleSetup, "globex", "readonly") is None
    found = find_setup(scene.ports, "globex", "readonly")
    assert found == RoleSetup(engagement="globex", role="readonly")
    assert found.permissions is PermissionSet.AS_THEY_ARE
    place, role = find_engagement(scene.ports, "globex"), a_role(engagement="globex", arn=GLOBEX)
    assert setup_of(scene.ports, place, role).is_there_already
    asked = ChangeSetup(permissions=PermissionSet.VIEW_ONLY_ACCESS, max_session_duration=7200)
    change_setup(scene.ports, scene.caller(), "globex", "readonly", asked)
    assert not setup_of(scene.ports, place, role).is_there_already


@pytest.mark.parametrize(
    "field",
    [
        {"permissions": PermissionSet.SECURITY_AUDIT},
        {"permissions": PermissionSet.AS_THEY_ARE},
        {"permissions": PermissionSet.READ_ONLY_ACCESS},
        {"max_session_duration": 43_200},
        {"boundary_arn": BOUNDARY},
        {"boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess"},
        {"makes_boundary": True},
        {"own_policy": OWN},
    ],
    ids=lambda field: str(field)[:40],
)
def test_each_field_is_kept_and_leaves_the_others(field: dict[str, Any]) -> None:
    assert changed(field) == replace(KEPT, **field)


def test_what_is_not_given_stays_as_it_was() -> None:
    first = {"own_policy": OWN, "makes_boundary": True, "max_session_duration": 7200}
    kept = changed(first, {"max_session_duration": 3600})
    assert kept == replace(KEPT, own_policy=OWN, makes_boundary=True, version=3)


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (
            {"own_policy": OWN},
            {"permissions": PermissionSet.SECURITY_AUDIT},
            {"permissions": PermissionSet.SECURITY_AUDIT, "own_policy": None},
        ),
        (
            {"permissions": PermissionSet.SECURITY_AUDIT},
            {"own_policy": OWN},
            {"permissions": PermissionSet.SECURITY_AUDIT, "own_policy": OWN},
        ),
        (
            {"boundary_arn": BOUNDARY},
            {"makes_boundary": True},
            {"makes_boundary": True, "boundary_arn": None},
        ),
        (
            {"makes_boundary": True},
            {"boundary_arn": BOUNDARY},
            {"makes_boundary": False, "boundary_arn": BOUNDARY},
        ),
        ({"makes_boundary": True}, {"makes_boundary": False}, {"makes_boundary": False}),
        ({"boundary_arn": BOUNDARY}, {"makes_boundary": False}, {"boundary_arn": None}),
        (
            {"makes_boundary": True},
            {"makes_boundary": False, "boundary_arn": BOUNDARY},
            {"makes_boundary": False, "boundary_arn": BOUNDARY},
        ),
    ],
    ids=[
        "ready-made for own",
        "own for ready-made",
        "made for named",
        "named for made",
        "no boundary made",
        "no boundary named",
        "named and not made",
    ],
)
def test_one_choice_replaces_the_other(
    before: dict[str, Any], now: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert changed(before, now) == replace(KEPT, version=3, **kept)


@pytest.mark.parametrize("seconds", [3599, 43_201])
def test_no_request_can_ask_for_a_longest_session_that_aws_would_not_take(seconds: int) -> None:
    with pytest.raises(ValidationError):
        convert({"max_session_duration": seconds}, ChangeSetup)


@pytest.mark.parametrize(
    ("field", "about", "says"),
    [
        ({"own_policy": ""}, "permissions_policy", "not JSON at line 1, column 1"),
        (
            {"own_policy": policy(QUEUES, QUEUES | {"Effect": "Perhaps"})},
            "permissions_policy",
            "Statement[1]",
        ),
        (
            {"boundary_arn": "arn:aws:iam::111122223333:policy/Boundary"},
            "boundary_arn",
            "own AWS account",
        ),
        ({"boundary_arn": BOUNDARY, "makes_boundary": True}, "boundary_arn", "one permissions"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_aws_would_not_take_is_refused_with_the_place(
    field: dict[str, Any], about: str, says: str
) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest) as refusal:
        change(scene, **field)
    assert refusal.value.field == about
    assert says in refusal.value.detail
    assert (scene.world.items, scene.world.entries) == (before, [])


def long_policy(characters: int) -> str:
    empty = len(json.dumps(json.loads(policy(QUEUES)), separators=(",", ":")))
    return policy(QUEUES | {"Resource": QUEUES["Resource"] + "x" * (characters - empty)})


def test_a_policy_that_leaves_no_room_for_a_cut_off_is_refused() -> None:
    scene = a_scene()
    change(scene, own_policy=long_policy(9740))
    with pytest.raises(InvalidRequest) as refusal:
        change(scene, own_policy=long_policy(9741))
    assert refusal.value.field == "permissions_policy"
    assert "shorten the policy to 9740" in refusal.value.detail


def test_a_longer_policy_that_was_stored_before_the_limit_is_still_given_and_kept() -> None:
    scene = a_scene()
    scene.world.add(an_asked_for(own_policy=long_policy(10_240)))
    assert change(scene, max_session_duration=7200).own_policy == long_policy(10_240)
    assert setup_of(scene.ports, an_engagement(), a_role()).permissions.document is not None


def test_everything_that_is_known_is_put_together() -> None:
    scene = a_scene()
    change(scene, own_policy=OWN, max_session_duration=7200, boundary_arn=BOUNDARY)
    place, role = an_engagement(next_external_id="daypass-next"), a_role()
    setup = setup_of(scene.ports, place, role)
    assert (setup.role_arn, setup.client) == (ROLE_ARN, "Acme")
    assert setup.external_ids == (EXTERNAL_ID, "daypass-next")
    assert setup.ends_at == place.ends_at
    assert (setup.max_session_duration, setup.boundary_arn) == (7200, BOUNDARY)
    assert setup.permissions.document is not None
    assert "sqs:ReceiveMessage" in str(setup.permissions.document)


def test_the_trail_does_not_repeat_the_clients_own_policy() -> None:
    scene = a_scene()
    change(scene, own_policy=OWN)
    (entry,) = scene.world.entries
    assert entry.details == {"permissions": "own", "former_permissions": "read-basics"}


def test_nothing_is_chosen_for_an_ended_role_and_what_was_can_be_read() -> None:
    scene = a_scene()
    change(scene, makes_boundary=True)
    scene.world.add(a_role(ended_at=NOON))
    with pytest.raises(Conflict, match="already-ended"):
        change(scene, makes_boundary=False)
    assert find_setup(scene.ports, "acme-prod", "readonly").makes_boundary


@pytest.mark.parametrize(
    "meanwhile", [a_role(ended_at=NOON, version=2), an_engagement(closed_at=NOON, version=2)]
)
def test_what_it_was_chosen_for_has_to_stand(meanwhile: Any) -> None:
    scene = a_scene()
    scene.world.just_before("change", lambda: scene.world.add(meanwhile))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        change(scene, makes_boundary=True)
    assert scene.ports.state.get(RoleSetup, "acme-prod", "readonly") == an_asked_for()
