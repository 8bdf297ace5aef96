"""The responses to the revocations of several items in one call: a client, or a member who leaves.

Each part of the response says whether its item is blocked. A call that fails half way, or that runs
out of time, can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import Moment
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Revocation

MAX_PARTS_SHOWN = 200
"""The most parts in a response, which must fit into Lambda's response limit."""


class BlockStatus(StrEnum):
    """The result for one item of a revocation that has several."""

    BLOCKED = "blocked"
    """From `revoked_at` on, no session is issued. The sessions that may be active are counted."""
    UNFINISHED = "unfinished"
    """The revocation is stored, but its sessions are not counted. A session that was being issued
    may still be handed over within 30 seconds. Send the request again."""
    NOT_BLOCKED = "not-blocked"
    """Nothing was revoked here. Send the request again."""


class BlockedEngagement(Value):
    """One engagement, or one grant, of a revocation that has several."""

    engagement: EngagementId
    client: ClientName
    status: BlockStatus
    revoked_at: Moment | None = None
    """When the revocation was requested. None if there is none."""
    alive: int = 0
    """The number of sessions that may be active. They are in the revocation's `sessions` too."""
    last_moment: Moment | None = None
    """When the last of these sessions expires. None if no session may be active."""
    reason: str = ""
    """Why the engagement is not blocked, or not finished, as a stable code. Otherwise empty."""
    detail: str = ""
    """The same in a sentence."""


class SimilarClient(Value, kw_only=False):
    """A client whose name resembles the revoked client's. Its engagements are not revoked."""

    client: ClientName
    engagements: int
    """The number of its engagements, including ended ones."""


class SeveralRevocations(Revocation):
    """The response to a revocation of several engagements, or of a member's grants."""

    engagements: tuple[BlockedEngagement, ...]
    """The engagements, those that are not blocked first. The list has 200 at most."""
    engagement_count: int
    """The number of the engagements."""
    blocked_count: int
    """The number of them that are blocked."""

    @property
    def is_complete(self) -> bool:
        return self.blocked_count == self.engagement_count


class ClientRevocation(SeveralRevocations):
    """The response to the revocation of a client: of all its engagements. `alive`, `sessions` and
    `last_moment` describe those that are blocked."""

    client: ClientName
    not_included: tuple[SimilarClient, ...]
    """Clients with a similar name, whose engagements are not revoked."""

    @property
    def summary(self) -> str:
        text = f"{super().summary} {self._engagements_text}"
        if not self.not_included:
            return text
        names = ", ".join(similar.client for similar in self.not_included)
        return f"{text} Not included, because their names differ: {names}."

    @property
    def _engagements_text(self) -> str:
        """Return how many engagements are blocked, and what to do about the others."""
        blocked = f"Blocked engagements of {self.client}: {self.blocked_count}"
        if self.is_complete:
            return f"{blocked}."
        return f"{blocked} of {self.engagement_count}. Send the same request again for the others."


def list_fields(revocation: Revocation, parts: Sequence[BlockedEngagement]) -> dict[str, Any]:
    """Return the fields of a response for these parts. `revocation` has the sessions."""
    order = (BlockStatus.NOT_BLOCKED, BlockStatus.UNFINISHED, BlockStatus.BLOCKED)
    by_status = sorted(parts, key=lambda part: (order.index(part.status), part.engagement))
    return {
        **{name: getattr(revocation, name) for name in Revocation.__struct_fields__},
        "engagements": tuple(by_status[:MAX_PARTS_SHOWN]),
        "engagement_count": len(parts),
        "blocked_count": sum(part.status is BlockStatus.BLOCKED for part in parts),
    }
