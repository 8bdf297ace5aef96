"""Defects put in on purpose, to show that the soak finds them. Each removes one protection."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import keys, rows
from chalicelib.adapters.dynamodb.failures import Busy, add_type_tags, translate_errors
from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import JobState
from chalicelib.domain.vending import blocks
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.people import members, tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.vending import revoking, withholding
from chalicelib.usecases.vending import vend as vending


def no_second_read() -> None:
    vending._find_reason_to_withhold = lambda *_: None


def outcome_overwritten() -> None:
    """The last writer of an outcome wins."""

    def put_outcome(self: DynamoTrail, intent: Entry, outcome: Entry) -> Entry:
        with translate_errors():
            item = add_type_tags(keys.build_entry_attributes(outcome, intent=intent))
            self._tables.client.put_item(TableName=self._tables.trail, Item=item)
        return outcome

    DynamoTrail.put_outcome = put_outcome  # type: ignore[method-assign]


def no_retries() -> None:
    """A conflicting write is tried once, and counts as a failed condition."""

    def once(write: Callable[[], Any]) -> Any:
        try:
            return write()
        except Busy:
            raise FactsChanged from None

    rows.retry_while_busy = once  # type: ignore[attr-defined]

    def without_retry(_: Ports, by: Actor, attempt: Callable[[Any], Any]) -> Any:
        return attempt(by)

    for module in (engagements, grants, roles, members, tokens, revoking):
        module.retry_on_conflict = without_retry  # type: ignore[attr-defined]


def stop_in_a_transaction() -> None:
    """A stop is written once, in a transaction that checks the item it revokes."""
    no_retries()
    save = DynamoState.save

    def in_one_step(self: DynamoState, state: JobState) -> None:
        if not isinstance(state, Stop) or state.is_finished:
            save(self, state)
            return
        item = self.get(STOPPABLE_KINDS[state.kind], *state.names)
        assert item is not None
        entry = replace(state.entry, id=f"{state.id}-stop")
        self.change([state], entry, preconditions=[item])

    DynamoState.save = in_one_step  # type: ignore[method-assign]


def outcome_in_a_transaction() -> None:
    """The outcome's transaction checks the engagement and the role, so that two vends conflict."""
    no_retries()
    put_outcome = DynamoTrail.put_outcome

    def in_one_step(self: DynamoTrail, intent: Entry, outcome: Entry) -> Entry:
        entry = replace(intent, id=f"{intent.vend}-check", vend="", outcome=Outcome.DONE)
        state = bootstrap.ports().state
        preconditions = [
            state.get(Engagement, intent.engagement),
            state.get(Role, intent.engagement, intent.role),
        ]
        try:
            state.change(
                [], entry, preconditions=[item for item in preconditions if item is not None]
            )
        except FactsChanged:
            raise Conflict(Reason.CHANGED_MEANWHILE) from None
        return put_outcome(self, intent, outcome)

    DynamoTrail.put_outcome = in_one_step  # type: ignore[method-assign]


def nothing_withheld() -> None:
    """A revocation lists the vends under way without withholding them."""
    withholding.withhold_open_vends = lambda _ports, _by, vends, _item: list(vends)


def new_approver_counts() -> None:
    """An approver counts from the moment a lead names them."""
    ClientApprover.counts_from = lambda self, _: self.named_at  # type: ignore[method-assign]


def pause_lifted_at_once() -> None:
    """Two leads lift the client's pause before the client can refuse that."""
    blocks.TIME_TO_REFUSE = timedelta(0)


DEFECTS: dict[str, Callable[[], None]] = {
    "no second read": no_second_read,
    "outcome overwritten": outcome_overwritten,
    "stop in a transaction": stop_in_a_transaction,
    "outcome in a transaction": outcome_in_a_transaction,
    "nothing withheld": nothing_withheld,
    "new approver counts": new_approver_counts,
    "pause lifted at once": pause_lifted_at_once,
}
