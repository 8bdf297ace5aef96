"""A cut-off ends live sessions on the local AWS: those that it is for, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.documents import Document, document
from chalicelib.domain.vending.cut_off.cut_offs import Denial
from tests.adapters.scene import Aws
from tests.adapters.vending.cut_offs.client_accounts import LocalClientAccount
from tests.adapters.vending.cut_offs.live_sessions import (
    CUT_OFF,
    ClientRole,
    LiveSession,
    build_cut_off,
    wait_for_the_next_second,
)
from tests.local.scene import ALLOW_ALL, refusal

BRAKE, FREEZE = CutOffMethod.BRAKE, CutOffMethod.FREEZE
NOT_S3 = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}


@pytest.fixture
def create(aws: Aws, name: str) -> Callable[..., ClientRole]:
    """Return a function that creates a client's role with its cut-off."""
    account = LocalClientAccount(aws)

    def create_role(method: CutOffMethod = BRAKE, **more: Document) -> ClientRole:
        return ClientRole(account, account.create(name, method, **more), method)

    return create_role


def is_cut_off(session: LiveSession) -> bool:
    """Return whether the session is denied because of the brake."""
    error = session.find_refusal()
    assert error is None or (error.code == "AccessDenied" and CUT_OFF in error.message)
    return error is not None


def test_one_members_sessions_end_and_no_others(create: Callable[..., ClientRole]) -> None:
    role = create()
    ending = [role.vend("alice"), role.vend("alice"), role.vend("alice", agent=True)]
    others = [role.vend(member) for member in ("bob", "alice-2", "x-alice", "al")]
    canary = role.open_canary()
    assert all(session.works for session in (*ending, *others))
    assert canary.look() is Denial.ALLOWED

    role.write(build_cut_off(member="alice"))

    assert all(is_cut_off(session) for session in ending)
    assert all(session.works for session in others)
    assert canary.look() is Denial.BOUNDARY
    wait_for_the_next_second()
    assert role.vend("alice").works
    assert all(is_cut_off(session) for session in ending)


def test_single_sessions_end_and_no_others(create: Callable[..., ClientRole]) -> None:
    role = create()
    sessions = [role.vend("alice") for _ in range(3)]
    role.write(build_cut_off(sessions=tuple(session.name for session in sessions[:2])))
    assert [is_cut_off(session) for session in sessions] == [True, True, False]


def test_a_frozen_role_is_released_again(create: Callable[..., ClientRole]) -> None:
    role = create()
    before = [role.vend("alice"), role.vend("bob")]
    canary = role.open_canary()
    role.write(build_cut_off())
    assert all(is_cut_off(session) for session in before)
    assert canary.look() is Denial.BOUNDARY
    wait_for_the_next_second()
    later = role.vend("alice")
    assert later.works
    role.write()
    assert all(session.works for session in (*before, later))


def test_a_cut_off_is_not_seen_before_it_is_in_force(
    aws: Aws, create: Callable[..., ClientRole]
) -> None:
    role = create()
    alice, canary = role.vend("alice"), role.open_canary()
    with aws.endpoint.policy_versions_taking(milliseconds=60_000):
        role.write(build_cut_off(member="alice"))
        assert canary.look() is Denial.ALLOWED
        assert alice.works
    assert canary.look() is Denial.BOUNDARY
    assert is_cut_off(alice)


def test_several_cut_offs_end_the_sessions_of_each(create: Callable[..., ClientRole]) -> None:
    role = create()
    alice, bob, carol = role.vend("alice"), role.vend("bob"), role.vend("carol")
    role.write(build_cut_off(member="alice"), build_cut_off(sessions=(bob.name,)))
    assert [is_cut_off(session) for session in (alice, bob, carol)] == [True, True, False]


def test_a_sixth_version_is_refused_and_changes_nothing(create: Callable[..., ClientRole]) -> None:
    role = create()
    alice = role.vend("alice")
    versions = [role.write(build_cut_off(member="bob")) for _ in range(4)]
    with pytest.raises(Exception, match="too-many-versions"):
        role.write(build_cut_off(member="alice"))
    assert versions == ["v2", "v3", "v4", "v5"]
    assert alice.works


@pytest.mark.parametrize("count", [100, 400])
def test_a_brake_with_many_cut_offs_is_not_too_large_for_iam(
    create: Callable[..., ClientRole], count: int
) -> None:
    role = create()
    alice = role.vend("alice")
    others = [build_cut_off(member=f"member-with-a-rather-long-name-{n}") for n in range(count)]
    role.write(*others, build_cut_off(member="alice"))
    assert is_cut_off(alice)


