"""The IAM roles of an engagement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType, field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import Arn, EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, Moment, SessionSeconds
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.text import Why
from chalicelib.domain.things import Change, Hidden, Name, Request, Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.verification.verification import Verification

MaxSession = Annotated[SessionSeconds, Meta(description="The longest session, in seconds.")]
AsksReason = Annotated[bool, Meta(description="Whether a member has to say why.")]
AllowsChaining = Annotated[
    bool,
    Meta(description="Whether a session may assume further roles, which outlive a cut-off."),
]
AllowsLinks = Annotated[
    bool,
    Meta(
        description="Whether a session is vended by an access link, too, which opens the role for"
        " whoever has it."
    ),
]


class Override(Thing, frozen=True, kw_only=True):
    """A lead's word that a role is vended from although it is not proven safe, until a moment."""

    until: Moment
    by: MemberId
    why: Why = field(name="reason")
    role_arn: Hidden[Arn]


class Role(Stoppable, frozen=True, kw_only=True):
    """A named IAM role of an engagement: `max_session` in seconds."""

    ENDS: ClassVar[Mapping[Action, str]] = {Action.ROLE_END: "ended_at"}

    engagement: EngagementId
    name: RoleName
    arn: Arn
    max_session: MaxSession
    asks_reason: AsksReason
    allows_chaining: AllowsChaining
    allows_links: AllowsLinks = True
    created_at: Moment
    former_arns: Hidden[tuple[Arn, ...]] = ()
    """What it named before. The client may have left them as they were."""
    ended_at: Moment | None = None
    verification: Verification | None = None
    override: Override | None = None

    @property
    def names(self) -> Name:
        return self.engagement, self.name

    def ended_by(self, stop: Stop) -> Role:
        return replace(super().ended_by(stop), verification=None, override=None)

    def is_overridden(self, now: datetime) -> bool:
        """Vended from without a proof for now. It holds for the ARN that it was given for."""
        given = self.override
        return given is not None and given.role_arn == self.arn and now < given.until

    def proof(self, engagement: Engagement) -> Verification | None:
        """The proof that the role is safe as it stands, or None.

        A proof of another ARN or external ID proves nothing: that is how a change unproves a role.
        """
        found = self.last_check(engagement)
        return found if found is not None and found.passed else None

    def last_check(self, engagement: Engagement) -> Verification | None:
        """What the last check found of the role as it stands, or None: safe or not."""
        found = self.verification
        if found is None:
            return None
        if found.role_arn != self.arn or found.external_id != engagement.external_id:
            return None
        return found

    def is_rechecked(self, now: datetime) -> bool:
        """Whether the role is one to check anew: it is in use, and was checked or overridden.

        A role that nobody has checked yet is one that the client has not made yet.
        """
        checked = self.verification is not None or self.is_overridden(now)
        return self.ended_at is None and checked


class Widening(StrEnum):
    """How a role became less strict."""

    CHAINING = "chaining"
    NO_REASON = "no-reason"
    OTHER_ARN = "other-arn"


WIDENINGS: Mapping[Widening, str] = {
    Widening.CHAINING: "Its sessions may assume further roles, which a cut-off does not end.",
    Widening.NO_REASON: "It does not ask for a reason any more.",
    Widening.OTHER_ARN: "It names another IAM role.",
}


def widenings(old: Role | None, new: Role) -> list[Widening]:
    """Return how a role is less strict than the one of its name before it, if there was one."""
    found = []
    if new.allows_chaining and not (old and old.allows_chaining):
        found.append(Widening.CHAINING)
    if old and old.asks_reason and not new.asks_reason:
        found.append(Widening.NO_REASON)
    if old and old.arn != new.arn:
        found.append(Widening.OTHER_ARN)
    return found


class RoleSettings(Request, frozen=True, kw_only=True):
    """What is asked for in each of the ways to name a role."""

    name: RoleName
    max_session: MaxSession = LONGEST_SESSION
    asks_reason: AsksReason = False
    allows_chaining: AllowsChaining = False
    allows_links: AllowsLinks = True


class CreateRole(RoleSettings, frozen=True, kw_only=True):
    arn: Arn


class ChangeRole(Change, frozen=True, kw_only=True):
    arn: Arn | UnsetType = UNSET
    max_session: MaxSession | UnsetType = UNSET
    asks_reason: AsksReason | UnsetType = UNSET
    allows_chaining: AllowsChaining | UnsetType = UNSET
    allows_links: AllowsLinks | UnsetType = UNSET
