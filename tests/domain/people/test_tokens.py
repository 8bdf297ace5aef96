"""API tokens and enrolment codes: what they look like, and what Daypass keeps of them."""

import hashlib
import re

import pytest

from chalicelib.domain.people.enrolments import EnrolmentCode, build_code_text, parse_code
from chalicelib.domain.people.tokens import build_token_text, parse_token
from chalicelib.domain.text import PART_OF_A_TOKEN
from chalicelib.domain.values import meta_annotations
from tests.rows import every

SECRET = bytes(range(32))
MEMBERS = ["al", "alice", "enrol", "a" * 32, "a-1"]
both = pytest.mark.parametrize(
    ("make", "read"),
    [(build_token_text, parse_token), (build_code_text, parse_code)],
    ids=["token", "code"],
)


@every(
    "text, prefix",
    [
        (build_token_text("alice", SECRET), "daypass"),
        (build_code_text("alice", SECRET), "daypass_enrol"),
    ],
)
def test_it_is_a_prefix_its_member_a_secret_and_a_checksum(text, prefix):
    assert re.fullmatch(f"{prefix}_alice_[0-9A-Za-z]{{{43 + 6}}}", text)


@both
@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize(
    "secret", [SECRET, bytes(32), b"\xff" * 32], ids=["usual", "least", "greatest"]
)
def test_it_says_whose_it_is_and_only_its_sha_256_is_read_from_it(make, read, member, secret):
    text = make(member, secret)
    result = read(text)
    assert (result.member, result.hash) == (member, hashlib.sha256(text.encode()).hexdigest())


@both
@pytest.mark.parametrize("count", [0, 16, 31, 33])
def test_it_is_not_made_of_too_little_randomness(make, read, count):
    with pytest.raises(ValueError, match="32 random bytes"):
        make("alice", bytes(count))


@both
@pytest.mark.parametrize(
    "member", ["a" * 33, "Alice", "a_b", "-a", "a-", "a--b", "1a", "\u0430lice"[1:] + "\n", ""]
)
def test_one_of_no_members_id_is_none(make, read, member):
    assert read(make(member, SECRET)) is None


@both
def test_a_typing_error_is_found_without_looking_it_up(make, read):
    text = make("alice", SECRET)
    assert read(text.replace("alice", "alive")) is None
    for wrong in (text[:-1], text + "0", " " + text, text + "\n", text[1:], text * 2, ""):
        assert read(wrong) is None


@every(
    "text",
    ["", "daypass", "daypass_alice", "Bearer daypass_alice_x", "ghp_" + "a" * 36, "\udcff" * 60],
)
def test_malformed_tokens_are_not_parsed(text):
    assert parse_token(text) is None


@every("member", MEMBERS)
def test_no_code_is_a_token_and_requests_take_the_code_that_is_made(member):
    text, token = build_code_text(member, SECRET), build_token_text(member, SECRET)
    assert parse_token(text) is None
    assert parse_code(token) is None
    (takes,) = [meta for meta in meta_annotations(EnrolmentCode) if meta.pattern]
    assert re.search(takes.pattern or "", text)
    assert (takes.min_length or 0) <= len(text) <= (takes.max_length or 0)
    assert not re.search(takes.pattern or "", token)
    # Most of a code is found in free text.
    assert PART_OF_A_TOKEN.search(f"use {text}, please")
    assert PART_OF_A_TOKEN.search(text[:-41])
