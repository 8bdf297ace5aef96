"""Access reviews: when a grant was last used, and whether to keep or end it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import (
    EmergencyRoles,
    Grant,
    GrantedRoles,
    RolesOnRequest,
    describe_roles,
)
from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId
from chalicelib.domain.moments import Moment, end_text
from chalicelib.domain.text import ClientName, ReasonText, Tone, count_of
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Internal, Request, Value, build_constraints, shown_property

REVIEW_PERIOD = timedelta(days=90)
"""How far back a review looks for the last use of a grant."""
UNUSED_DAYS = 30
"""A review proposes to end a grant that was unused for this many days."""

GrantVersion = Annotated[
    int,
    build_constraints("a whole number from 1 to 1000000000", ge=1, le=1_000_000_000),
    Meta(description="The grant's version. It increases by one with each change of the grant."),
]


class Decision(StrEnum):
    """A decision about a grant."""

    KEEP = "keep"
    """The member keeps the grant."""
    END = "end"
    """Daypass revokes the grant."""

    @property
    def tone(self) -> Tone:
        return Tone.WAIT if self is Decision.END else Tone.PLAIN


class GrantReview(Value):
    """A current or upcoming grant, its last use, and the proposed decision."""

    engagement: EngagementId
    client: ClientName
    member: MemberId
    member_name: str
    is_suspended: bool
    """True if the member is suspended."""
    created_at: Moment
    starts_at: Internal[Moment]
    roles: GrantedRoles
    on_request: RolesOnRequest
    emergency: EmergencyRoles
    emergencies: int
    """How often the member opened a role of the engagement in an emergency."""
    last_emergency_at: Moment | None
    """When the member last did. None if they never did."""
    unconfirmed_emergency: RequestId | None
    """The request of the member's emergency, in any engagement, that no lead has reviewed. None if
    there is none."""
    ends_at: Moment
    last_used_at: Moment | None = None
    """When Daypass last issued the member a session in the engagement. None if it issued none since
    `searched_from`."""
    searched_from: Moment | None = None
    """How far back Daypass has searched the trail for a use: 90 days, or less if the member has had
    many sessions since then. None if the trail could not be read: nothing is proposed then."""
    unused_days: int | None = None
    """For how many whole days the grant has surely been unused. A grant counts as used when it was
    created and when it starts."""
    proposal: Decision | None = None
    """`end` if the grant was unused for 30 days or more."""
    reviewed_at: Moment | None
    """When a lead last decided about the grant. None if no lead has."""
    reviewed_by: MemberId | None
    """The lead who decided. None if no lead has."""
    version: GrantVersion

    @property
    def key(self) -> str:
        """Return what identifies the grant in a list, and its cursor."""
        return f"{self.engagement}:{self.member}"

    @property
    def is_on_request(self) -> bool:
        return self.on_request == self.roles

    @property
    def was_never_used(self) -> bool:
        """Return whether the member has never used the grant, as far as the trail was searched."""
        is_searched = self.searched_from is not None and self.searched_from <= self.created_at
        return is_searched and self.last_used_at is None

    @shown_property
    def access(self) -> str:
        """The roles, each with its condition."""
        return describe_roles(self.roles, self.on_request, self.emergency)

    @shown_property
    def last_use(self) -> str:
        """When the grant was last used, in words."""
        days = count_of(self.unused_days or 0, "day")
        if self.searched_from is None:
            return "unknown"
        if self.last_used_at is not None:
            return f"{days} ago" if self.unused_days else "today"
        return "never" if self.was_never_used else f"not in {days}"

    @shown_property
    def notes(self) -> str:
        """Sentences on the member's emergencies, and on the last decision."""
        notes = ["The member is suspended."] if self.is_suspended else []
        if self.last_emergency_at is not None:
            times, last = count_of(self.emergencies, "time"), end_text(self.last_emergency_at)
            notes.append(f"Used emergency access {times}, most recently on {last}.")
        if self.unconfirmed_emergency is not None:
            notes.append(f"No lead has confirmed the emergency {self.unconfirmed_emergency} yet.")
        if self.reviewed_at is not None:
            notes.append(f"{self.reviewed_by} reviewed it on {end_text(self.reviewed_at)}.")
        return " ".join(notes)


class ReviewGrant(Request):
    """A decision about a grant."""

    decision: Decision
    """`keep` the grant, or `end` it: revoke it."""
    version: (
        Annotated[
            GrantVersion,
            Meta(
                description="The grant's version in the review. Daypass refuses the decision if the"
                " grant has changed since. Leave the version out to decide on the grant"
                " as it is now."
            ),
        ]
        | None
    ) = None
    why: ReasonText = field(name="reason")


def find_user(vend: Entry) -> str:
    """Return the member who received the vend's session."""
    return vend.subject or vend.actor


def find_last_use(entries: Iterable[Entry]) -> datetime | None:
    """Return when the latest vend began whose session may have been handed over, or None.

    A vend without an outcome counts, because its session may have been handed over. What happened
    later, such as the session's revocation, has other actions on the trail and does not matter.
    """
    entries = [entry for entry in entries if entry.action is Action.VEND]
    began = {entry.vend: entry.at for entry in entries if entry.outcome is Outcome.INTENDED}
    not_issued = {
        entry.vend for entry in entries if entry.outcome not in (Outcome.INTENDED, Outcome.ISSUED)
    }
    return max((at for vend, at in began.items() if vend not in not_issued), default=None)


def count_unused_days(
    grant: Grant | GrantReview,
    last_used_at: datetime | None,
    searched_from: datetime,
    now: datetime,
) -> int:
    """Return for how many whole days the grant has surely been unused: since its last use, or since
    `searched_from` without one, but no longer than since its creation and its start."""
    unused_since = max(last_used_at or searched_from, grant.created_at, grant.starts_at)
    return max((now - unused_since).days, 0)


def propose_decision(unused_days: int) -> Decision:
    """Return the decision that a review proposes for a grant unused for this many days."""
    return Decision.END if unused_days >= UNUSED_DAYS else Decision.KEEP
