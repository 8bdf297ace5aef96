"""What is done wrong on purpose, to show that it would be found. Each takes one protection away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import items, rows
from chalicelib.adapters.dynamodb.failures import Busy, records, tagged
from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import JobState
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.people import members, tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.vending import revoking, withholding
from chalicelib.usecases.vending import vend as vending


def no_second_look() -> None:
    vending._obstacle = lambda *_: None


def written_over() -> None:
    """The outcome's place has whoever comes last."""

    def put_outcome(self: DynamoTrail, intent: Entry, outcome: Entry) -> Entry:
        with records():
            item = tagged(items.entry_attributes(outcome, intent=intent))
            self._tables.client.put_item(TableName=self._tables.trail, Item=item)
        return outcome

    DynamoTrail.put_outcome = put_outcome  # type: ignore[method-assign]


def no_insistence() -> None:
    """A conflict counts as a failed condition, and is tried once."""

    def once(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Busy:
            raise FactsChanged from None

    rows.patiently = once  # type: ignore[attr-defined]

    def at_once(_: Ports, by: Actor, attempt: Callable[[Any], Any]) -> Any:
        return attempt(by)

    for module in (engagements, grants, roles, members, tokens, revoking):
        module.retry_on_conflict = at_once  # type: ignore[attr-defined]


def stopped_in_a_transaction() -> None:
    """A stop is written in one step with a check of the item that it ends, and tried once."""
    no_insistence()
    put = DynamoState.save

    def in_one_step(self: DynamoState, memory: JobState) -> None:
        if not isinstance(memory, Stop) or memory.is_finished:
            put(self, memory)
            return
        item = self.get(STOPPABLE_KINDS[memory.kind], *memory.names)
        assert item is not None
        entry = replace(memory.entry, id=f"{memory.id}-stop")
        self.change([memory], entry, preconditions=[item])

    DynamoState.save = in_one_step  # type: ignore[method-assign]


def settled_in_a_transaction() -> None:
    """The outcome is written beside a check of the engagement and the role: two vends conflict."""
    no_insistence()
    put_outcome = DynamoTrail.put_outcome

    def in_one_step(self: DynamoTrail, intent: Entry, outcome: Entry) -> Entry:
        entry = replace(intent, id=f"{intent.vend}-check", vend="", outcome=Outcome.DONE)
        state = bootstrap.ports().state
        standing = [
            state.get(Engagement, intent.engagement),
            state.get(Role, intent.engagement, intent.role),
        ]
        try:
            state.change([], entry, preconditions=[item for item in standing if item is not None])
        except FactsChanged:
            raise Conflict(Reason.CHANGED_MEANWHILE) from None
        return put_outcome(self, intent, outcome)

    DynamoTrail.put_outcome = in_one_step  # type: ignore[method-assign]


def nothing_closed() -> None:
    """A revocation lists what is under way, and leaves it open."""
    withholding._withhold = lambda _ports, _by, vends, _item: list(vends)


DEFECTS: dict[str, Callable[[], None]] = {
    "no second look": no_second_look,
    "written over": written_over,
    "stopped in a transaction": stopped_in_a_transaction,
    "settled in a transaction": settled_in_a_transaction,
    "nothing closed": nothing_closed,
}
