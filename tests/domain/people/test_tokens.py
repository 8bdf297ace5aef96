"""API tokens: what they look like, and what Daypass keeps of them."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.domain.people.tokens import presented, token_text

SECRET = bytes(range(32))


def test_a_token_is_a_prefix_its_member_a_secret_and_a_checksum() -> None:
    prefix, member, secret = token_text("alice", SECRET).split("_")
    assert (prefix, member, len(secret)) == ("daypass", "alice", 43 + 6)


def test_only_its_sha_256_is_read_from_it() -> None:
    text = token_text("alice", SECRET)
    read = presented(text)
    assert read is not None
    assert read.hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("count", [0, 16, 31, 33])
def test_a_token_is_not_made_of_too_little_randomness(count: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        token_text("alice", bytes(count))


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32], ids=["least", "greatest"])
@pytest.mark.parametrize("member", ["al", "a" * 32, "a-1"])
def test_every_secret_fits_every_member(member: str, secret: bytes) -> None:
    read = presented(token_text(member, secret))
    assert read is not None
    assert read.member == member


@pytest.mark.parametrize(
    "member", ["a" * 33, "Alice", "a_b", "-a", "a-", "a--b", "1a", "\u0430lice"[1:] + "\n", ""]
)
def test_a_token_of_no_members_id_is_no_token(member: str) -> None:
    assert presented(token_text(member, SECRET)) is None


@pytest.mark.parametrize(
    "text",
    ["", "daypass", "daypass_alice", "Bearer daypass_alice_x", "ghp_" + "a" * 36, "\udcff" * 60],
)
def test_what_is_not_a_token_is_not_read_as_one(text: str) -> None:
    assert presented(text) is None


def test_a_typing_error_is_found_without_looking_it_up() -> None:
    text = token_text("alice", SECRET)
    mistyped = text.replace("alice", "alive")
    assert presented(mistyped) is None
