"""Define members and leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import PersonName, Tone
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Request

LOOK_BACK = timedelta(days=90)
"""Daypass lists what a suspended lead set up in the last 90 days before that."""


class Kind(StrEnum):
    """The kind of a member, which decides what they may do."""

    MEMBER = "member"
    """Gets sessions through grants."""
    LEAD = "lead"
    """Manages members, engagements, roles and grants, reads the trail, and gets sessions through
    grants."""
    AUDITOR = "auditor"
    """Reads the trail, and gets no sessions."""


class MemberState(StrEnum):
    """The state of a member. Only an active one can use their grants and tokens."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """No token or code of theirs works, and they get no session."""
    LEFT = "left the firm"
    """Suspended for good: their grants are revoked too."""

    @property
    def tone(self) -> Tone:
        return Tone.GOOD if self is MemberState.ACTIVE else Tone.BAD


class Member(Stoppable, frozen=True, kw_only=True):
    """A person at the firm."""

    STORED_AS: ClassVar[str] = "member"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("id",)
    LISTED_BY: ClassVar[str | None] = ""
    ENDS: ClassVar[Mapping[Action, str]] = {Action.MEMBER_REVOKE: "suspended_at"}
    TARGET: ClassVar[Mapping[str, str]] = {"subject": "id"}

    id: MemberId
    name: PersonName
    kind: Kind
    created_at: NotOnTrail[Moment]
    tokens_from: Internal[Moment]
    """Tokens created before this time are invalid: a suspension revokes all earlier ones."""
    suspended_at: NotOnTrail[Moment | None] = None
    """When the member was suspended. None if the member is not suspended."""
    left_at: NotOnTrail[Moment | None] = None
    """When Daypass recorded that the member left the firm. None if it has not, or if the member was
    reinstated since."""
    leads_from: Internal[Moment | None] = None
    """Links and codes that they created as a lead before this time are invalid: a lead who steps
    down loses them for good."""
    kind_set_at: Internal[Moment | None] = None
    """When they last got another kind, or were reinstated. None: not since they were created."""
    stop: LastStop = ""

    def ended_by(self, stop: Stop) -> Member:
        return replace(super().ended_by(stop), tokens_from=max(self.tokens_from, stop.entry.at))

    @property
    def state(self) -> MemberState:
        if self.suspended_at is None:
            return MemberState.ACTIVE
        return MemberState.SUSPENDED if self.left_at is None else MemberState.LEFT

    @property
    def approver_key(self) -> str:
        """Return the `approver` of this member's given approvals."""
        return self.id

    @property
    def kind_since(self) -> datetime:
        """Return since when they have the rights of their kind."""
        return self.kind_set_at or self.created_at

    @property
    def has_ever_led(self) -> bool:
        """Return whether they are or were a lead."""
        return self.kind is Kind.LEAD or self.leads_from is not None

    def leaves_unconfirmed(self, set_up_at: datetime) -> bool:
        """Return whether what this lead set up at this time waits for someone else's confirmation:
        the lead is suspended, and was not for LOOK_BACK since then."""
        return self.suspended_at is not None and self.suspended_at < set_up_at + LOOK_BACK

    def has_led_continuously_since(self, moment: datetime) -> bool:
        """Return whether they are an active lead, and neither their tokens nor their rights as a
        lead were revoked after this moment."""
        return (
            self.kind is Kind.LEAD
            and self.suspended_at is None
            and self.tokens_from <= moment
            and (self.leads_from is None or self.leads_from <= moment)
        )


class Leads(Item, frozen=True, kw_only=True):
    """The active leads. They are stored in one item, so that two changes at once cannot remove the
    last lead."""

    STORED_AS: ClassVar[str] = "leads"

    members: frozenset[MemberId]


class CreateMember(Request, frozen=True, kw_only=True):
    id: MemberId
    name: PersonName
    kind: Kind


class ChangeMember(Change, frozen=True, kw_only=True):
    name: PersonName | None = None
    kind: Kind | None = None
