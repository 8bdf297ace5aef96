"""A model of a vend, a revocation by a stop, and whoever writes the item: every interleaving.

The walks of the code itself take each read of the facts as one step. DynamoDB's BatchGetItem reads
each key at a moment of its own, so here an item and its stop are read one after the other, in
either order, and anything may happen between the two. The process of the vend and that of the
revocation may be killed at any moment. Others may keep the item in transactions for ever.

The item is written by: a harmless change, which was let in before the stop was put; `apply`; a
lead who reinstates it; and another process that applies the stop late, having read the item long
before: somebody revoked it at the same time. A second revocation may follow the reinstatement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Rules(NamedTuple):
    """What protects the promise. Each can be taken away, to see that the walk notices."""

    reads_stop: bool = True
    looks_twice: bool = True
    first_writer_wins: bool = True
    notes_stop: bool = True
    """Whoever reinstates the item notes in it the ID of the stop that they end."""
    checks_version: bool = True
    """A write fails if the item has changed since it was read."""


class Item(NamedTuple):
    """The item itself: its version, whether it says that it is revoked, and the stop it notes."""

    version: int = 1
    ended: bool = False
    noted: int = 0


class State(NamedTuple):
    """Stops are numbered; 0 is none. A process is at step `pc`, and 9 is over or killed."""

    item: Item = Item()
    stop: int = 0
    intent: bool = False
    outcome: str = ""
    handed_over: bool = False
    # The vend. 0 first look, 1 intent, 2 STS, 3 second look, 4 outcome, 5 hand over.
    vend: int = 0
    seen_item: Item | None = None
    seen_stop: int | None = None
    # The revocation. 0 put the stop, 1 read the intents, 2 withhold, 3 answer, 4 apply, 5 done.
    revoke: int = 0
    found: bool = False
    answered: bool = False
    listed: bool = False
    # Whoever reinstates: 0 read, 1 write, 2 done. A change and a late `apply` are the same.
    reinstate: int = 0
    reinstate_item: Item | None = None
    reinstate_stop: int = 0
    reinstated: bool = False
    change: int = 0
    change_item: Item | None = None
    late_apply: int = 0
    late_item: Item | None = None
    late_stop: int = 0


START = State()


def is_ended(item: Item, stop: int, rules: Rules) -> bool:
    """As `with_stop` has it."""
    return item.ended or (rules.reads_stop and stop != 0 and stop != item.noted)


def written(now: Item, read: Item, rules: Rules, *, ended: bool, noted: int) -> Item | None:
    """The item after a write over the version that was read; None if that is refused."""
    if rules.checks_version and now.version != read.version:
        return None
    return Item(now.version + 1, ended, noted)


def successors(s: State, rules: Rules) -> Iterator[State]:
    yield from _vend(s, rules)
    yield from _revoke(s, rules)
    yield from _writers(s, rules)


def _vend(s: State, rules: Rules) -> Iterator[State]:
    if s.vend == 9:
        return
    yield s._replace(vend=9)
    if s.vend == 3 and not rules.looks_twice:
        yield s._replace(vend=4)
    elif s.vend in (0, 3):
        if s.seen_item is None:
            yield s._replace(seen_item=s.item)
        if s.seen_stop is None:
            yield s._replace(seen_stop=s.stop)
        if s.seen_item is not None and s.seen_stop is not None:
            refused = is_ended(s.seen_item, s.seen_stop, rules)
            yield s._replace(vend=9 if refused else s.vend + 1, seen_item=None, seen_stop=None)
    elif s.vend == 1:
        yield s._replace(vend=2, intent=True)
    elif s.vend == 2:
        yield s._replace(vend=3)
    elif s.vend == 4:
        if s.outcome and rules.first_writer_wins:
            yield s._replace(vend=9)
        else:
            yield s._replace(vend=5, outcome="issued")
    else:
        yield s._replace(vend=9, handed_over=True)


def _revoke(s: State, rules: Rules) -> Iterator[State]:
    """The first revocation; or the second, once the first was undone."""
    if s.revoke not in (5, 9):
        yield s._replace(revoke=9)
    if s.revoke == 0:
        # A stop that the item has noted is put over with the next one.
        yield s._replace(revoke=1, stop=s.stop + 1, found=False, answered=False, listed=False)
    elif s.revoke == 1:
        yield s._replace(revoke=2, found=s.intent)
    elif s.revoke == 2:
        if s.found and not s.outcome:
            yield s._replace(revoke=3, outcome="withheld")
        else:
            yield s._replace(revoke=3, listed=s.found and s.outcome == "issued")
    elif s.revoke == 3:
        yield s._replace(revoke=4, answered=True, reinstated=False)
    elif s.revoke == 4:
        # It re-reads until it succeeds, or gives up: that is the same as being killed.
        if is_ended(s.item, s.stop, rules):
            yield s._replace(revoke=5, item=Item(s.item.version + 1, ended=True, noted=s.stop))
        else:
            yield s._replace(revoke=5)
    elif s.reinstated and s.stop == 1 and s.item.noted == s.stop:
        yield s._replace(revoke=0)


def _writers(s: State, rules: Rules) -> Iterator[State]:
    if s.change == 0:
        yield s._replace(change=1, change_item=s.item)
    elif s.change == 1 and s.change_item is not None:
        read = s.change_item
        new = written(s.item, read, rules, ended=read.ended, noted=read.noted)
        yield s._replace(change=2, change_item=None, item=new or s.item)
    if s.reinstate == 0 and s.answered and is_ended(s.item, s.stop, rules):
        yield s._replace(reinstate=1, reinstate_item=s.item, reinstate_stop=s.stop)
    elif s.reinstate == 1 and s.reinstate_item is not None:
        noted = s.reinstate_stop if rules.notes_stop else s.reinstate_item.noted
        new = written(s.item, s.reinstate_item, rules, ended=False, noted=noted)
        undone = s._replace(reinstate_item=None, item=new or s.item)
        yield undone._replace(reinstate=2 if new else 0, reinstated=new is not None)
    if s.late_apply == 0 and s.stop:
        yield s._replace(late_apply=1, late_item=s.item, late_stop=s.stop)
    elif s.late_apply == 1 and s.late_item is not None:
        new = None
        if is_ended(s.late_item, s.late_stop, rules):
            new = written(s.item, s.late_item, rules, ended=True, noted=s.late_stop)
        yield s._replace(late_apply=2, late_item=None, item=new or s.item)


def late(before: State, after: State) -> bool:
    """Handed over under a revocation that had been answered without this session, and held."""
    handed = after.handed_over and not before.handed_over
    return handed and before.answered and not before.listed and not before.reinstated


def still_ended(state: State, rules: Rules) -> bool:
    """Whether an answered revocation that was not undone holds for whoever reads now."""
    held = state.answered and not state.reinstated
    return is_ended(state.item, state.stop, rules) if held else True


def still_reinstated(state: State, rules: Rules) -> bool:
    """Whether a reinstatement holds for whoever reads now, until somebody revokes again."""
    held = state.reinstated and state.stop == state.reinstate_stop
    return not is_ended(state.item, state.stop, rules) if held else True


def walk(rules: Rules, until: frozenset[str] | None = None) -> tuple[int, set[str]]:
    """How many states there are, and what goes wrong in any of them. It ends early once it has
    found all of `until`."""
    seen, left, wrong = set[State](), [START], set[str]()
    while left and wrong != until:
        state = left.pop()
        if state in seen:
            continue
        seen.add(state)
        if not still_ended(state, rules):
            wrong.add("an answered revocation does not hold")
        if not still_reinstated(state, rules):
            wrong.add("brought back")
        for successor in successors(state, rules):
            if late(state, successor):
                wrong.add("handed over after the answer")
            left.append(successor)
    return len(seen), wrong
