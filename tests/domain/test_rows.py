"""A search selects rows, and a list is sorted as people expect."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.rows import cell_text, contains_all, fold, sort_values, split_query
from tests.fakes import NOON
from tests.rows import every

ACME = ("acme-prod", "Acme Corporation", "111122223333")
BLUE = ("bluesky", "Blue Sky Airlines", "444455556666")
MUELLER = ("jmueller", "Jörg Müller-Barnes")
ODD = ("x-1", "A.*(b)[c]\\d+$ & Co", "İstanbul ß")
ROWS = {"acme": ACME, "blue": BLUE, "mueller": MUELLER, "odd": ODD}


@every(
    "query, selected",
    [
        ("acme", "acme"),
        ("ACME", "acme"),
        ("corp", "acme"),  # the beginning of a word
        ("sky", "blue"),  # a word, and the end of another
        ("uesk", "blue"),  # the middle
        ("barnes", "mueller"),
        ("muller", "mueller"),  # without accents
        ("MÜLLER", "mueller"),
        ("Mu\u0308ller", "mueller"),  # decomposed
        ("3333", "acme"),  # an account's last digits
        ("1111-2222-3333", "acme"),
        ("1111 2222 3333", "acme"),
        ("1111 3333", "acme"),  # two words, both in the number
        ("sky blue", "blue"),  # words in any order, of any attribute
        ("sky 4444", "blue"),
        ("sky acme", ""),  # each word must be in the row
        ("acme-x", ""),
        ("prod acme", "acme"),
        ("a", "acme blue mueller odd"),
        (".", "odd"),  # a character, not a pattern
        (".*", "odd"),
        ("[c]", "odd"),
        ("\\d", "odd"),
        ("$", "odd"),
        ("%", ""),
        ("(a|b)", ""),
        ("istanbul", "odd"),
        ("SS", "odd"),
        ("", "acme blue mueller odd"),
    ],
)
def test_a_row_is_found_by_each_word_at_any_position(query, selected):
    words = split_query(query)
    assert " ".join(name for name, texts in ROWS.items() if contains_all(words, texts)) == selected


@every(
    "values, ascending",
    [
        (["c", "Äx", "B", "a"], ["a", "Äx", "B", "c"]),
        ([3, 1, 2], [1, 2, 3]),
        ([NOON + timedelta(1), NOON], [NOON, NOON + timedelta(1)]),
        ([None, "b", "", "a"], ["a", "b", None, ""]),
        ([True, False], [False, True]),
        ([frozenset({"b"}), frozenset({"c", "a"})], [frozenset({"c", "a"}), frozenset({"b"})]),
    ],
)
def test_values_are_sorted_as_people_expect_and_missing_ones_come_last(values, ascending):
    assert sort_values(values, lambda value: value) == ascending
    present = [value for value in ascending if value not in (None, "")]
    missing = ascending[len(present) :]
    descending = sort_values(values, lambda value: value, descending=True)
    assert descending == present[::-1] + missing


TEXTS = st.text(max_size=12)


@given(st.lists(st.tuples(TEXTS, st.integers())), st.booleans())
def test_sorting_loses_no_row_and_keeps_the_order_of_equal_ones(rows, descending):
    numbered = [(text, number) for number, (text, _) in enumerate(rows)]
    ordered = sort_values(numbered, lambda row: row[0], descending=descending)
    assert sorted(ordered, key=lambda row: row[1]) == numbered
    for (text, number), (following, next_number) in pairwise(ordered):
        assert fold(text) != fold(following) or number < next_number or not (text and following)


@given(TEXTS, st.lists(TEXTS))
def test_any_text_is_found_by_its_own_words(text, others):
    assert contains_all(split_query(text), [*others, text, text.replace(" ", "").replace("-", "")])


@every(
    "value, text",
    [(None, ""), (True, "yes"), (False, "no"), (7, "7"), (("b", "a"), "a, b"), (NOON, "")],
)
def test_a_value_has_a_text(value, text):
    assert cell_text(value, lambda _: "") == text
