"""The routes for access that a request opened, and the fields that show it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.requests.requests import RequestStatus
from tests.builders import (
    a_grant_on_request,
    a_request,
    a_request_id,
    an_approval_policy,
    an_approved_grant,
)
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import Api
from tests.fakes import NOON

REQUEST = a_request_id()
READONLY = frozenset({"readonly"})
MINE = "GET /v1/access"
VEND = "POST /v1/engagements/acme-prod/sessions"
GRANTS = "/v1/engagements/acme-prod/grants"


@pytest.mark.golden
def test_access_is_shown_started_used_and_given_back_as_the_file_says(api: Api) -> None:
    calls = Calls(api)
    calls.send("alice", MINE)
    calls.note("on request", a_grant_on_request())
    calls.send("alice", MINE)
    calls.note("in emergencies, too", a_grant_on_request(emergency=READONLY))
    calls.send("alice", MINE)
    access = an_approved_grant(duration=3600, ends_at=NOON + timedelta(hours=24))
    fields = {"stops": access.stops, "duration": access.duration}
    request = a_request(status=RequestStatus.APPROVED, number="1", **fields)
    calls.note("approved", an_approval_policy(), request, access)
    calls.send("alice", MINE)
    calls.send("alice", VEND, {"role": "readonly"})
    for use in ("start", "end"):  # others learn nothing of a request
        for of in (REQUEST, a_request_id("nobody")):
            calls.send("bob", f"POST /v1/me/requests/{of}/{use}")
    calls.send("alice", f"POST /v1/me/requests/{REQUEST}/start")
    calls.send("alice", MINE)
    calls.send("alice", VEND, {"role": "readonly"})
    calls.send("alice", f"POST /v1/me/requests/{REQUEST}/end")
    calls.send("alice", VEND, {"role": "readonly"})
    for member, body in (("lena", {}), ("alice", {"reason": "x"}), ("lena", {"reason": "enough"})):
        calls.send(member, f"POST /v1/requests/{REQUEST}/revoke", body)
    calls.hold("access-by-request")


@pytest.mark.golden
def test_leads_set_and_see_the_conditions_of_a_grant_as_the_file_says(api: Api) -> None:
    calls = Calls(api)
    body = {"member": "bob", "roles": ["readonly"]}
    calls.send(
        "lena", f"POST {GRANTS}", body | {"on_request": ["readonly"], "emergency": ["readonly"]}
    )
    calls.send("lena", f"GET {GRANTS}")
    calls.send("lena", f"GET {GRANTS}/bob")
    calls.send("lena", f"PATCH {GRANTS}/bob", {"emergency": []})
    calls.send("lena", f"PATCH {GRANTS}/bob", {"on_request": [], "emergency": ["readonly"]})
    calls.hold("conditions-of-a-grant")
