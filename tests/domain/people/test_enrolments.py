"""Enrolment codes: what they look like, and when one is taken."""

from __future__ import annotations

import hashlib
import re

import pytest

from chalicelib.domain.people.enrolments import (
    EnrolmentCode,
    code_text,
    presented_code,
)
from chalicelib.domain.people.tokens import presented, token_text
from chalicelib.domain.text import PART_OF_A_TOKEN
from chalicelib.domain.things import metas

SECRET = bytes(range(32))
MEMBERS = ["al", "alice", "enrol", "a" * 32, "a-1"]


def test_a_code_is_a_prefix_its_member_a_secret_and_a_checksum() -> None:
    *prefix, member, secret = code_text("alice", SECRET).split("_")
    assert (prefix, member, len(secret)) == (["daypass", "enrol"], "alice", 43 + 6)


@pytest.mark.parametrize("member", MEMBERS)
def test_it_says_whose_it_is_and_only_its_sha_256_is_read_from_it(member: str) -> None:
    text = code_text(member, SECRET)
    read = presented_code(text)
    assert read is not None
    assert (read.member, read.hash) == (member, hashlib.sha256(text.encode()).hexdigest())


@pytest.mark.parametrize("member", MEMBERS)
def test_no_code_is_a_token_and_no_token_a_code(member: str) -> None:
    assert presented(code_text(member, SECRET)) is None
    assert presented_code(token_text(member, SECRET)) is None


@pytest.mark.parametrize("count", [0, 16, 31, 33])
def test_a_code_is_not_made_of_too_little_randomness(count: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        code_text("alice", bytes(count))


def test_a_typing_error_is_found_without_looking_it_up() -> None:
    text = code_text("alice", SECRET)
    assert presented_code(text.replace("alice", "alive")) is None
    for wrong in (text[:-1], text + "0", " " + text, text + "\n", text[1:], text * 2, ""):
        assert presented_code(wrong) is None


@pytest.mark.parametrize("member", MEMBERS)
def test_requests_take_what_is_made(member: str) -> None:
    (takes,) = [one for one in metas(EnrolmentCode) if one.pattern]
    text = code_text(member, SECRET)
    assert re.search(takes.pattern or "", text)
    assert (takes.min_length or 0) <= len(text) <= (takes.max_length or 0)
    assert not re.search(takes.pattern or "", token_text(member, SECRET))


@pytest.mark.parametrize("member", MEMBERS)
def test_the_most_of_a_code_is_found_in_free_text(member: str) -> None:
    text = code_text(member, SECRET)
    assert PART_OF_A_TOKEN.search(f"use {text}, please")
    assert PART_OF_A_TOKEN.search(text[:-41])
