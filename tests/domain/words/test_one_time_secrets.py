"""Links and codes: how they are written, what is kept of them, and when one is good."""

from __future__ import annotations

import hashlib
import re

import pytest

from chalicelib.domain.one_time_secrets import (
    IN_URL,
    TYPED,
    KeptSecret,
    OneTimeSecret,
    SecretFormat,
    hash_without_text,
)
from tests.domain.rows import Row
from tests.domain.words.secrets_table import KEPT, ONE_TIME

RANDOM = bytes(range(32))


def drawn(count: int) -> bytes:
    return RANDOM[:count]


@pytest.mark.parametrize("row", KEPT, ids=str)
def test_when_a_secret_is_good(row: Row) -> None:
    assert row.result_of(KeptSecret.problem) == row.expected
    assert row.result_of(KeptSecret.is_good) is (row.expected is None)


@pytest.mark.parametrize("row", ONE_TIME, ids=str)
def test_when_a_secret_is_good_that_can_be_used_once(row: Row) -> None:
    assert row.result_of(OneTimeSecret.problem) == row.expected
    assert row.result_of(OneTimeSecret.is_good) is (row.expected is None)


@pytest.mark.parametrize(
    ("form", "bits", "looks"),
    [(IN_URL, 256, "[a-z2-7]{52}"), (TYPED, 80, "[a-z2-7]{4}(-[a-z2-7]{4}){3}")],
)
def test_a_text_is_random_in_base_32_and_only_its_sha_256_is_kept(
    form: SecretFormat, bits: int, looks: str
) -> None:
    text, kept = form.make(drawn)

    assert form.size * 8 == bits
    assert re.fullmatch(looks, text)
    assert re.fullmatch(form.pattern, text)
    assert kept == form.hash_of(text) == hashlib.sha256(text.encode()).hexdigest()
    last_bit = bytes([*drawn(form.size)[:-1], drawn(form.size)[-1] ^ 1])
    assert form.make(lambda _: last_bit)[0] != text


@pytest.mark.parametrize("form", [IN_URL, TYPED])
@pytest.mark.parametrize("more", [-1, 1])
def test_none_is_made_of_too_little_randomness(form: SecretFormat, more: int) -> None:
    with pytest.raises(ValueError, match=f"{form.size} random bytes"):
        form.make(lambda count: bytes(count + more))


@pytest.mark.parametrize("form", [IN_URL, TYPED])
def test_what_is_not_all_of_a_text_is_not_looked_up(form: SecretFormat) -> None:
    text, _ = form.make(drawn)
    for wrong in ("", text[:-1], text + "a", text + "\n", text.upper(), text[:-1] + "1"):
        assert form.hash_of(wrong) is None
    for beyond_ascii in ("é", "２"):
        assert form.hash_of(text[:-1] + beyond_ascii) is None


def test_a_token_without_a_text_has_the_hash_of_256_random_bits() -> None:
    assert hash_without_text(drawn) == hashlib.sha256(RANDOM).hexdigest()
