"""A role's specification and its validation."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup.cut_off import (
    build_cut_off_permissions,
    build_cut_off_trust,
)
from chalicelib.domain.onboarding.setup.permissions import AS_THEY_ARE, SECURITY_AUDIT
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import (
    CUT_OFF_EXTERNAL_ID,
    FIRM,
    a_spec,
    with_brake,
)
from tests.rows import every

BAD = Reason.BAD_VALUE
FIRM_OF_TWO_ACCOUNTS = replace(FIRM, other_accounts=("222233334444",))
OF_AWS = "arn:aws:iam::aws:policy/P"
POLICIES = "arn:aws:iam::987654321098:policy/"
BRAKE: dict[str, Any] = {
    "cut_off": CutOffMethod.BRAKE,
    "cut_off_external_id": CUT_OFF_EXTERNAL_ID,
}
REFUSED_SPECS: list[tuple[dict[str, Any], str, Reason]] = [
    ({"role_arn": "arn:aws:iam::987654321098:user/Bob"}, "arn", BAD),
    ({"role_arn": "arn:aws:iam::987654321098:role/{{x}}/R"}, "arn", BAD),
    ({"role_arn": "arn:aws:iam::123456789012:role/R"}, "arn", Reason.DAYPASS_ACCOUNT),
    (
        {"firm": FIRM_OF_TWO_ACCOUNTS, "role_arn": "arn:aws:iam::222233334444:role/R"},
        "arn",
        Reason.FIRM_ACCOUNT,
    ),
    ({"role_arn": "arn:aws-cn:iam::987654321098:role/R"}, "arn", Reason.ROLE_IN_ANOTHER_PARTITION),
    ({"boundary_arn": "arn:aws:iam::987654321098:role/R"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws:iam::111111111111:policy/P"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws-cn:iam::aws:policy/P"}, "boundary_arn", BAD),
    ({"boundary_arn": "arn:aws:iam::aws:policy/{{/P"}, "boundary_arn", BAD),
    ({"boundary_arn": OF_AWS, "makes_boundary": True}, "boundary_arn", BAD),
    # The brake is the role's only boundary, and no brake is another role's boundary.
    (BRAKE | {"boundary_arn": OF_AWS}, "boundary_arn", BAD),
    (BRAKE | {"makes_boundary": True}, "makes_boundary", BAD),
    ({"boundary_arn": f"{POLICIES}daypass-cut-off/ContractorRole-brake"}, "boundary_arn", BAD),
    ({"boundary_arn": f"{POLICIES}Daypass-Cut-Off/x"}, "boundary_arn", BAD),
    ({"role_arn": "arn:aws:iam::987654321098:role/daypass-cut-off/R-cut-off"}, "arn", BAD),
    # An existing role keeps all its settings.
    ({"permissions": AS_THEY_ARE, "makes_boundary": True}, "makes_boundary", BAD),
    ({"permissions": AS_THEY_ARE, "boundary_arn": OF_AWS}, "boundary_arn", BAD),
    (BRAKE | {"permissions": AS_THEY_ARE, "makes_boundary": True}, "makes_boundary", BAD),
    ({"permissions": AS_THEY_ARE, "max_session_duration": 3601}, "max_session_duration", BAD),
]
BOUNDARIES = [
    OF_AWS,
    f"{POLICIES}a/P",
    f"{POLICIES}daypass-cut-off",
    f"{POLICIES}daypass-cut-offs/P",
]


@every("changes, field, reason", REFUSED_SPECS)
def test_an_invalid_specification_is_refused(
    changes: dict[str, Any], field: str, reason: Reason
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        a_spec(**changes)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize(
    ("arn", "path", "name"),
    [
        ("arn:aws:iam::987654321098:role/R", "/", "R"),
        ("arn:aws:iam::987654321098:role/a/b/R", "/a/b/", "R"),
        ("arn:aws:iam::987654321098:role/x:role/R/R", "/x:role/R/", "R"),
        (f"arn:aws:iam::987654321098:role/{'p' * 400}/{'n' * 64}", f"/{'p' * 400}/", "n" * 64),
    ],
)
def test_path_and_name_are_the_arns(arn: str, path: str, name: str) -> None:
    spec = a_spec(role_arn=arn)
    assert (spec.path, spec.role_name) == (path, name)


@every("arn", BOUNDARIES)
def test_a_boundary_is_a_policy_of_aws_or_of_the_same_account(arn: str) -> None:
    assert a_spec(boundary_arn=arn).permissions_boundary == arn


def test_with_a_brake_the_boundary_is_the_brake() -> None:
    brake = f"{POLICIES}daypass-cut-off/ContractorRole-brake"
    assert with_brake().permissions_boundary == brake
    assert with_brake(permissions=AS_THEY_ARE).permissions_boundary == brake


@pytest.mark.parametrize("changes", [{"boundary_arn": OF_AWS}, {"makes_boundary": True}])
def test_with_deny_all_any_boundary_stays(changes: dict[str, Any]) -> None:
    without = a_spec(**changes).permissions_boundary
    spec = a_spec(**(BRAKE | {"cut_off": CutOffMethod.DENY_ALL} | changes))
    assert spec.permissions_boundary == without


def test_without_an_external_id_there_is_no_cut_off_role() -> None:
    with pytest.raises(ValueError, match="no external ID for cut-offs"):
        build_cut_off_trust(a_spec(cut_off=CutOffMethod.DENY_ALL))


def test_every_arn_is_in_the_roles_partition() -> None:
    spec = a_spec(
        firm=Firm(account_id="123456789012", partition="aws-us-gov"),
        role_arn="arn:aws-us-gov:iam::987654321098:role/R",
        permissions=SECURITY_AUDIT,
        makes_boundary=True,
        cut_off=CutOffMethod.DENY_ALL,
        cut_off_external_id=CUT_OFF_EXTERNAL_ID,
    )
    cut_off = (build_cut_off_trust(spec), build_cut_off_permissions(spec))
    arns = (spec.permissions_boundary, spec.managed_policy_arn, build_trust_policy(spec), cut_off)
    assert "arn:aws:" not in str(arns)


def test_the_description_fits_and_says_how_to_remove_the_access() -> None:
    description = a_spec(firm_name="Ł" * 5000).description
    assert len(description) <= 1000  # "CreateRole" (IAM API Reference)
    assert "delete this role" in description
    assert "Daypass" in description
