"""The State port, on what clients are asked for: the fake and DynamoDB answer the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import LONGEST_MAXIMUM, PermissionSet, RoleSetup
from chalicelib.domain.people.members import Member
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result, Results
from chalicelib.domain.verification.rounds import Sweep
from chalicelib.usecases.lists import every
from tests.adapters.scene import Kit, entry, put
from tests.builders import NOON, a_link, a_member, a_role, a_verification, an_engagement, results

MOMENT = NOON + timedelta(microseconds=1)
POLICY = '{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"permissions": PermissionSet.SECURITY_AUDIT, "max_session_duration": LONGEST_MAXIMUM},
        {"own_policy": POLICY, "makes_boundary": True},
        {"own_policy": POLICY * 80, "boundary_arn": "arn:aws:iam::987654321098:policy/Ours"},
    ],
)
def test_a_setup_is_read_back_as_it_was(kit: Kit, name: str, changes: dict[str, object]) -> None:
    setup = RoleSetup(engagement=name, role="readonly", **changes)  # type: ignore[arg-type]
    put(kit, name, setup)
    assert kit.ports.state.get(RoleSetup, name, "readonly") == setup
    assert kit.ports.state.get(RoleSetup, name, "deploy") is None
    assert not every(kit.ports.state, Role, engagement=name)


def test_a_setup_is_no_part_of_the_role(kit: Kit, name: str) -> None:
    """Each is written over its own version, whatever became of the other."""
    role, setup = a_role(engagement=name), RoleSetup(engagement=name, role="readonly")
    put(kit, name, role, setup)
    put(kit, name + "b", replace(role, version=2))
    put(kit, name + "c", replace(setup, makes_boundary=True, version=2))
    assert kit.ports.state.get(Role, name, "readonly") == replace(role, version=2)
    with pytest.raises(FactsChanged):
        put(kit, name + "d", replace(setup, version=2))


@pytest.mark.parametrize("changes", [{}, {"revoked_at": MOMENT}, {"checked_at": MOMENT}])
def test_a_link_is_found_by_its_hash_alone(kit: Kit, name: str, changes: dict[str, object]) -> None:
    link = a_link(name, engagement=name, **changes)
    put(kit, name, link)
    assert kit.ports.state.get(SetupLink, link.hash) == link
    assert every(kit.ports.state, SetupLink, engagement=name) == (link,)
    assert kit.ports.state.get(SetupLink, a_link(name + "x").hash) is None
    assert kit.ports.state.get(SetupLink, link.id) is None


def test_links_are_listed_for_their_engagement_only(kit: Kit, name: str) -> None:
    ours = [a_link(f"{name}{number}", engagement=name) for number in range(3)]
    put(kit, name, *ours, a_link(name + "x", engagement=name + "x"))
    assert sorted(
        every(kit.ports.state, SetupLink, engagement=name), key=lambda link: link.hash
    ) == sorted(ours, key=lambda link: link.hash)
    assert not every(kit.ports.state, SetupLink, engagement=name + "y")


def test_of_two_who_claim_a_link_one_has_it(kit: Kit, name: str) -> None:
    link = a_link(name, engagement=name)
    put(kit, name, link)
    put(kit, name + "b", replace(link, checked_at=NOON, version=2))
    with pytest.raises(FactsChanged):
        put(kit, name + "c", replace(link, checked_at=MOMENT, version=2))
    assert kit.ports.state.get(SetupLink, link.hash) == replace(link, checked_at=NOON, version=2)


def test_a_link_may_have_to_stand(kit: Kit, name: str) -> None:
    link = a_link(name, engagement=name)
    put(kit, name, link)
    put(kit, name + "b", replace(link, revoked_at=NOON, version=2))
    with pytest.raises(FactsChanged):
        kit.ports.state.change([a_member(name)], entry(name + "c"), standing=[link])
    assert kit.ports.state.get(Member, name) is None


def test_the_sweep_is_remembered_over_its_own_version_only(kit: Kit) -> None:
    """There is one for the whole firm, and it stays from test to test where the tables do."""
    state = kit.ports.state
    old = state.get(Sweep)
    first = Sweep(done_until=MOMENT, version=1 + (old.version if old else 0))
    state.remember(first)
    assert state.get(Sweep) == first
    later = Sweep(done_until=NOON + timedelta(1), version=first.version + 1)
    for wrong in (first.version, first.version + 2):
        with pytest.raises(FactsChanged):
            state.remember(replace(later, version=wrong))
        assert state.get(Sweep) == first
    state.remember(later)
    assert state.get(Sweep) == later


EVERY: list[Results] = [
    {},
    results(),
    results(*Check, without=()),
    *({check: result} for check in Check for result in Result),
]


def test_what_was_proven_is_read_back_check_by_check(kit: Kit, name: str) -> None:
    """What was not tried stays away."""
    roles = [
        a_role(f"r{number}", engagement=name, verification=a_verification(results=told))
        for number, told in enumerate(EVERY)
    ]
    put(kit, name, *roles)
    for role, told in zip(roles, EVERY, strict=True):
        kept = kit.ports.state.get(Role, name, role.name)
        assert kept == role
        assert kept.verification is not None
        assert dict(kept.verification.results) == dict(told)


def test_the_likeliest_cause_stays_the_first(kit: Kit, name: str) -> None:
    every = [(), (Cause.PATH,), tuple(Cause), tuple(reversed(Cause))]
    roles = [
        a_role(f"r{number}", engagement=name, verification=a_verification(causes=causes))
        for number, causes in enumerate(every)
    ]
    put(kit, name, *roles)
    kept = [kit.ports.state.get(Role, name, role.name) for role in roles]
    assert [one and one.verification and one.verification.causes for one in kept] == every


@pytest.mark.parametrize("next_id", ["daypass-next", None])
@pytest.mark.parametrize("former_id", ["daypass-former", None])
@pytest.mark.parametrize("chosen_elsewhere", [True, False])
def test_a_rotation_is_read_back_as_far_as_it_has_come(
    kit: Kit, name: str, next_id: str | None, former_id: str | None, *, chosen_elsewhere: bool
) -> None:
    place = an_engagement(
        name,
        next_external_id=next_id,
        former_external_id=former_id,
        chosen_elsewhere=chosen_elsewhere,
    )
    put(kit, name, place)
    assert kit.ports.state.get(Engagement, name) == place
    done = replace(place, next_external_id=None, former_external_id=None, version=2)
    put(kit, name + "b", done)
    assert kit.ports.state.get(Engagement, name) == done


@pytest.mark.parametrize("role", ["a" * 1020, "ä" * 600])
def test_what_no_key_can_hold_is_not_asked_for(kit: Kit, name: str, role: str) -> None:
    """It is a mistake of ours, and no answer: what is asked for has been read."""
    with pytest.raises((ValueError, ClientError)):
        kit.ports.state.get(Role, name, role)
