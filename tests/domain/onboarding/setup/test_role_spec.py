"""A role's specification and its validation."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup.permissions import AS_THEY_ARE, SECURITY_AUDIT
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import FIRM, a_spec

BAD = Reason.BAD_VALUE
FIRM_OF_TWO_ACCOUNTS = replace(FIRM, other_accounts=("222233334444",))
OF_AWS = "arn:aws:iam::aws:policy/P"
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
    # An existing role keeps all its settings.
    ({"permissions": AS_THEY_ARE, "makes_boundary": True}, "makes_boundary", BAD),
    ({"permissions": AS_THEY_ARE, "boundary_arn": OF_AWS}, "boundary_arn", BAD),
    ({"permissions": AS_THEY_ARE, "max_session_duration": 3601}, "max_session_duration", BAD),
]
BOUNDARIES = [OF_AWS, "arn:aws:iam::987654321098:policy/a/P"]


@pytest.mark.parametrize(("changes", "field", "reason"), REFUSED_SPECS)
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


@pytest.mark.parametrize("arn", BOUNDARIES)
def test_a_boundary_is_a_policy_of_aws_or_of_the_same_account(arn: str) -> None:
    assert a_spec(boundary_arn=arn).permissions_boundary == arn


def test_every_arn_is_in_the_roles_partition() -> None:
    spec = a_spec(
        firm=Firm(account_id="123456789012", partition="aws-us-gov"),
        role_arn="arn:aws-us-gov:iam::987654321098:role/R",
        permissions=SECURITY_AUDIT,
        makes_boundary=True,
    )
    arns = (spec.permissions_boundary, spec.managed_policy_arn, build_trust_policy(spec))
    assert "arn:aws:" not in str(arns)


def test_names_are_on_one_line_with_their_account() -> None:
    spec = a_spec(firm_name=" Initrode\n\u202eInc ", client="")
    assert spec.firm_label == "Initrode Inc (AWS account 123456789012)"
    assert "in AWS account 987654321098." in spec.header[0]


def test_the_description_fits_and_says_how_to_remove_the_access() -> None:
    description = a_spec(firm_name="Ł" * 5000).description
    assert len(description) <= 1000  # "CreateRole" (IAM API Reference)
    assert "delete this role" in description
    assert "Daypass" in description
