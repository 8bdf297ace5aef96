"""What IAM's simulator answers about several resources at once, and what is concluded from it."""

from __future__ import annotations

from typing import Any

import pytest

from operating.doctor.permissions import is_allowed

YES, NO = {"EvalDecision": "allowed"}, {"EvalDecision": "implicitDeny"}
LACKING = {"MissingContextValues": ["aws:SourceVpc"]}


def of_each(*decisions: str) -> dict[str, Any]:
    return {"ResourceSpecificResults": [{"EvalResourceDecision": one} for one in decisions]}


@pytest.mark.parametrize(
    ("result", "allowed"),
    [
        (YES, True),
        (NO, False),
        ({"EvalDecision": "explicitDeny"}, False),
        (NO | LACKING, True),  # nothing is concluded where a condition's key is not known
        (YES | of_each("allowed", "allowed"), True),
        (YES | of_each("allowed", "implicitDeny"), False),
        (NO | of_each("allowed", "explicitDeny"), False),
        (NO | LACKING | of_each("implicitDeny"), True),
    ],
)
def test_what_is_allowed_is_allowed_on_every_resource(
    result: dict[str, Any], *, allowed: bool
) -> None:
    assert is_allowed(result) is allowed
