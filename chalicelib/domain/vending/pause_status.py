"""The client's pause of an engagement, as leads see it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.values import Value, shown_property
from chalicelib.domain.vending.blocks import Block, Lock


class PauseStatus(Value, frozen=True, kw_only=True):
    """The state of the pause. A field that does not apply is null, or empty."""

    paused: bool
    """True if no one gets a new session in the engagement."""
    paused_at: Moment | None = None
    locks: tuple[Lock, ...] = ()
    """Each press of the pause button whose code was not entered yet, with the link to the client's
    page on which it was pressed. Leads can open these pages too."""
    is_sealed: bool = False
    """True if the button was pressed more than 50 times, so that codes alone do not lift the
    pause."""
    lift_requested_by: str = ""
    """The lead who asked to lift the pause without its code. Another lead has to confirm it."""
    lift_requested_at: Moment | None = None
    lift_reason: str = ""
    refuse_until: Moment | None = None
    """Until then, the client can refuse the request, and no lead can confirm it."""
    lift_request_ends_at: Moment | None = None
    """When the request lapses."""
    lifted_at: Moment | None = None
    lifted_by: str = ""
    """The second lead, or @client."""

    @classmethod
    def from_block(cls, block: Block | None, now: datetime) -> Self:
        """Return the status that this block has now. None: the engagement was never paused."""
        if block is None:
            return cls(paused=False)
        request = block.find_lift_request(now)
        return cls(
            paused=block.is_in_force,
            paused_at=block.began_at,
            locks=block.locks,
            is_sealed=block.is_sealed,
            lift_requested_by=request.lead if request else "",
            lift_requested_at=request.at if request else None,
            lift_reason=request.reason if request else "",
            refuse_until=request.counts_from if request else None,
            lift_request_ends_at=request.ends_at if request else None,
            lifted_at=block.lifted_at,
            lifted_by=block.lifted_by,
        )

    @shown_property
    def message(self) -> str:
        """The status in a few sentences."""
        if self.paused_at is None:
            return "The engagement is not paused."
        if self.lifted_at is not None:
            return (
                f"The pause was lifted at {rfc3339(self.lifted_at)}. Nothing that was cut off comes"
                " back."
            )
        paused = f"The client paused the engagement at {rfc3339(self.paused_at)}."
        if self.refuse_until is None or self.lift_request_ends_at is None:
            return (
                f"{paused} The client lifts the pause with its code. Without the code, two leads"
                " can lift it, unless the client refuses within 24 hours."
            )
        return (
            f"{paused} {self.lift_requested_by} has asked to lift the pause without its code. The"
            f" client can refuse until {rfc3339(self.refuse_until)}. After that, another lead can"
            f" confirm it until {rfc3339(self.lift_request_ends_at)}."
        )
