"""Reasons: stable words, each with a sentence that helps."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain import errors
from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.reasons import Reason


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert len({reason.sentence for reason in Reason}) == len(Reason)


def test_a_reason_is_words_with_hyphens() -> None:
    assert [one for one in Reason if not re.fullmatch("[a-z]+(-[a-z]+)*", one)] == []


@pytest.mark.parametrize("reason", Reason)
def test_a_sentence_is_one_and_has_no_place_for_a_value(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z].{10,}[.…]", reason.sentence)
    assert not re.search(r"[{}%<>]|\d{12}", reason.sentence)


def test_an_error_says_its_reasons_sentence() -> None:
    for reason in Reason:
        error = DaypassError(reason)
        assert error.detail == reason.sentence
        assert str(error) == f"{reason}: {error.detail}"


def test_an_error_may_say_it_in_other_words_and_name_a_field() -> None:
    error = errors.InvalidRequest(Reason.BAD_VALUE, "A token lives long.", field="expires_at")
    assert (error.detail, error.field) == ("A token lives long.", "expires_at")


def test_only_what_may_pass_by_itself_asks_to_be_tried_again() -> None:
    assert Unavailable(Reason.AWS_THROTTLED).retry_after == 2
    assert Unavailable(Reason.SETTING_INVALID).retry_after == 300
    assert not hasattr(DaypassError, "retry_after")