def test_an_explicit_deny_also_ends_access_by_a_bucket_policy_that_names_the_session(
    create: Callable[..., ClientRole],
) -> None:
    """A boundary that allows nothing does not: it does not limit what a bucket policy gives to a
    session by its ARN ("Policy evaluation logic", IAM User Guide)."""
    role = create(permissions=document(NOT_S3))
    alice, bob = role.vend("alice"), role.vend("bob")

    def allow_both(arn: str) -> Document:
        principal = {"AWS": [alice.arn, bob.arn]}
        return {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": arn}

    bucket = role.put_bucket(allow_both)

    def find_refusal(session: LiveSession) -> Any:
        return refusal(session.client("s3").list_objects_v2, Bucket=bucket)

    assert find_refusal(alice) is find_refusal(bob) is None
    role.write(build_cut_off(member="alice"))
    denied = find_refusal(alice)
    assert denied is not None
    assert CUT_OFF in denied.message
    assert find_refusal(bob) is None
    role.account.set_boundary(role.names, document(NOT_S3))
    assert find_refusal(alice) is None


def test_a_freeze_ends_all_sessions_until_the_client_undoes_it(
    create: Callable[..., ClientRole],
) -> None:
    role = create(FREEZE)
    sessions = [role.vend("alice"), role.vend("bob")]
    canary = role.open_canary()
    assert canary.look() is Denial.ALLOWED
    role.freeze()
    sessions.append(role.vend("carol"))
    refusals = [session.find_refusal() for session in sessions]
    assert all(
        error is not None and "an explicit deny in an identity-based policy" in error.message
        for error in refusals
    )
    assert canary.look() is Denial.ROLE_POLICY
    role.account.iam.detach_role_policy(
        RoleName=role.names.role_name, PolicyArn=role.names.deny_all_arn
    )
    assert all(session.works for session in sessions)


# Each is a request of a member with all permissions, to remove the cut-off.
ESCAPES: dict[str, Callable[[Any, ClientRole], Any]] = {
    "a new version": lambda iam, role: iam.create_policy_version(
        PolicyArn=role.names.brake_arn, PolicyDocument=_text(ALLOW_ALL), SetAsDefault=True
    ),
    "an old version": lambda iam, role: iam.set_default_policy_version(
        PolicyArn=role.names.brake_arn, VersionId="v1"
    ),
    "no brake": lambda iam, role: iam.delete_policy(PolicyArn=role.names.brake_arn),
    "no old version": lambda iam, role: iam.delete_policy_version(
        PolicyArn=role.names.brake_arn, VersionId="v1"
    ),
    "no boundary": lambda iam, role: iam.delete_role_permissions_boundary(
        RoleName=role.names.role_name
    ),
    "another boundary": lambda iam, role: iam.put_role_permissions_boundary(
        RoleName=role.names.role_name,
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    "another trust": lambda iam, role: iam.update_assume_role_policy(
        RoleName=role.names.cut_off_role_name, PolicyDocument=_text(ALLOW_ALL)
    ),
    "no cut-off role": lambda iam, role: iam.delete_role(RoleName=role.names.cut_off_role_name),
    "a deny for the cut-off role": lambda iam, role: iam.put_role_policy(
        RoleName=role.names.cut_off_role_name, PolicyName="x", PolicyDocument=_text(ALLOW_ALL)
    ),
    "no permission of the cut-off role": lambda iam, role: iam.delete_role_policy(
        RoleName=role.names.cut_off_role_name, PolicyName="cut-off"
    ),
    "a boundary of the cut-off role": lambda iam, role: iam.put_role_permissions_boundary(
        RoleName=role.names.cut_off_role_name,
        PermissionsBoundary="arn:aws:iam::aws:policy/AWSDenyAll",
    ),
    "a freeze of the cut-off role": lambda iam, role: iam.attach_role_policy(
        RoleName=role.names.cut_off_role_name, PolicyArn=role.names.deny_all_arn
    ),
}


def _text(statement: Document) -> str:
    return json.dumps(document(statement))


def test_a_session_with_all_permissions_cannot_remove_the_brake(
    create: Callable[..., ClientRole],
) -> None:
    role = create()
    admin = role.vend("alice")
    role.write(build_cut_off(member="bob"))
    iam = admin.client("iam")
    for name, escape in ESCAPES.items():
        error = refusal(escape, iam, role)
        assert error is not None, name
        assert error.code == "AccessDenied", name
        assert CUT_OFF in error.message, name
    assert role.account.find_versions(role.names) == ({"v1", "v2"}, "v2")
    assert role.write(build_cut_off(member="alice")) == "v3"
    assert is_cut_off(admin)
