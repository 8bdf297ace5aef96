"""A role's setup: choices are stored, or refused where AWS would refuse them."""

import json

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet, RoleSetup
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role, change_setup, find_setup
from tests.builders import a_role, a_scene, an_asked_for, an_engagement
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of, refused

GLOBEX = "arn:aws:iam::876543210987:role/ConsultantRole"
BOUNDARY = "arn:aws:iam::987654321098:policy/team/Boundary"
QUEUES = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:*:*:orders"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


def long_policy(characters):
    empty = len(json.dumps(json.loads(policy(QUEUES)), separators=(",", ":")))
    return policy(QUEUES | {"Resource": QUEUES["Resource"] + "x" * (characters - empty)})


OWN = policy(QUEUES)
STORED = an_asked_for(version=2)


def change(scene, **changes):
    return scene.do(change_setup, "acme-prod", "readonly", ChangeSetup(**changes))


def changed(*steps):
    """Return the stored setup after these changes."""
    scene = a_scene()
    for step in steps:
        setup = change(scene, **step)
        assert setup == find_setup(scene.ports, "acme-prod", "readonly")
    return setup


def test_by_default_a_role_exists_and_only_has_to_trust_daypass():
    scene = a_scene()
    assert scene.get(RoleSetup, "globex", "readonly") is None
    setup = find_setup(scene.ports, "globex", "readonly")
    assert setup == RoleSetup(engagement="globex", role="readonly")
    assert setup.permissions is PermissionSet.AS_THEY_ARE
    engagement, role = (
        find_engagement(scene.ports, "globex"),
        a_role(engagement="globex", arn=GLOBEX),
    )
    assert build_spec_for_role(scene.ports, engagement, role).exists_already
    choices = ChangeSetup(permissions=PermissionSet.VIEW_ONLY_ACCESS, max_session_duration=7200)
    scene.do(change_setup, "globex", "readonly", choices)
    assert not build_spec_for_role(scene.ports, engagement, role).exists_already


AUDIT, MAKES = {"permissions": PermissionSet.SECURITY_AUDIT}, {"makes_boundary": True}
OWN_POLICY, OWN_BOUNDARY = {"permissions_policy": OWN}, {"boundary_arn": BOUNDARY}
MAKES_NONE = {"makes_boundary": False}


@every(
    "field",
    [
        AUDIT,
        {"permissions": PermissionSet.AS_THEY_ARE},
        {"permissions": PermissionSet.READ_ONLY_ACCESS},
        {"max_session_duration": 43_200},
        OWN_BOUNDARY,
        {"boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess"},
        MAKES,
        OWN_POLICY,
    ],
)
def test_each_field_is_stored_without_changing_the_others(field):
    assert changed(field) == replace(STORED, **field)


@every(
    "before, after, expected",
    [
        (OWN_POLICY, AUDIT, AUDIT | {"permissions_policy": None}),
        (AUDIT, OWN_POLICY, AUDIT | OWN_POLICY),
        (OWN_BOUNDARY, MAKES, MAKES | {"boundary_arn": None}),
        (MAKES, OWN_BOUNDARY, OWN_BOUNDARY | MAKES_NONE),
        (MAKES, MAKES_NONE, MAKES_NONE),
        (OWN_BOUNDARY, MAKES_NONE, {"boundary_arn": None}),
        (MAKES, OWN_BOUNDARY | MAKES_NONE, OWN_BOUNDARY | MAKES_NONE),
    ],
)
def test_one_choice_replaces_the_other(before, after, expected):
    assert changed(before, after) == replace(STORED, version=3, **expected)


@every("seconds", [3599, 43_201])
def test_a_maximum_session_that_aws_would_refuse_is_refused(seconds):
    with pytest.raises(ValidationError):
        convert({"max_session_duration": seconds}, ChangeSetup)


@every(
    "choice, field, message",
    [
        *(
            ({"permissions_policy": text}, "permissions_policy", message)
            for text, message in (
                ("", "Invalid JSON at line 1, column 1"),
                (policy(QUEUES, QUEUES | {"Effect": "Perhaps"}), "Statement[1]"),
                # no room is left for revoking sessions
                (long_policy(9741), "Shorten the policy to 9740"),
            )
        ),
        (OWN_BOUNDARY | MAKES, "boundary_arn", "one permissions"),
        (
            {"boundary_arn": "arn:aws:iam::111122223333:policy/Boundary"},
            "boundary_arn",
            "own AWS account",
        ),
    ],
)
def test_a_value_that_aws_would_refuse_is_refused_with_its_place(choice, field, message):
    scene = a_scene()
    before = dict(scene.items)
    error = refused(change, scene, **choice)
    assert (error.field, message in error.detail) == (field, True)
    assert (scene.items, scene.entries) == (before, [])


def test_a_longer_policy_that_was_stored_earlier_is_still_used():
    scene = a_scene(an_asked_for(permissions_policy=long_policy(10_240)))
    assert change(scene, max_session_duration=7200).permissions_policy == long_policy(10_240)
    assert (
        build_spec_for_role(scene.ports, an_engagement(), a_role()).permissions.document is not None
    )


def test_the_trail_does_not_repeat_the_clients_own_policy():
    scene = a_scene()
    change(scene, permissions_policy=OWN)
    (entry,) = scene.entries
    assert entry.details == {"permissions": "own", "former_permissions": "read-basics"}


def test_an_ended_roles_setup_can_be_read_but_not_changed():
    scene = a_scene()
    change(scene, makes_boundary=True)
    scene.add(a_role(ended_at=NOON))
    assert refusal_of(Conflict, change, scene, makes_boundary=False) == "already-ended"
    assert find_setup(scene.ports, "acme-prod", "readonly").makes_boundary


def test_a_change_needs_an_unchanged_role():
    scene = a_scene()
    scene.just_before("change", lambda: scene.add(a_role(ended_at=NOON, version=2)))
    assert refusal_of(Conflict, change, scene, makes_boundary=True) == "changed-meanwhile"
    assert scene.get(RoleSetup, "acme-prod", "readonly") == an_asked_for()
