"""The set-up page says whether the client approves access, and who does: by name, with no link."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_client_approver
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.page_states import check_page
from tests.fakes import NOON

REQUIRED = {"requires_client_approval": True}
NOTHING = ["Your approval"]
STATES: dict[str, Any] = {
    "no approver": ([], [], NOTHING),
    "a contact only": ([a_client_approver(is_contact=True)], [], NOTHING),
    "a revoked approver": ([a_client_approver(revoked_at=NOON)], [], NOTHING),
    "an approver": (
        [a_client_approver(), a_client_approver("kim", name="Kim <Roe>")],
        ["Your company can approve our access.", "Jo Doe", "Kim <Roe>"],
        ["No one of us gets access without", "proposed"],
    ),
    "approval required": (
        [a_client_approver(), REQUIRED],
        ["No one of us gets access without your company’s approval: not our leads", "Jo Doe"],
        ["has no approver at the moment"],
    ),
    "approval required and no approver": (
        [REQUIRED],
        ["Your company has no approver at the moment."],
        ["These people at"],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_the_page_states_exactly_what_is_true(api: Api, state: str) -> None:
    check_page(api, STATES[state])
