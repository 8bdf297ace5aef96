"""Role ARNs, external IDs and actor names: valid and refused values."""

import re
import time

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import SLUG, build_external_id, parse_role_arn
from chalicelib.domain.people.tokens import build_token_text, parse_token
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE
from tests.domain.values.identifiers_table import BASE
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
