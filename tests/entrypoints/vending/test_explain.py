"""The API explains an access decision with a machine-readable reason for each clause."""

from __future__ import annotations

import pytest

from tests.builders import a_role
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import Api

WHY = "GET /v1/engagements/acme-prod/roles/readonly/why"


@pytest.mark.golden
def test_explanations_are_as_the_file_says(api: Api) -> None:
    calls, alice = Calls(api), {"member": "alice"}
    calls.send("alice", WHY)
    calls.note("the role is not verified", a_role(verification=None))
    calls.send("ada", WHY, query=alice)
    calls.send("bob", WHY, query=alice)
    calls.hold("explanations")
