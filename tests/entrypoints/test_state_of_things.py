"""The errors for items that do not exist, or have ended. The others: test_whole_answers.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import a_token
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import NO_BODY, Api, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import PATH, ask

GRANTS = "POST /v1/engagements/{engagement}/grants"


def test_another_members_token_is_not_found(api: Api) -> None:
    body = {"reason": "mine?"}
    bobs = f"/v1/me/tokens/{a_token('bob').id}"
    for method, path, more in (
        ("GET", bobs, NO_BODY),
        ("PATCH", bobs, {"label": "mine"}),
        ("POST", f"{bobs}/revoke", body),
    ):
        for caller in ("alice", "lena"):
            answer = api.send(method, path, caller, more)
            assert (answer.status, answer.reason) == (404, "no-such-token")
    assert not api.world.entries


ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("GET /v1/sessions", {"query": {"member": "nobody-we-know"}}),
    ("GET /v1/sessions", {"query": {"engagement": "no-such-client"}}),
    ("GET /v1/trail", {"query": {"member": "nobody-we-know"}}),
    (GRANTS, {"body": {"member": "nobody-we-know", "roles": ["readonly"]}}),
    (GRANTS, {"body": {"member": "ada", "roles": ["readonly"]}}),  # an auditor
    (
        "GET /v1/members/{member}/tokens/{token}",
        {"path": f"/v1/members/bob/tokens/{PATH['token']}"},
    ),
]
# What cannot be done with what has ended, once it has.
ENDED = {
    "PATCH /v1/engagements/{engagement}/grants/{member}": "/v1/engagements/acme-prod/grants/alice",
    "PATCH /v1/engagements/{engagement}/roles/{role}": "/v1/engagements/acme-prod/roles/readonly",
    "POST /v1/engagements/{engagement}/roles/{role}/verify": (
        "/v1/engagements/acme-prod/roles/readonly"
    ),
    "POST /v1/members/{member}/enrolment": "/v1/members/alice",
}


@pytest.mark.golden
def test_what_is_missing_or_has_ended_is_named_as_the_file_says(api: Api) -> None:
    calls = Calls(api)
    for route, changes in ELSEWHERE:
        answer = ask(api, route, "lead", **changes)
        check(route, answer)
        calls.show(f"lead: {route} {changes}", answer, route)
    for route, path in ENDED.items():
        with fresh_api() as again:
            assert again.post(f"{path}/revoke", "lena", {"reason": "over"}).status == 200
            answer = ask(again, route, "lead")
            check(route, answer)
            calls.show(f"lead: {route} after its end", answer, route)
    calls.hold("missing-or-ended")
