"""Ask AWS for a client's role as a vend would, and as a vend never would: dressed, and bare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from chalicelib.domain.moments import SHORTEST_SESSION
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

Asked = tuple[str | None, Dress]
"""An external ID, and what is told beside it."""


def somebody(ports: Ports, engagement: str) -> Asker:
    """Whom the probes of one check act for: another stranger each time."""
    return stranger(ports.random(STRANGER_BYTES), engagement)


def has_time(ports: Ports, until: datetime | None) -> bool:
    """Whether another role may be begun with; without an end there always is."""
    return until is None or ports.now() < until


def probe(
    ports: Ports,
    who: Asker,
    role_arn: str,
    tried: str | None,
    dress: Dress,
    duration: int = SHORTEST_SESSION,
) -> Answer:
    return ports.sts.probe(
        role_arn,
        external_id=tried,
        session_name=who.session_name,
        source_identity=who.source_identity(dress),
        tags=who.tags(dress),
        duration=duration,
    )


def arrive(ports: Ports, who: Asker, role_arn: str, tried: str, dress: Dress) -> Arrival:
    return ports.sts.arrive(
        role_arn,
        external_id=tried,
        session_name=who.session_name,
        source_identity=who.source_identity(dress),
        tags=who.tags(dress),
    )


def probe_all(ports: Ports, who: Asker, role_arn: str, asked: Iterable[Asked]) -> list[Answer]:
    """The answers to all of them, in their order, asked side by side."""
    return list(ports.side_by_side([partial(probe, ports, who, role_arn, *one) for one in asked]))


def in_every_dress(ports: Ports, who: Asker, role_arn: str, tried: str | None) -> Answer:
    """Whether the role lets this external ID in, in any dress. Refused: in every one of them."""
    answers = probe_all(ports, who, role_arn, [(tried, dress) for dress in DRESSES])
    if Answer.LET_IN in answers:
        return Answer.LET_IN
    return altogether(dict(zip(DRESSES, answers, strict=True)))
