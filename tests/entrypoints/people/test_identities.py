"""Sign-in by the firm's identity provider, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.builders import code_text_of
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES, VEND
from tests.fakes import NOON
from tests.fakes.providers import claims, fake_identity_token
from tests.rows import every

WORD = fake_identity_token(claims(NOON))
TO_VEND = "/v1/engagements/acme-prod/sessions"


def bind(api: Api, **changes: Any) -> Response:
    answer = ask(api, BIND, "nobody", body=BODIES[BIND] | changes)
    check(BIND, answer)
    return answer


def by_word(api: Api, method: str, path: str, word: str = WORD, **more: Any) -> Response:
    return api.send(method, path, headers={"Authorization": f"Bearer {word}"}, **more)


@pytest.mark.golden
def test_an_identity_is_bound_used_and_ended_as_the_file_says(api: Api) -> None:
    calls, bearer = Calls(api), {"Authorization": f"Bearer {WORD}"}
    expired = fake_identity_token(claims(NOON, exp=NOON.timestamp()))
    calls.show("bound with an expired token", bind(api, identity_token=expired), "bind")
    bound = bind(api)
    calls.show("bound", bound, "bind")
    vend = f"POST {TO_VEND}"
    calls.send("", vend, {"role": "readonly"}, headers=bearer)
    calls.send("", "GET /v1/me", headers=bearer)
    calls.send("alice", "GET /v1/me/tokens")
    calls.send("alice", f"POST /v1/me/tokens/{bound.json['id']}/revoke", {"reason": "another firm"})
    calls.send("", vend, {"role": "readonly"}, headers=bearer)
    calls.hold("identities")


@every(
    "word, status, reason",
    [
        (WORD, 401, "identity-unknown"),
        (fake_identity_token(claims(NOON), key="a stranger's"), 401, "identity-token-refused"),
        ("a.b.c", 401, "identity-token-refused"),
        ("a.b", 401, "token-malformed"),
        (f"a.b.{'c' * 9000}", 401, "token-malformed"),
    ],
)
def test_an_unknown_caller_learns_what_to_do(api: Api, word: str, status: int, reason: str) -> None:
    answer = by_word(api, "POST", TO_VEND, word, body={"role": "readonly"})
    check(VEND, answer)
    assert (answer.status, answer.reason) == (status, reason)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="daypass", error="invalid_token"'
    assert word not in answer.text


def test_an_identity_token_is_in_no_log_line_or_response(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    bound = bind(api).text
    by_word(api, "GET", "/v1/me")
    by_word(api, "GET", "/v1/me", WORD[:-4] + "AAAA")
    again = bind(api, code=code_text_of("bob")).text
    logged = capsys.readouterr()
    for part in (WORD, *WORD.split(".")[1:]):
        assert part not in logged.out + logged.err + bound + again


def test_cryptography_is_loaded_only_for_an_identity_token() -> None:
    program = (
        "import sys, app; from chalicelib.adapters.people.identity_providers import OidcProviders;"
        " OidcProviders([]); print([name for name in sys.modules if name.split('.')[0] in"
        " ('jwt', 'cryptography') or 'identity_providers.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
