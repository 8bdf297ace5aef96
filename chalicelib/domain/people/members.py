"""Our people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec.structs import replace

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import PersonName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Request


class Kind(StrEnum):
    """What a member is to Daypass."""

    MEMBER = "member"
    LEAD = "lead"
    AUDITOR = "auditor"


class Member(Stoppable, frozen=True, kw_only=True):
    """One of our people."""

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
    """Tokens made before this moment are revoked: suspending a member ends them for good."""
    suspended_at: NotOnTrail[Moment | None] = None
    leads_from: Internal[Moment | None] = None
    """What they made as a lead before this moment is dead: who steps down ends it for good."""
    stop: LastStop = ""

    def ended_by(self, stop: Stop) -> Member:
        return replace(super().ended_by(stop), tokens_from=max(self.tokens_from, stop.entry.at))

    @property
    def has_ever_led(self) -> bool:
        return self.kind is Kind.LEAD or self.leads_from is not None

    def has_led_since(self, moment: datetime) -> bool:
        """Whether they are an active lead, and nothing of theirs was revoked since that moment."""
        return (
            self.kind is Kind.LEAD
            and self.suspended_at is None
            and self.tokens_from <= moment
            and (self.leads_from is None or self.leads_from <= moment)
        )


class Leads(Item, frozen=True, kw_only=True):
    """Who the active leads are: one item, so that the last one can never be lost in a race."""

    STORED_AS: ClassVar[str] = "leads"

    members: frozenset[MemberId]


class CreateMember(Request, frozen=True, kw_only=True):
    id: MemberId
    name: PersonName
    kind: Kind


class ChangeMember(Change, frozen=True, kw_only=True):
    name: PersonName | None = None
    kind: Kind | None = None
