"""Names and numbers: what is read, and what is refused."""

from __future__ import annotations

import re
import time

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import SLUG, external_id, role_arn
from chalicelib.domain.people.tokens import presented, token_text
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE
from tests.domain.words.identifiers_table import BASE


def test_the_refusal_shows_what_a_roles_arn_looks_like_and_not_what_was_sent() -> None:
    with pytest.raises(InvalidRequest, match="arn:aws:iam::123456789012:role/Name") as refused:
        role_arn("hello")
    assert "hello" not in str(refused.value)


def test_a_hostile_arn_is_refused_at_once() -> None:
    started = time.perf_counter()
    with pytest.raises(InvalidRequest):
        role_arn(BASE + "a/" * 50_000 + "!")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("count", [0, 19, 21])
def test_an_external_id_is_made_of_20_bytes_and_no_other_number(count: int) -> None:
    with pytest.raises(ValueError, match="20 random bytes"):
        external_id(bytes(count))


@pytest.mark.parametrize("name", [OPERATOR, CLIENT, SCHEDULE])
def test_who_acts_without_being_a_member_has_a_name_that_no_member_can_have(name: str) -> None:
    assert re.fullmatch(SLUG, name, re.ASCII) is None
    assert presented(token_text(name, bytes(32))) is None
