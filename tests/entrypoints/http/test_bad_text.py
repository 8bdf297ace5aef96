"""Every field of free text refuses the same characters and contents."""

from __future__ import annotations

import pytest

from tests.builders import token_text_of
from tests.entrypoints.driver import Api
from tests.entrypoints.http.contract import bad, refused
from tests.entrypoints.matrix import ask, prepare
from tests.entrypoints.valid import BODIES, ENROL, VEND

OPEN = "POST /v1/engagements"
NAME = "POST /v1/members"

# Invisible text. tests/domain/values/test_text.py has the other cases.
UNSEEN = {
    "a newline": "a\nb",
    "right to left": "a\u202eb",
    "a lone surrogate": "a\ud800b",
    "a surrogate pair the wrong way round": "\udc00\ud800",
    "white space alone": " \u3000\u00a0 ",
    "too long": "a" * 201,
    "longer in NFC": "\u0958",
}
TEXTS = [(VEND, "reason"), (NAME, "name"), (OPEN, "client"), (ENROL, "label")]
TEXTS += [(route, "reason") for route in BODIES if route.endswith("revoke")]


# All fields of free text share one type; each has its own longest length.
@pytest.mark.parametrize(
    ("route", "name", "what"),
    [
        *[(VEND, "reason", what) for what in UNSEEN],
        *[
            (route, name, what)
            for route, name in TEXTS[1:]
            for what in ("right to left", "too long", "longer in NFC")
        ],
    ],
)
def test_free_text_holds_nothing_unseen(api: Api, route: str, name: str, what: str) -> None:
    text = UNSEEN[what]
    if what == "longer in NFC":  # too long only after composition
        text *= 150 if name == "reason" else 45
    assert bad(api, route, name, text) == "bad-value"


@pytest.mark.parametrize(("route", "name"), TEXTS)
def test_a_tab_in_free_text_is_read_as_a_space(api: Api, route: str, name: str) -> None:
    """People paste text from tables, and a tab does not end a line."""
    prepare(api.world, route)
    body = BODIES[route] | {name: "\ta\tlost  laptop\t"}

    answer = ask(api, route, "member" if route == VEND else "lead", body=body)

    assert answer.status < 300, answer.text
    kept = f"{answer.text}{[entry.details for entry in api.world.entries]}"
    assert "a lost  laptop" in kept
    assert "\\t" not in kept


@pytest.mark.parametrize(("route", "name"), TEXTS)
def test_free_text_holds_no_token(api: Api, route: str, name: str) -> None:
    """The token would stay on the trail, where every lead and auditor reads it."""
    token = token_text_of("al")
    for text in (token, f"use {token}, please", token[:40]):
        answer = refused(api, route, body=BODIES[route] | {name: text[:60]})
        assert (answer.reason, answer.json["field"]) == ("bad-value", name)
        assert token[:20] not in answer.text


@pytest.mark.parametrize("text", ["Zoë O’Hara", "山田 太郎", 'J. "Al" Smith <&> Co. (100 %)'])
def test_free_text_can_be_in_any_language(api: Api, text: str) -> None:
    answer = ask(api, NAME, "lead", body=BODIES[NAME] | {"name": f" {text} "})

    assert answer.json["name"] == text
