"""The names of a stop's target: an error keeps what was typed and says what to do next, and a
member's tokens are offered as choices."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import utc_text
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.stops import forms
from tests.builders import AFTER, a_scene, a_token
from tests.entrypoints.driver import Api, Response, served
from tests.entrypoints.test_bad_days import Spied
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.entering import enter
from tests.fakes import NOON

NOBODY = 'There is no member nobody. <a href="/api/web/people">People</a> lists them.'
TOKEN = "/web/actions/revoke-token"
OLD = a_token(hash="1" * 64, label="old", expires_at=NOON - timedelta(hours=1))
REVOKED = a_token(hash="2" * 64, label="lost", revoked_at=NOON - timedelta(hours=1))
IDENTITY = a_token(hash="3" * 64, label="idp", issuer="https://login.example", subject="a1")
SLACK = a_token(hash="4" * 64, label="Slack", issuer="slack:T1", subject="U1")


def field_of(page: Response, name: str) -> str:
    """Return the field of the page's form, with its label, hint and error."""
    (shown,) = re.findall(
        rf'<div class="field">\s*<label for="field-{name}">.*?</div>', page.text, re.S
    )
    return str(shown)


@pytest.mark.parametrize("action", ["revoke-member", "member-leaves"])
def test_a_member_can_be_typed_with_capitals(action: str, signed_in: SignIn) -> None:
    page = signed_in("lena").get(f"/web/actions/{action}", member=" Alice")
    assert page.status == 200
    assert '<input type="hidden" name="member" value="alice">' in page.text
    assert "This will happen" in page.text


@pytest.mark.parametrize("action", ["revoke-member", "member-leaves", "revoke-token"])
def test_an_unknown_member_is_an_error_beside_the_field(action: str, signed_in: SignIn) -> None:
    page = signed_in("lena").get(f"/web/actions/{action}", member="nobody")
    assert page.status == 404
    field = field_of(page, "member")
    assert 'value="nobody"' in field
    assert f'<p class="error" id="field-member-error">{NOBODY}</p>' in field
    assert 'href="/api/web/stops">Cancel' in page.text
    assert "This will happen" not in page.text


def test_an_unknown_member_in_a_sent_form_is_the_same_error(signed_in: SignIn) -> None:
    lena = signed_in("lena")
    lena.get("/web/actions/revoke-member")
    page = lena.post("/web/actions/revoke-member", {"member": "Nobody", "reason": "stolen"})
    assert page.status == 404
    assert NOBODY in field_of(page, "member")
    assert 'value="nobody"' in field_of(page, "member")


def test_an_invalid_name_keeps_every_typed_text(signed_in: SignIn) -> None:
    page = signed_in("lena").get(
        "/web/actions/revoke-grant", member="Alice <b>", engagement="Acme-Prod"
    )
    assert page.status == 400
    assert 'value="alice &lt;b&gt;"' in field_of(page, "member")
    assert "This must be a member&#39;s ID" in field_of(page, "member")
    assert 'value="acme-prod"' in field_of(page, "engagement")
    assert 'class="error"' not in field_of(page, "engagement")


@pytest.mark.parametrize(
    ("action", "query", "field", "text"),
    [
        ("revoke-engagement", {"engagement": "nothing"}, "engagement", "There is no engagement"),
        ("revoke-role", {"engagement": "acme-prod", "role": "root"}, "role", "acme-prod has no"),
        ("revoke-grant", {"engagement": "acme-prod", "member": "lena"}, "member", "lena has no"),
        ("revoke-request", {"request": "bob.00d9o4r5k3f81c2q"}, "request", "There is no request"),
        ("revoke-session", {"member": "nobody", "session": "0" * 16}, "member", "There is no"),
        ("grant-access", {"engagement": "acme-prod", "member": "nobody"}, "member", "There is no"),
    ],
)
def test_what_does_not_exist_is_an_error_beside_its_field(
    action: str, query: dict[str, str], field: str, text: str, signed_in: SignIn
) -> None:
    page = signed_in("lena").get(f"/web/actions/{action}", **query)
    assert page.status == 404
    assert text in field_of(page, field)
    for name, typed in query.items():
        assert f'value="{typed}"' in field_of(page, name)


def test_a_tokens_member_is_asked_for_first(signed_in: SignIn) -> None:
    page = signed_in("lena").get(TOKEN)
    assert 'name="member"' in page.text
    assert 'name="token"' not in page.text
    assert "The next page shows the member’s tokens." in page.text
    assert ">Continue</button>" in page.text


def test_the_members_tokens_are_offered(api: Api, signed_in: SignIn) -> None:
    api.world.add(OLD, REVOKED, IDENTITY, SLACK)
    page = signed_in("lena").get(TOKEN, member="Alice")
    field = field_of(page, "token")
    assert '<option value="" selected>Choose a token</option>' in field
    choices = re.findall(r'<option value="([^"]*)">([^<]*)</option>', field)
    until = utc_text(AFTER)
    assert sorted(text for _, text in choices) == sorted(
        f"\u2068{token.label}\u2069 ({token.id}): {kind}, until {until}"
        for token, kind in ((a_token(), "API token"), (IDENTITY, "identity"), (SLACK, "Slack user"))
    ), choices
    assert "<select" in field
    assert a_token().hash not in page.text
    effect = signed_in("lena").get(TOKEN, member="alice", token=choices[0][0])
    assert "This will happen" in effect.text


def test_a_member_without_a_valid_token_needs_no_stop(api: Api, signed_in: SignIn) -> None:
    api.world.add(replace(a_token(), expires_at=NOON))
    page = signed_in("lena").get(TOKEN, member="alice")
    assert "alice has no token that works now" in field_of(page, "token")


def test_a_token_of_another_member_is_an_error_with_the_members_own(signed_in: SignIn) -> None:
    page = signed_in("lena").get(TOKEN, member="alice", token=a_token("bob").id)
    assert page.status == 404
    field = field_of(page, "token")
    assert f"alice has no token {a_token('bob').id}." in field
    assert 'href="/api/web/people/alice">The member’s page</a> lists them.' in field
    assert f'<option value="{a_token().id}">' in field
    unknown = signed_in("lena").get(TOKEN, member="nobody", token=a_token("bob").id)
    assert NOBODY in field_of(unknown, "member")


def test_what_is_typed_for_a_token_is_an_error_and_never_a_silent_return(
    signed_in: SignIn,
) -> None:
    page = signed_in("lena").get(TOKEN, member="Alice", token="sample")
    assert page.status == 400
    assert "This must be a token&#39;s ID" in field_of(page, "token")
    assert 'value="alice"' in field_of(page, "member")


def test_many_tokens_can_be_typed(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.usecases.web.suggestions.MOST", 1)
    api.world.add(IDENTITY)
    field = field_of(signed_in("lena").get(TOKEN, member="alice"), "token")
    assert '<input type="text"' in field
    assert "<datalist" in field


def test_the_form_does_not_depend_on_the_list_of_tokens(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    monkeypatch.setattr(forms, "suggest_tokens", fail)
    page = signed_in("lena").get(TOKEN, member="alice")
    assert page.status == 200
    assert '<input type="text"' in field_of(page, "token")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"member": "alice"},
        {"member": "nobody"},
        {"member": "alice", "token": "0" * 12},
        {"member": "nobody", "token": "0" * 12},
        {"member": "alice", "token": a_token().id},
    ],
    ids=str,
)
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
