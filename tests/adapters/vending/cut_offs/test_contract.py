"""The CutOffs port: the fake and the local AWS give the same answers for the same account."""

import json
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import (
    build_brake_policy,
    build_canary_denial,
    build_canary_session_name,
    build_denial,
)
from chalicelib.domain.policies.documents import document
from tests.adapters.vending.cut_offs.client_accounts import (
    FakeClientAccount,
    LocalClientAccount,
    assume,
    build_terms,
    open_canary,
)
from tests.adapters.vending.cut_offs.scripted_aws import problem_of
from tests.local.scene import ALLOW_ALL

BRAKE, DENY_ALL = CutOffMethod.BRAKE, CutOffMethod.DENY_ALL
CANARY, OTHER_CANARY = "0123456789abcdef", "fedcba9876543210"
SESSION = build_canary_session_name(CANARY)
DENY_S3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}


@pytest.fixture(params=["fake", "real"])
def account(request):
    if request.param == "fake":
        return FakeClientAccount()
    return LocalClientAccount(request.getfixturevalue("aws"))


@pytest.fixture
def names(account, name):
    return account.create(name, BRAKE)


def write(account, names, *denials):
    text = json.dumps(build_brake_policy(names, *denials))
    return assume(account, names).write_version(names.brake_arn, text)


@pytest.mark.parametrize(
    "changes", [{"external_id": "daypass-wrong"}, {"session_name": "alice.0123456789abcdef"}]
)
def test_a_cut_off_role_accepts_its_own_external_id_and_session_name_alone(account, names, changes):
    assume(account, names)
    assert problem_of(partial(assume, **changes), account, names) == "cut-off-role-refused"


def test_a_version_is_written_as_the_default_version(account, names):
    assert account.find_versions(names) == ({"v1"}, "v1")
    assert write(account, names) == "v2"
    assert account.find_versions(names) == ({"v1", "v2"}, "v2")


def test_a_sixth_version_is_refused_until_an_old_one_is_deleted(account, names):
    assert [write(account, names) for _ in range(4)] == ["v2", "v3", "v4", "v5"]
    assert problem_of(write, account, names) == "too-many-versions"
    assume(account, names).delete_version(names.brake_arn, "v1")
    assert write(account, names) == "v6"
    assert account.find_versions(names) == ({"v2", "v3", "v4", "v5", "v6"}, "v6")


def test_the_default_version_is_not_deleted_and_a_missing_one_is_no_error(account, names):
    role = assume(account, names)
    role.delete_version(names.brake_arn, "v9")
    assert problem_of(role.delete_version, names.brake_arn, "v1") == "too-many-versions"
    assert account.find_versions(names) == ({"v1"}, "v1")


def test_a_brake_that_is_missing_is_a_problem(account, names):
    account.delete_brake(names)
    assume(account, names).delete_version(names.brake_arn, "v1")
    assert problem_of(write, account, names) == "brake-missing"


def test_a_role_with_all_its_policies_cannot_be_shut(account, name):
    names = account.create(name, DENY_ALL)
    account.attach(names, 10)
    attach = assume(account, names).attach_policy
    assert problem_of(attach, names.role_name, names.deny_all_arn) == "too-many-policies"


def test_a_canary_sees_a_shut_role_as_a_deny_of_the_role(account, name):
    names = account.create(name, DENY_ALL)
    canary = open_canary(account, names, SESSION)
    assert canary.look() == "allowed"
    role = assume(account, names)
    role.attach_policy(names.role_name, names.deny_all_arn)
    role.attach_policy(names.role_name, names.deny_all_arn)
    assert canary.look() == "role-policy"


def test_a_canary_sees_that_the_version_with_its_name_is_in_force(account, names):
    canary = open_canary(account, names, SESSION)
    assert canary.look() == "allowed"
    write(account, names, build_canary_denial(OTHER_CANARY))
    assert canary.look() == "allowed"
    write(account, names, build_canary_denial(CANARY))
    assert canary.look() == "boundary"
    assert open_canary(account, names, SESSION).look() == "boundary"
    write(account, names)
    assert canary.look() == "allowed"


@pytest.mark.parametrize(("hours", "denial"), [(1, "boundary"), (-1, "allowed")])
def test_a_canary_that_was_issued_later_is_not_denied_with_everyone(account, name, hours, denial):
    names = account.create(name, BRAKE)
    canary = open_canary(account, names, SESSION)
    until = account.ports.now() + timedelta(hours=hours)
    write(account, names, build_denial([], until))
    assert canary.look() == denial


def test_a_canary_sees_a_policy_that_the_administrator_wrote(account, name):
    names = account.create(name, DENY_ALL)
    canary = open_canary(account, names, SESSION)
    account.put_policy(names, document(build_canary_denial(CANARY)))
    assert canary.look() == "role-policy"


@pytest.mark.parametrize(
    "boundary", [document(ALLOW_ALL, build_canary_denial(CANARY)), document(DENY_S3)]
)
def test_a_boundary_that_is_not_the_brake_shows_nothing(account, names, boundary):
    canary = open_canary(account, names, SESSION)
    account.set_boundary(names, boundary)
    assert canary.look() == "other"


def test_a_role_that_does_not_allow_the_request_shows_a_cut_off_all_the_same(account, name):
    names = account.create(name, BRAKE, permissions=document(DENY_S3))
    canary = open_canary(account, names, SESSION)
    assert canary.look() == "other"
    write(account, names, build_canary_denial(CANARY))
    assert canary.look() == "boundary"


@pytest.mark.parametrize("changes", [{"external_id": "daypass-wrong"}, {"role_arn": "-2"}])
def test_a_canary_is_refused_like_a_member(account, names, changes):
    if "role_arn" in changes:
        changes = {"role_arn": names.role_arn + changes["role_arn"]}
    terms = build_terms(names, **changes)
    assert problem_of(account.ports.cut_offs.open_canary, terms, SESSION) == "canary-refused"
