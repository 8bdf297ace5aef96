"""A table's test fails for each wrong row, and names all of them."""

from contextlib import nullcontext

import pytest

from tests.rows import every


def _check(*, number, offset):
    assert number + offset < 3


def test_a_table_without_a_wrong_row_passes():
    every("number", (1, 2))(_check)(offset=0)


def test_each_wrong_row_is_named_and_the_fixtures_are_kept():
    table = every("number", lambda: (1, pytest.param(5, id="five"), 7))(_check)
    with pytest.raises(ExceptionGroup, match="2 of 3 rows fail: in the row five; in the row 7"):
        table(offset=0)
    with pytest.raises(ExceptionGroup, match="3 of 3 rows"):
        table(offset=2)


def test_what_a_row_changes_is_made_anew_for_each():
    def add(*, number, numbers):
        numbers.append(number)
        assert numbers == [number]

    every("number", (1, 2), numbers=lambda: nullcontext([]))(add)()


def test_a_table_without_rows_fails():
    with pytest.raises(AssertionError, match="no rows"):
        every("number", ())(_check)(offset=0)


def test_rows_of_an_inner_table_cannot_share_what_should_be_new():
    inner = every("number", (1, 2))(_check)
    with pytest.raises(TypeError, match="next to the test"):
        every("offset", (0,), fresh=lambda: nullcontext([]))(inner)
