"""The freeze of everything and the client's pause of an engagement, as leads see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from chalicelib.domain.moments import Moment, last_moment_text, utc_text
from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value, shown_property
from chalicelib.domain.vending.blocks import Block, Lock


def _describe_lift(block: Block, now: datetime) -> dict[str, Any]:
    """Return the fields that tell who lifted the block, and who asked to."""
    lifted = {"lifted_at": block.lifted_at, "lifted_by": block.lifted_by}
    request = block.find_lift_request(now)
    if request is None:
        return lifted
    return lifted | {
        "lift_requested_by": request.lead,
        "lift_requested_at": request.at,
        "lift_reason": request.reason,
        "lift_request_ends_at": request.ends_at,
    }


class FreezeStatus(Value):
    """The state of the freeze, and the sessions that may still be active. A field that does not
    apply is null, or empty text."""

    frozen: bool
    """True if no one can get new sessions."""
    frozen_at: Moment | None = None
    """When a lead froze Daypass."""
    frozen_by: str = ""
    """The lead's ID."""
    reason: str = ""
    no_session_after: Moment | None = None
    """Daypass hands over no session after this time. Until then, a request that began before the
    freeze may still get one."""
    listed_at: Moment | None = None
    """When Daypass had withheld what was still open, and had counted the sessions that may be
    active. null if it has not yet."""
    alive: int | None = None
    """The number of sessions from before the freeze that could be active at `listed_at`. GET
    /v1/sessions lists those that may be active now."""
    last_moment: Moment | None = None
    """When the last of these sessions expires, if nothing ends it sooner."""
    lift_requested_by: str = ""
    """The lead who asked to lift the freeze. Another lead has to confirm it."""
    lift_requested_at: Moment | None = None
    lift_reason: str = ""
    lift_request_ends_at: Moment | None = None
    """When the request lapses."""
    lifted_at: Moment | None = None
    """When a second lead lifted the freeze."""
    lifted_by: str = ""

    @classmethod
    def from_block(cls, block: Block | None, now: datetime) -> Self:
        """Return the status that this block has now. Without a block, Daypass was never frozen."""
        if block is None:
            return cls(frozen=False)
        is_listed = block.listing.listed_at is not None
        return cls(
            frozen=block.is_in_force,
            frozen_at=block.began_at,
            frozen_by=block.began_by,
            reason=block.reason,
            no_session_after=block.no_session_after,
            listed_at=block.listing.listed_at,
            alive=block.listing.alive if is_listed else None,
            last_moment=block.listing.last_moment if is_listed else None,
            **_describe_lift(block, now),
        )

    @shown_property
    def message(self) -> str:
        """The status in a few sentences."""
        return " ".join(self.sentences)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the status in sentences. A freeze that was lifted stays in the status."""
        if self.frozen_at is None or self.no_session_after is None:
            return ("Daypass is not frozen.",)
        if self.lifted_at is not None:
            return (
                (
                    f"The freeze was lifted on {utc_text(self.lifted_at)}. Members can get sessions"
                    " again."
                ),
                "Sessions that were cut off stay cut off.",
            )
        return (
            self._since_text,
            f"No one can get a new session after {self.no_session_after:%H:%M:%S} UTC.",
            self._alive_text,
            self._lift_text,
        )

    def describe_thaw(self, lead: str) -> tuple[str, ...]:
        """Return what a thaw by this lead does now."""
        if not self.frozen:
            return self.sentences
        if not self.lift_requested_by:
            text = (
                "This creates a request to lift the freeze. Daypass stays frozen until another"
                " lead confirms the request."
            )
        elif self.lift_requested_by == lead:
            text = (
                "You have already asked to lift the freeze. Daypass stays frozen until another"
                " lead confirms your request."
            )
        else:
            text = "This lifts the freeze. Members can get sessions again immediately."
        return (*self.sentences, "Sessions that were cut off stay cut off.", text)

    def describe_thawed(self, lead: str) -> str:
        """Return what a thaw by this lead has just done. Empty if the status does not show it."""
        if self.frozen and self.lift_requested_by != lead:
            return ""
        return self._lift_text if self.frozen else " ".join(self.sentences)

    @property
    def _since_text(self) -> str:
        since = utc_text(self.frozen_at) if self.frozen_at is not None else ""
        return f"{self.frozen_by} froze Daypass on {since}: “{self.reason}”."

    @property
    def _alive_text(self) -> str:
        """Return what is known about the sessions from before the freeze."""
        if self.listed_at is None:
            return (
                "Daypass is counting the sessions that may still be active, and requests their"
                " cut-offs."
            )
        if not self.alive or self.last_moment is None:
            return "No session is active."
        sessions = count_of(self.alive, "session")
        return f"{sessions} may still be active until {last_moment_text(self.last_moment)}."

    @property
    def _lift_text(self) -> str:
        """Return what it takes to lift the freeze."""
        if self.lift_request_ends_at is None:
            return (
                "Lifting a freeze takes two leads. One lead requests it, and another lead"
                " confirms the request."
            )
        return (
            f"{self.lift_requested_by} asked to lift the freeze: “{self.lift_reason}”. Another"
            f" lead can confirm the request until {utc_text(self.lift_request_ends_at)}."
        )


class PauseStatus(Value):
    """The state of an engagement's pause, which the client begins with a button. A field that does
    not apply is null, or empty."""

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
        """Return the status of the pause that this block stores. Without a block, the engagement
        was never paused."""
        if block is None:
            return cls(paused=False)
        request = block.find_lift_request(now)
        return cls(
            paused=block.is_in_force,
            paused_at=block.began_at,
            locks=block.locks,
            is_sealed=block.is_sealed,
            # The client can refuse a request until a second lead can confirm it.
            refuse_until=request.counts_from if request else None,
            **_describe_lift(block, now),
        )

    @shown_property
    def message(self) -> str:
        """The status in a few sentences."""
        if self.paused_at is None:
            return "The engagement is not paused."
        if self.lifted_at is not None:
            return (
                f"The pause was lifted on {utc_text(self.lifted_at)}. Sessions that were cut off"
                " stay cut off."
            )
        paused = f"The client paused the engagement on {utc_text(self.paused_at)}."
        if self.refuse_until is None or self.lift_request_ends_at is None:
            return (
                f"{paused} The client lifts the pause with its code. Without the code, two leads"
                " can lift it, unless the client refuses within 24 hours."
            )
        return (
            f"{paused} {self.lift_requested_by} has asked to lift the pause without its code. The"
            f" client can refuse until {utc_text(self.refuse_until)}. After that, another lead can"
            f" confirm it until {utc_text(self.lift_request_ends_at)}."
        )

    def describe_lift(self, lead: str) -> tuple[str, ...]:
        """Return what happens if this lead now lifts the pause without its code, in sentences."""
        if not self.paused or self.paused_at is None:
            return ("This engagement is not paused. There is nothing to lift.",)
        lines = (
            f"The client paused the engagement on {utc_text(self.paused_at)}.",
            *(
                f"Someone clicked the pause button on {utc_text(lock.at)}, on the client's page"
                f" opened with the link {lock.link}."
                for lock in self.locks
            ),
        )
        if self.refuse_until is None:
            effect = (
                "This creates a request to lift the pause, and Daypass emails the client's"
                " approvers. They can refuse the request for 24 hours. After that, another lead"
                " can confirm it. The client can lift the pause immediately with the code that its"
                " page showed."
            )
        elif self.lift_requested_by == lead:
            effect = (
                "You have already asked to lift the pause. The client can refuse your request"
                f" until {utc_text(self.refuse_until)}. After that, another lead can confirm your"
                " request."
            )
        else:
            effect = (
                f"{self.lift_requested_by} asked to lift the pause. You can lift the pause after"
                f" {utc_text(self.refuse_until)}, when the client can no longer refuse. Members"
                " can then get sessions again."
            )
        return (*lines, effect, "Sessions that were cut off stay cut off.")
