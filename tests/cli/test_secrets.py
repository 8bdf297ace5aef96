"""A token or a code that someone types in the wrong place is not repeated on the error stream."""

from __future__ import annotations

from tests.cli.typed import Machine
from tests.rows import every

CODE = "daypass_enrol_alice_" + "aB3" * 16
TOKEN = "daypass_alice_" + "aB3" * 16
IDENTITY = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@every("secret", [CODE, TOKEN, IDENTITY])
@every(
    "words",
    [("login", "https://daypass.example.com/api"), ("creds",), ("ls",), ("use",), ("link-slack",)],
)
def test_a_misplaced_secret_is_not_echoed(
    machine: Machine, secret: str, words: tuple[str, ...]
) -> None:
    output = machine.type(*words, secret)
    assert output.code != 0
    assert secret[20:] not in output.out + output.err
