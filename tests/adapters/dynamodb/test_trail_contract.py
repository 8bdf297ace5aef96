"""The Trail port: the fake and DynamoDB, told the same, answer the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.trail import Entry, Outcome, Question
from chalicelib.domain.vending.access import Facts
from tests.adapters.scene import Kit, entry, everything, put
from tests.builders import NOON

DAY = timedelta(days=1)


def asking(**changes: object) -> Question:
    return Question(**({"since": NOON - 3 * DAY, "until": NOON + DAY} | changes))


def ids(kit: Kit, **changes: object) -> list[str]:
    return [one.id for one in kit.ports.trail.page(asking(**changes)).entries]


def record(kit: Kit, *entries: Entry) -> None:
    for one in entries:
        kit.ports.trail.record(one)


def test_an_entry_is_read_back_as_it_was(kit: Kit, name: str) -> None:
    full = entry(
        name,
        engagement=name,
        reason="engagement-closed",
        role="readonly",
        subject="alice",
        vend="v1",
        details={"address": "203.0.113.7", "said": "because »quoted« 'so'"},
        outcome=Outcome.REFUSED,
    )
    bare = entry(name + "b", engagement=name, at=NOON + timedelta(microseconds=1))
    record(kit, full, bare)
    assert kit.ports.trail.page(asking(engagement=name)).entries == (bare, full)


def test_the_same_entry_twice_is_one_entry(kit: Kit, name: str) -> None:
    """The SDK asks again when an answer was lost, and may find its own entry there."""
    one = entry(name, engagement=name, details={"a": "1"})
    record(kit, one, one)
    assert ids(kit, engagement=name) == [name]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, ["d", "c", "b", "a"]),
        ({"member": "alice"}, ["c", "a"]),
        ({"member": "lena"}, ["d", "b", "a"]),
        ({"outcome": Outcome.REFUSED}, ["c"]),
        ({"member": "alice", "outcome": Outcome.DONE}, ["a"]),
        ({"since": NOON - DAY}, ["d", "c", "b"]),
        ({"until": NOON}, ["b", "a"]),
        ({"since": NOON, "until": NOON}, []),
        ({"since": NOON, "until": NOON - DAY}, []),
    ],
)
def test_a_question_is_answered_by_what_fits_it(
    kit: Kit, name: str, question: dict[str, object], found: list[str]
) -> None:
    record(
        kit,
        entry(name + "a", engagement=name, subject="alice", at=NOON - 2 * DAY),
        entry(name + "b", engagement=name, at=NOON - DAY),
        entry(name + "c", engagement=name, actor="alice", outcome=Outcome.REFUSED),
        entry(name + "d", engagement=name, at=NOON + timedelta(seconds=1)),
        entry(name + "e", engagement=name + "other"),
    )
    assert ids(kit, engagement=name, **question) == [name + one for one in found]


def test_a_member_is_found_as_actor_and_as_subject_in_one_order(kit: Kit, name: str) -> None:
    record(
        kit,
        entry(name + "a", actor=name, at=NOON - 2 * DAY),
        entry(name + "b", subject=name, at=NOON - DAY, engagement=name),
        entry(name + "c", actor=name),
        entry(name + "d"),
    )
    assert ids(kit, member=name) == [name + "c", name + "b", name + "a"]


def test_without_engagement_and_member_the_days_are_read_backwards(kit: Kit, name: str) -> None:
    long_ago = NOON - timedelta(days=20_000) + timedelta(seconds=int(name[1:5], 16))
    span = {"since": long_ago - 3 * DAY, "until": long_ago + DAY}
    record(
        kit,
        entry(name + "a", at=long_ago - 2 * DAY),
        entry(name + "b", at=long_ago - DAY, engagement=name),
        entry(name + "c", at=long_ago),
    )
    assert [i for i in ids(kit, **span) if i.startswith(name)] == [
        name + "c",
        name + "b",
        name + "a",
    ]


def test_vends_are_found_apart_and_together_with_all_else(kit: Kit, name: str) -> None:
    record(
        kit,
        entry(name + "a", engagement=name, vend="v1", outcome=Outcome.INTENDED),
        entry(name + "b", engagement=name, at=NOON + timedelta(seconds=1)),
        entry(name + "c", engagement=name, vend="v1", at=NOON + timedelta(seconds=2)),
        entry(name + "d", engagement=name + "other", vend="v2"),
    )
    assert ids(kit, engagement=name) == [name + "c", name + "b", name + "a"]
    assert ids(kit, engagement=name, vends_only=True) == [name + "c", name + "a"]
    assert ids(kit, engagement=name, vends_only=True, limit=1) == [name + "c"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_give_every_entry_once(kit: Kit, name: str, limit: int) -> None:
    made = [entry(f"{name}{number}", engagement=name) for number in range(7)]
    record(kit, *made)
    question, seen = asking(engagement=name, limit=limit), []
    for _ in range(20):
        page = kit.ports.trail.page(question)
        seen += [one.id for one in page.entries]
        if not page.cursor:
            break
        question = question.after(page.cursor)
    assert seen == [one.id for one in reversed(made)]


def test_an_outcome_is_settled_while_all_the_facts_stand(kit: Kit, name: str) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    kit.ports.trail.settle(entry(name + "b", engagement=name), Facts(**items))
    assert ids(kit, engagement=name) == [name + "b"]


@pytest.mark.parametrize("kind", ["member", "token", "engagement", "role", "grant"])
def test_an_outcome_is_not_settled_once_any_fact_has_changed(
    kit: Kit, name: str, kind: str
) -> None:
    items = everything(name)
    put(kit, name, *items.values())
    put(kit, name + "b", replace(items[kind], version=2))
    with pytest.raises(FactsChanged):
        kit.ports.trail.settle(entry(name + "c", engagement=name), Facts(**items))
    assert ids(kit, engagement=name) == []
