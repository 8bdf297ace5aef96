"""Members see which check of a role failed, on every surface, and no more details."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.proof import Check
from chalicelib.entrypoints.vending.formats import SessionFormat
from tests.builders import a_verification, an_override, results
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import change
from tests.entrypoints.valid import VEND

FAILED = a_verification(results=results(Check.NO_ID))
FOUND = "Daypass can assume the role WITHOUT an external ID"
FORMATS = [item.value for item in SessionFormat]

STATES: dict[str, dict[str, Any]] = {
    "failed": {"verification": FAILED},
    "never checked": {"verification": None},
    "failed with another ARN": {"verification": FAILED, "arn": "arn:aws:iam::987654321098:role/X"},
    "failed without a finding": {"verification": a_verification(results={})},
    "failed and overridden": {"verification": FAILED, "override": an_override()},
}


@pytest.mark.golden
def test_members_learn_of_it_as_the_file_says(api: Api) -> None:
    calls, items = Calls(api), dict(api.world.items)
    calls.send("alice", "GET /v1/me/engagements")
    for state, changes in STATES.items():
        api.world.items.update(items)
        change(api.world, Role, **changes)
        calls.note(state)
        for kind in FORMATS if state == "failed" else ["json"]:
            body = {"role": "readonly", "format": kind}
            calls.show(f"vend as {kind}", ask(api, VEND, "member", body=body), kind)
        calls.send("alice", "GET /v1/me/engagements")
    calls.hold("a-role-that-failed")


def test_a_member_without_access_learns_nothing_about_the_role(api: Api) -> None:
    change(api.world, Role, verification=FAILED)
    text = ask(api, VEND, "other").text
    assert FOUND not in text
    assert "not-a-member" in text
