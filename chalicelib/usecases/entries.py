"""Begin an entry: the moment, a name of its own, and who acts."""

from __future__ import annotations

from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.ports import Ports


def new_id(ports: Ports) -> str:
    """A name that nothing else has: 16 hexadecimal digits."""
    return ports.random(RECORD_ID_BYTES).hex()


def new_entry(
    ports: Ports,
    actor: str,
    action: Action,
    outcome: Outcome,
    *,
    reason: str = "",
    engagement: str = "",
    role: str = "",
    subject: str = "",
    vend: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    return Entry(
        id=new_id(ports),
        at=ports.now(),
        actor=actor,
        action=action,
        outcome=outcome,
        reason=reason,
        engagement=engagement,
        role=role,
        subject="" if subject == actor else subject,
        vend=vend,
        details={name: text for name, text in (details or {}).items() if text},
    )
