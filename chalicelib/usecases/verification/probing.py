"""Ask AWS for a client's role as a vend would, and as a vend never would: dressed, and bare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import Operation, Outcome
from chalicelib.domain.verification.dress import (
    DRESSES,
    STRANGER_BYTES,
    Asker,
    Dress,
    altogether,
    stranger,
)
from chalicelib.domain.verification.proof import Answer, Arrival
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting, record


def somebody(ports: Ports, engagement: str) -> Asker:
    """Whom the probes of one check act for: another stranger each time."""
    return stranger(ports.random(STRANGER_BYTES), engagement)


def somebody_on_record(ports: Ports, by: Acting, operation: Operation) -> Asker:
    """Return somebody to ask for this. No probe is sent that is not on record, whatever comes of
    it."""
    who = somebody(ports, operation.engagement)
    details = {**operation.details, "session_name": who.session_name}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    return who


def has_time(ports: Ports, until: datetime | None) -> bool:
    """Whether another role may be begun with; without an end there always is."""
    return until is None or ports.now() < until


class Prober(Thing, frozen=True):
    """Sends the probes of one role, all for the same asker."""

    ports: Ports
    who: Asker
    role_arn: str

    def probe(
        self, external_id: str | None, dress: Dress, duration: int = SHORTEST_SESSION
    ) -> Answer:
        return self.ports.sts.probe(self.who.probe(self.role_arn, external_id, dress, duration))

    def arrive(self, external_id: str, dress: Dress) -> Arrival:
        return self.ports.sts.arrive(self.who.probe(self.role_arn, external_id, dress))

    def probe_all(self, asked: Iterable[tuple[str | None, Dress]]) -> list[Answer]:
        """The answers to all of these external IDs and dresses, in their order, side by side."""
        return list(self.ports.side_by_side([partial(self.probe, *one) for one in asked]))

    def in_every_dress(self, external_id: str | None) -> Answer:
        """Whether the role lets this ID in, in any dress. Refused: in every one of them."""
        answers = self.probe_all([(external_id, dress) for dress in DRESSES])
        if Answer.LET_IN in answers:
            return Answer.LET_IN
        return altogether(dict(zip(DRESSES, answers, strict=True)))
