"""The names of a stop's target: an error keeps what was typed and says what to do next, and a
member's tokens are offered as choices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.stops import forms
from tests.builders import a_scene, a_token
from tests.entrypoints.driver import Api, served
from tests.entrypoints.test_bad_days import Spied
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript
from tests.fakes import NOON
from tests.rows import every

TOKEN = "/web/actions/revoke-token"
OTHERS = (
    a_token(hash="1" * 64, label="old", expires_at=NOON - timedelta(hours=1)),
    a_token(hash="2" * 64, label="lost", revoked_at=NOON - timedelta(hours=1)),
    a_token(hash="3" * 64, label="idp", issuer="https://login.example", subject="a1"),
    a_token(hash="4" * 64, label="Slack", issuer="slack:T1", subject="U1"),
)
TYPED: tuple[tuple[str, dict[str, str]], ...] = (
    ("revoke-member", {"member": " Alice"}),
    ("revoke-member", {"member": "nobody"}),
    ("revoke-grant", {"member": "bob"}),
    ("revoke-grant", {"member": "Alice <b>", "engagement": "Acme-Prod"}),
    ("revoke-grant", {"member": "lena", "engagement": "acme-prod"}),
    ("revoke-engagement", {"engagement": "nothing"}),
    ("revoke-role", {"engagement": "acme-prod"}),
    ("revoke-role", {"engagement": "acme-prod", "role": "root"}),
    ("revoke-request", {"request": "bob.00d9o4r5k3f81c2q"}),
    ("revoke-client", {}),
    ("revoke-client", {"client": "Nobody"}),
    ("revoke-session", {"member": "nobody", "session": "0" * 16}),
    ("grant-access", {"engagement": "acme-prod", "member": "nobody"}),
    ("revoke-token", {}),
    ("revoke-token", {"member": "nobody"}),
    ("revoke-token", {"member": "Alice"}),
    ("revoke-token", {"member": "Alice", "token": "sample"}),
    ("revoke-token", {"member": "alice", "token": a_token("bob").id}),
    ("revoke-token", {"member": "nobody", "token": a_token("bob").id}),
)


@pytest.mark.golden
def test_names_are_offered_and_an_error_is_beside_its_field(console: Transcript) -> None:
    console.note("alice has four more tokens, and two of them work", *OTHERS)
    for action, query in TYPED:
        console.open("lena", f"/web/actions/{action}", **query)
    console.note("alice has one token, which has expired")
    for token in OTHERS[2:]:
        console.api.world.add(replace(token, expires_at=NOON))
    console.api.world.add(replace(a_token(), expires_at=NOON))
    console.open("lena", TOKEN, member="alice")
    console.post("lena", "/web/actions/revoke-member", {"member": "Nobody", "reason": "stolen"})
    console.post("lena", "/web/actions/revoke-grant", {"member": "bob", "reason": "stolen"})
    console.hold("stops/names")


@every("function", ["suggest_engagements", "suggest_members", "suggest_tokens"])
def test_a_stop_does_not_depend_on_suggestions(function: str) -> None:
    def fail(*_: Any) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    with pytest.MonkeyPatch.context() as patch, served(a_scene()) as api:
        patch.setattr(forms, function, fail)
        action = TOKEN if function == "suggest_tokens" else "/web/actions/revoke-grant"
        page = enter(api, "lena").get(action, member="alice")
    assert page.status == 200
    assert '<input type="text"' in page.text


def test_many_tokens_can_be_typed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.usecases.web.suggestions.MOST", 1)
    api.world.add(OTHERS[2])
    page = enter(api, "lena").get(TOKEN, member="alice")
    assert '<input type="text"' in page.text
    assert "<datalist" in page.text


@every("query", [query for action, query in TYPED if action == "revoke-token"])
def test_a_page_makes_at_most_ten_calls(query: dict[str, str]) -> None:
    """A list of what can be stopped costs two: itself, and its stops."""
    scene, calls = a_scene(), list[str]()
    ports = replace(
        scene.ports,
        state=Spied(scene.ports.state, calls, None, None, lasts=False),
        trail=Spied(scene.ports.trail, calls, None, None, lasts=False),
    )
    with served(replace(scene, ports=ports)) as api:
        enter(api, "lena").get(TOKEN, **query)
    assert 0 < len(calls) + calls.count("list") <= 10, calls
