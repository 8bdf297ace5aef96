"""Slack's request signature, compared with Slack's SDK."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier

from chalicelib.domain.slack.signatures import (
    MAX_CLOCK_DIFFERENCE,
    compute_signature,
    is_valid_signature,
)
from tests.rows import every

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET, BEFORE = "8f742231b10e8888abcd99yyyzzz85a5", "0000aaaa1111bbbb2222cccc3333dddd"
BODY = "token=x&team_id=T0EXAMPLE&text=access%20acme-prod&user_id=UALICE"


class AtNoon(Clock):
    def now(self):
        return NOW.timestamp()


def sdk_accepts(timestamp, signature, body):
    with suppress(ValueError, TypeError):  # the SDK raises where Daypass returns False
        return SignatureVerifier(SECRET, AtNoon()).is_valid(body, timestamp, signature)
    return False


def signed(timestamp, body, secret=SECRET):
    return compute_signature(secret, f"v0:{timestamp}:{body}".encode())


def test_the_sdks_signature_is_equal_and_valid():
    timestamp = str(int(NOW.timestamp()))
    sdk_signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=BODY)
    assert sdk_signature == signed(timestamp, BODY)
    assert is_valid_signature([SECRET], timestamp, sdk_signature, BODY.encode(), NOW)


@given(
    seconds=st.integers(-MAX_CLOCK_DIFFERENCE - 2, MAX_CLOCK_DIFFERENCE + 2),
    body=st.text(max_size=300).filter(lambda text: "\ud800" not in text),
    secret=st.sampled_from([SECRET, BEFORE, "another"]),
)
@example(seconds=MAX_CLOCK_DIFFERENCE, body=BODY, secret=SECRET)
@example(seconds=-MAX_CLOCK_DIFFERENCE, body=BODY, secret=SECRET)
def test_daypass_agrees_with_the_sdk_on_signed_requests(seconds, body, secret):
    timestamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    signature = signed(timestamp, body, secret)

    accepted = is_valid_signature([SECRET], timestamp, signature, body.encode(), NOW)

    assert accepted is sdk_accepts(timestamp, signature, body)


@given(timestamp=st.text(max_size=20), signature=st.text(max_size=80), body=st.binary(max_size=80))
def test_an_unsigned_request_is_refused_without_an_error(timestamp, signature, body):
    assert not is_valid_signature([SECRET, BEFORE], timestamp, signature, body, NOW)


@every("changed", ["body", "timestamp", "one letter", "upper case", "longer"])
def test_a_changed_request_is_refused(changed):
    timestamp = str(int(NOW.timestamp()))
    signature, body = signed(timestamp, BODY), BODY
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
    assert not sdk_accepts(timestamp, signature, body)


def test_either_secret_is_accepted_and_no_secret_accepts_nothing():
    timestamp = str(int(NOW.timestamp()))
    signature = signed(timestamp, BODY, BEFORE)
    assert is_valid_signature([SECRET, BEFORE], timestamp, signature, BODY.encode(), NOW)
    assert not is_valid_signature([], timestamp, signature, BODY.encode(), NOW)


def test_the_raw_body_is_verified_and_need_not_be_utf_8():
    timestamp, body = str(int(NOW.timestamp())), b"text=\xff\x00"
    signature = compute_signature(SECRET, f"v0:{timestamp}:".encode() + body)
    assert is_valid_signature([SECRET], timestamp, signature, body, NOW)
