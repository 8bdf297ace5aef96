"""Slack's signature, judged by Slack's own SDK."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from chalicelib.domain.slack.signatures import WINDOW, is_valid_signature, sign

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET, BEFORE = "8f742231b10e8888abcd99yyyzzz85a5", "0000aaaa1111bbbb2222cccc3333dddd"
BODY = "token=x&team_id=T0EXAMPLE&text=access%20acme-prod&user_id=UALICE"


class AtNoon(Clock):
    def now(self) -> float:
        return NOW.timestamp()


def the_sdk_takes(timestamp: str, signature: str, body: str) -> bool:
    with suppress(ValueError, TypeError):  # it raises for what ours only refuses
        return SignatureVerifier(SECRET, AtNoon()).is_valid(body, timestamp, signature)
    return False


def made(timestamp: str, body: str, secret: str = SECRET) -> str:
    return sign(secret, f"v0:{timestamp}:{body}".encode())


def test_a_signature_of_the_sdks_is_ours() -> None:
    timestamp = str(int(NOW.timestamp()))
    theirs = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=BODY)
    assert theirs == made(timestamp, BODY)
    assert is_valid_signature([SECRET], timestamp, theirs, BODY.encode(), NOW)


@given(
    seconds=st.integers(-WINDOW - 2, WINDOW + 2),
    body=st.text(max_size=300).filter(lambda text: "\ud800" not in text),
    secret=st.sampled_from([SECRET, BEFORE, "another"]),
)
@example(seconds=WINDOW, body=BODY, secret=SECRET)
@example(seconds=-WINDOW, body=BODY, secret=SECRET)
def test_it_agrees_with_the_sdk_on_every_signature(seconds: int, body: str, secret: str) -> None:
    timestamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    signature = made(timestamp, body, secret)

    ours = is_valid_signature([SECRET], timestamp, signature, body.encode(), NOW)

    assert ours is the_sdk_takes(timestamp, signature, body)


@given(timestamp=st.text(max_size=20), signature=st.text(max_size=80), body=st.binary(max_size=80))
def test_it_never_raises_and_accepts_nothing_unsigned(
    timestamp: str, signature: str, body: bytes
) -> None:
    assert not is_valid_signature([SECRET, BEFORE], timestamp, signature, body, NOW)


@pytest.mark.parametrize("changed", ["body", "timestamp", "one letter", "upper case", "longer"])
def test_whatever_is_changed_is_not_signed(changed: str) -> None:
    timestamp = str(int(NOW.timestamp()))
    signature, body = made(timestamp, BODY), BODY
    match changed:
        case "body":
            body += " "
        case "timestamp":
            timestamp = str(int(timestamp) + 1)
        case "one letter":
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        case "upper case":
            signature = signature.upper().replace("V0", "v0")
        case "longer":
            signature += "0"
    assert not is_valid_signature([SECRET], timestamp, signature, body.encode(), NOW)
    assert not the_sdk_takes(timestamp, signature, body)


def test_any_of_the_secrets_may_have_made_it_and_none_makes_none() -> None:
    timestamp = str(int(NOW.timestamp()))
    signature = made(timestamp, BODY, BEFORE)
    assert is_valid_signature([SECRET, BEFORE], timestamp, signature, BODY.encode(), NOW)
    assert not is_valid_signature([], timestamp, signature, BODY.encode(), NOW)


def test_the_signature_covers_the_raw_body_which_need_not_be_utf_8() -> None:
    timestamp, body = str(int(NOW.timestamp())), b"text=\xff\x00"
    signature = sign(SECRET, f"v0:{timestamp}:".encode() + body)
    assert is_valid_signature([SECRET], timestamp, signature, body, NOW)
