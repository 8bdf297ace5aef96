"""ARNs, external IDs, moments, links and codes: valid and refused values, and their texts."""

import hashlib
import re
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import SLUG, build_external_id, parse_role_arn
from chalicelib.domain.moments import (
    end_text,
    exact_text,
    format_latest_first,
    format_sortable,
    last_moment_text,
    rfc3339,
)
from chalicelib.domain.one_time_secrets import (
    IN_URL,
    TYPED,
    OneTimeSecret,
    StoredSecret,
    hash_without_text,
)
from chalicelib.domain.people.tokens import build_token_text, parse_token
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE
from tests.domain.values.identifiers_table import BASE
from tests.domain.values.secrets_table import SINGLE_USE, VALIDITY
from tests.rows import every


def test_the_refusal_shows_an_example_arn_and_does_not_repeat_the_value():
    with pytest.raises(InvalidRequest, match="arn:aws:iam::123456789012:role/Name") as raised:
        parse_role_arn("hello")
    assert "hello" not in str(raised.value)


def test_a_long_invalid_arn_is_refused_within_a_second():
    started = time.perf_counter()
    with pytest.raises(InvalidRequest):
        parse_role_arn(BASE + "a/" * 50_000 + "!")
    assert time.perf_counter() - started < 1


@every("count", [0, 19, 21])
def test_an_external_id_requires_exactly_20_bytes(count):
    with pytest.raises(ValueError, match="20 random bytes"):
        build_external_id(bytes(count))


@every("name", [OPERATOR, CLIENT, SCHEDULE])
def test_actors_that_are_not_members_have_names_that_no_member_can_have(name):
    assert re.fullmatch(SLUG, name, re.ASCII) is None
    assert parse_token(build_token_text(name, bytes(32))) is None


NEPAL = timezone(timedelta(hours=5, minutes=45))


@every(
    "moment, text",
    [
        (datetime(2026, 11, 24, 18, tzinfo=UTC), "2026-11-24T18:00:00Z"),
        (datetime(2026, 11, 24, 18, 0, 0, 120_000, tzinfo=UTC), "2026-11-24T18:00:00.120Z"),
        (datetime(2026, 11, 24, 23, 45, tzinfo=NEPAL), "2026-11-24T18:00:00Z"),
    ],
)
def test_a_moment_is_written_in_utc(moment, text):
    assert rfc3339(moment) == text
    assert datetime.fromisoformat(text) == moment


@every(
    "end, text",
    [
        (datetime(2026, 11, 28, tzinfo=UTC), "the end of 27 November 2026, UTC"),
        (datetime(2027, 1, 1, tzinfo=UTC), "the end of 31 December 2026, UTC"),
        (datetime(2026, 11, 28, 5, 45, tzinfo=NEPAL), "the end of 27 November 2026, UTC"),
        (datetime(2026, 11, 28, tzinfo=NEPAL), "27 November 2026, 18:15 UTC"),
        (datetime(2026, 11, 28, 18, tzinfo=UTC), "28 November 2026, 18:00 UTC"),
        (datetime(2026, 11, 28, 0, 0, 1, tzinfo=UTC), "28 November 2026, 00:00 UTC"),
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC), "27 November 2026, 23:59 UTC"),
    ],
)
def test_an_end_at_midnight_is_named_by_its_last_day(end, text):
    assert end_text(end) == text


def test_the_last_moment_of_a_session_is_never_shown_too_early():
    moment = datetime(2026, 11, 24, 12, 59, tzinfo=UTC)
    assert last_moment_text(moment) == "24 November 2026, 12:59 UTC"
    for later in (timedelta(microseconds=1), timedelta(seconds=55)):
        assert last_moment_text(moment + later) == "24 November 2026, 13:00 UTC"
    assert exact_text(moment + timedelta(seconds=7)) == "24 November 2026, 12:59:07 UTC"


FIRST = datetime(2000, 1, 1, tzinfo=UTC)
VALID = st.integers(0, 999 * 365 * 86400 * 10**6).map(lambda n: FIRST + timedelta(microseconds=n))


@given(VALID, VALID)
def test_texts_sort_like_the_times_or_the_latest_first(first, other):
    assert (format_sortable(first) < format_sortable(other)) == (first < other)
    assert (format_latest_first(first) > format_latest_first(other)) == (first < other)


def test_a_microsecond_counts_and_the_width_is_fixed():
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert len(format_latest_first(noon)) == 17
    assert format_latest_first(noon + timedelta(microseconds=1)) < format_latest_first(noon)


RANDOM = bytes(range(32))


def random_bytes(count):
    return RANDOM[:count]


@every("kind, row", [*((StoredSecret, row) for row in VALIDITY),
                     *((OneTimeSecret, row) for row in SINGLE_USE)])  # fmt: skip
def test_a_secret_is_valid_if_it_has_no_problem(kind, row):
    assert row.result_of(kind.is_valid) is (row.expected is None)


@every(
    "secret_format, bits, pattern",
    [(IN_URL, 256, "[a-z2-7]{52}"), (TYPED, 80, "[a-z2-7]{4}(-[a-z2-7]{4}){3}")],
)
def test_the_text_is_random_base32_and_only_its_sha_256_is_stored(secret_format, bits, pattern):
    text, stored_hash = secret_format.new_secret(random_bytes)

    assert secret_format.byte_count * 8 == bits
    assert re.fullmatch(pattern, text)
    assert re.fullmatch(secret_format.pattern, text)
    assert stored_hash == secret_format.hash_of(text) == hashlib.sha256(text.encode()).hexdigest()
    last_bit = bytes(
        [
            *random_bytes(secret_format.byte_count)[:-1],
            random_bytes(secret_format.byte_count)[-1] ^ 1,
        ]
    )
    assert secret_format.new_secret(lambda _: last_bit)[0] != text


@every("secret_format", [IN_URL, TYPED])
@every("excess", [-1, 1])
def test_a_source_of_a_wrong_number_of_bytes_is_refused(secret_format, excess):
    with pytest.raises(ValueError, match=f"{secret_format.byte_count} random bytes"):
        secret_format.new_secret(lambda count: bytes(count + excess))


@every("secret_format", [IN_URL, TYPED])
def test_an_incomplete_or_malformed_text_has_no_hash(secret_format):
    text, _ = secret_format.new_secret(random_bytes)
    for malformed in ("", text[:-1], text + "a", text + "\n", text.upper(), text[:-1] + "1"):
        assert secret_format.hash_of(malformed) is None
    for beyond_ascii in ("é", "２"):
        assert secret_format.hash_of(text[:-1] + beyond_ascii) is None


def test_a_token_without_a_text_gets_the_hash_of_256_random_bits():
    assert hash_without_text(random_bytes) == hashlib.sha256(RANDOM).hexdigest()
