"""The routes for access that a request opened, and the fields that show it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.requests.requests import RequestStatus
from tests.builders import (
    a_grant,
    a_grant_on_request,
    a_request,
    a_request_id,
    an_approval_policy,
    an_approved_grant,
)
from tests.entrypoints.driver import Api
from tests.fakes import NOON

REQUEST = a_request_id()
READONLY = frozenset({"readonly"})
UNSTARTED: dict[str, Any] = {"duration": 3600, "ends_at": NOON + timedelta(hours=24)}


def opened(api: Api, **changes: Any) -> None:
    """Let alice have access to `readonly` of acme-prod by an approved request."""
    access = an_approved_grant(**changes)
    status = RequestStatus.APPROVED
    api.world.add(
        a_grant_on_request(emergency=READONLY),
        an_approval_policy(),
        a_request(status=status, number="1", stops=access.stops, duration=access.duration),
        access,
    )


def my_role(api: Api) -> dict[str, Any]:
    (engagement,) = api.get("/v1/me/engagements", "alice").json["engagements"]
    (role,) = engagement["roles"]
    names = ("access", "request", "open_from", "open_until", "needs_start")
    return {name: role[name] for name in names}


NOTHING = {"request": None, "open_from": None, "open_until": None, "needs_start": False}


def test_my_engagements_show_how_a_member_gets_access_to_each_role(api: Api) -> None:
    assert my_role(api) == {"access": "standing", **NOTHING}
    api.world.add(a_grant_on_request())
    assert my_role(api) == {"access": "on-request", **NOTHING}
    api.world.add(a_grant_on_request(emergency=READONLY))
    assert my_role(api) == {"access": "emergency", **NOTHING}
    opened(api)
    assert my_role(api) == {
        "access": "emergency",
        "request": REQUEST,
        "open_from": "2026-11-24T12:00:00Z",
        "open_until": "2026-11-24T14:00:00Z",
        "needs_start": False,
    }


def test_access_is_started_used_and_given_back(api: Api) -> None:
    opened(api, **UNSTARTED)
    role = my_role(api)
    assert (role["open_from"], role["needs_start"]) == (None, True)
    sessions = "/v1/engagements/acme-prod/sessions"
    refusal = api.post(sessions, "alice", {"role": "readonly"})
    assert (refusal.status, refusal.reason) == (403, "access-not-started")
    started = api.post(f"/v1/me/requests/{REQUEST}/start", "alice")
    assert (started.status, started.json["started_at"]) == (200, "2026-11-24T12:00:00Z")
    assert api.post(sessions, "alice", {"role": "readonly"}).status == 201
    ended = api.post(f"/v1/me/requests/{REQUEST}/end", "alice")
    assert (ended.status, ended.json["alive"]) == (200, 1)
    refusal = api.post(sessions, "alice", {"role": "readonly"})
    assert (refusal.status, refusal.reason) == (403, "approval-revoked")


def test_a_lead_revokes_access_with_a_reason(api: Api) -> None:
    opened(api)
    path = f"/v1/requests/{REQUEST}/revoke"
    assert api.post(path, "lena", {}).reason == "missing-field"
    revoked = api.post(path, "lena", {"reason": "enough"})
    assert (revoked.status, revoked.json["alive"]) == (200, 0)
    assert api.post(path, "alice", {"reason": "enough"}).status == 403


@pytest.mark.parametrize("use", ["start", "end"])
def test_others_learn_nothing_of_a_request(api: Api, use: str) -> None:
    opened(api)
    refusals = [
        api.post(f"/v1/me/requests/{request}/{use}", "bob")
        for request in (REQUEST, a_request_id("nobody"))
    ]
    assert [each.status for each in refusals] == [404, 404]
    assert len({each.json["detail"] for each in refusals}) == 1


GRANTS = "/v1/engagements/acme-prod/grants"


def test_leads_set_and_see_the_conditions_of_a_grant(api: Api) -> None:
    conditions = {"on_request": ["readonly"], "emergency": ["readonly"]}
    body = {"member": "bob", "roles": ["readonly"], **conditions}
    created = api.post(GRANTS, "lena", body)
    assert created.status == 201
    listed = {each["member"]: each for each in api.get(GRANTS, "lena").json["grants"]}
    for shown in (created.json, listed["bob"], api.get(f"{GRANTS}/bob", "lena").json):
        assert {name: shown[name] for name in conditions} == conditions
    changed = api.patch(f"{GRANTS}/bob", "lena", {"emergency": []})
    assert (changed.json["on_request"], changed.json["emergency"]) == (["readonly"], [])
    refusal = api.patch(f"{GRANTS}/bob", "lena", {"on_request": [], "emergency": ["readonly"]})
    assert (refusal.status, refusal.json["field"]) == (400, "emergency")


def test_a_grant_without_conditions_is_shown_as_such(api: Api) -> None:
    api.world.add(a_grant())
    shown = api.get(f"{GRANTS}/alice", "lena").json
    assert (shown["on_request"], shown["emergency"]) == ([], [])
