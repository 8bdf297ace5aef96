"""Format, stored hash and validity of links and codes."""

import hashlib
import re

import pytest

from chalicelib.domain.one_time_secrets import (
    IN_URL,
    TYPED,
    OneTimeSecret,
    StoredSecret,
    hash_without_text,
)
from tests.domain.values.secrets_table import SINGLE_USE, VALIDITY
from tests.rows import every

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
