"""The responses to the revocations of several items in one call: a client, or a member who leaves.

Each part of the response says whether its item is blocked. A call that fails half way, or that runs
out of time, can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import Moment
from chalicelib.domain.text import ClientName
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Revocation

MAX_PARTS_SHOWN = 200
"""The most parts in a response, which must fit into Lambda's response limit."""
MAX_SIMILAR_SHOWN = 20


class BlockStatus(StrEnum):
    """The result for one item of a revocation that has several."""

    BLOCKED = "blocked"
    """From `revoked_at` on, no session is issued. The sessions that may be alive are counted."""
    UNFINISHED = "unfinished"
    """The revocation is stored, but its sessions are not counted. A session that was being issued
    may still be handed over within 30 seconds. Send the request again."""
    NOT_BLOCKED = "not-blocked"
    """Nothing was revoked here. Send the request again."""


class BlockedEngagement(Value, frozen=True, kw_only=True):
    """One engagement, or one grant, of a revocation that has several."""

    engagement: EngagementId
    client: ClientName
    status: BlockStatus
    revoked_at: Moment | None = None
    """When the revocation was requested. None if there is none."""
    alive: int = 0
    """The number of sessions that may be alive. They are in the revocation's `sessions` too."""
    last_moment: Moment | None = None
    """When the last of these sessions expires. None if no session may be alive."""
    reason: str = ""
    """Why the engagement is not blocked, or not finished, as a stable code. Otherwise empty."""
    detail: str = ""
    """The same in a sentence."""


def show_parts(parts: Sequence[BlockedEngagement]) -> tuple[BlockedEngagement, ...]:
    """Return at most 200 parts, those that are not blocked first."""
    order = (BlockStatus.NOT_BLOCKED, BlockStatus.UNFINISHED, BlockStatus.BLOCKED)
    by_status = sorted(parts, key=lambda part: (order.index(part.status), part.engagement))
    return tuple(by_status[:MAX_PARTS_SHOWN])


class SimilarClient(Value, frozen=True):
    """A client whose name resembles the revoked client's. Its engagements are not revoked."""

    client: ClientName
    engagements: int
    """The number of its engagements, including ended ones."""


class ClientRevocation(Revocation, frozen=True, kw_only=True):
    """The response to the revocation of a client: of all its engagements."""

    client: ClientName
    engagements: Annotated[
        tuple[BlockedEngagement, ...],
        Meta(
            description="The client's engagements, those that are not blocked first. The list has"
            " 200 at most."
        ),
    ]
    engagement_count: int
    """The number of the client's engagements."""
    blocked_count: int
    """The number of them that are blocked. `alive`, `sessions` and `last_moment` describe these."""
    not_included: Annotated[
        tuple[SimilarClient, ...],
        Meta(
            description="Clients with a similar name, whose engagements are not revoked. The list"
            " has 20 at most."
        ),
    ]

    @property
    def is_complete(self) -> bool:
        return self.blocked_count == self.engagement_count

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
        if self.is_complete:
            return f"Blocked engagements of {self.client}: {self.blocked_count}."
        return (
            f"Only {self.blocked_count} of {self.engagement_count} engagements of {self.client} are"
            " blocked. Send the same request again for the others."
        )


def build_client_revocation(
    client: str,
    revocation: Revocation,
    parts: Sequence[BlockedEngagement],
    similar: Sequence[SimilarClient],
) -> ClientRevocation:
    """Return the response for these engagements. `revocation` has the sessions of those that are
    blocked."""
    return ClientRevocation(
        **{name: getattr(revocation, name) for name in Revocation.__struct_fields__},
        client=client,
        engagements=show_parts(parts),
        engagement_count=len(parts),
        blocked_count=sum(part.status is BlockStatus.BLOCKED for part in parts),
        not_included=tuple(similar[:MAX_SIMILAR_SHOWN]),
    )
