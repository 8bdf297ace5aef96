"""The IAM roles of an engagement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import Arn, EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, Moment, SessionSeconds
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    Change,
    Internal,
    NotOnTrail,
    Renamed,
    Request,
    Value,
    next_version,
    shown_property,
)
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.trust_policy_end import (
    TrustPolicyEnd,
    add_requested_end,
    has_surely_passed,
    still_possible,
    trust_policy_end,
)
from chalicelib.domain.verification.verification import Verification

MaxSession = Annotated[
    SessionSeconds, Meta(description="The maximum session duration, in seconds.")
]
RequiresReason = Annotated[
    bool, Meta(description="Whether a member must give a reason for each session.")
]
AllowsChaining = Annotated[
    bool,
    Meta(
        description="Whether sessions may assume further roles, whose sessions outlive a cut-off."
    ),
]
AllowsLinks = Annotated[
    bool,
    Meta(
        description="Whether an access link may vend a session, too. Anyone who has the link can"
        " use it."
    ),
]


class Override(Value, frozen=True, kw_only=True):
    """A lead's decision that Daypass vends from an unverified role until a moment."""

    until: Moment
    by: NotOnTrail[MemberId]
    why: NotOnTrail[ReasonText] = field(name="reason")
    role_arn: Internal[Arn]


class Role(Stoppable, frozen=True, kw_only=True):
    """An IAM role of an engagement, under a name of its own. `max_session` is in seconds."""

    STORED_AS: ClassVar[str] = "role"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "name")
    LISTED_BY: ClassVar[str | None] = ""
    ENDS: ClassVar[Mapping[Action, str]] = {Action.ROLE_END: "ended_at"}
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "role": "name"}

    engagement: EngagementId
    name: RoleName
    arn: Arn
    max_session: MaxSession
    requires_reason: Renamed[RequiresReason] = field(name="asks_reason")
    allows_chaining: AllowsChaining
    allows_links: AllowsLinks = True
    created_at: NotOnTrail[Moment]
    former_arns: Internal[tuple[Arn, ...]] = ()
    """ARNs that it had before. Those IAM roles may still exist and accept Daypass."""
    ended_at: NotOnTrail[Moment | None] = None
    verification: NotOnTrail[Verification | None] = None
    override: Override | None = None
    requested_ends: Internal[tuple[Moment, ...]] = field(name="asked_ends", default=())
    """The ends that Daypass requested for the trust policy and that the policy may have, in the
    order of the requests. The last is the engagement's end. Empty if Daypass requested none."""
    replaced_end: Internal[Moment | None] = None
    """The end of a trust policy that the client reports as replaced. No check has confirmed it."""
    stop: LastStop = ""

    @shown_property
    def trust_policy(self) -> TrustPolicyEnd | None:
        if self.ended_at is not None:
            return None
        was_checked = self.verification is not None
        return trust_policy_end(self.requested_ends, self.replaced_end, was_checked=was_checked)

    @property
    def needs_policy_update(self) -> bool:
        return self.trust_policy is not None and self.trust_policy.needs_update

    @property
    def possible_ends(self) -> tuple[datetime, ...]:
        return (*self.requested_ends, *filter(None, (self.replaced_end,)))

    def policy_may_have_ended(self, now: datetime) -> bool:
        return any(end <= now for end in self.possible_ends)

    def with_requested_end(self, end: datetime, *, before: datetime) -> Role:
        """Return the role after Daypass requested this end. `before` is the end requested earlier,
        for roles of versions that did not store it.
        """
        ends = add_requested_end(self.requested_ends or (before,), end)
        return self if ends == self.requested_ends else next_version(self, requested_ends=ends)

    def with_replaced_policy(self, end: datetime) -> Role:
        """Return the role after the client reported that the policy with this end is in place."""
        if end not in self.requested_ends or end == self.requested_ends[0]:
            return self
        position = self.requested_ends.index(end)
        earliest = min((*self.requested_ends[:position], *filter(None, (self.replaced_end,))))
        return next_version(
            self,
            requested_ends=self.requested_ends[position:],
            replaced_end=earliest if earliest < end else None,
        )

    def with_verification(self, proof: Verification) -> Role:
        ends, replaced = self.requested_ends, self.replaced_end
        if proof.results.get(Check.RIGHT_ID) is Result.PASSED:
            ends = still_possible(ends, proof.checked_at)
            if replaced is not None and has_surely_passed(replaced, proof.checked_at):
                replaced = None
        return next_version(self, verification=proof, requested_ends=ends, replaced_end=replaced)

    def ended_by(self, stop: Stop) -> Role:
        return replace(super().ended_by(stop), verification=None, override=None)

    def is_overridden(self, now: datetime) -> bool:
        """Return whether an override applies now. It holds only for the ARN it was made for."""
        override = self.override
        return override is not None and override.role_arn == self.arn and now < override.until

    def proof(self, engagement: Engagement) -> Verification | None:
        """Return the last check if it passed, and holds for the current ARN and external ID."""
        check = self.last_check(engagement)
        return check if check is not None and check.passed else None

    def last_check(self, engagement: Engagement) -> Verification | None:
        """Return the last check, passed or not, if it holds for the current ARN and external ID."""
        check = self.verification
        if check is None or check.role_arn != self.arn:
            return None
        return check if check.external_id == engagement.external_id else None

    def needs_recheck(self, now: datetime) -> bool:
        """Return whether the daily check includes the role. A role that was never checked or
        overridden may not exist yet."""
        checked = self.verification is not None or self.is_overridden(now)
        return self.ended_at is None and checked


class RoleRelaxation(StrEnum):
    """A way in which a role became less strict."""

    CHAINING = "chaining"
    NO_REASON = "no-reason"
    OTHER_ARN = "other-arn"


RELAXATIONS: Mapping[RoleRelaxation, str] = {
    RoleRelaxation.CHAINING: "Its sessions may assume further roles. A cut-off does not end those"
    " roles' sessions.",
    RoleRelaxation.NO_REASON: "It no longer requires a reason.",
    RoleRelaxation.OTHER_ARN: "It has another ARN.",
}


def relaxations(old: Role | None, new: Role) -> list[RoleRelaxation]:
    """Return how a role is less strict than the earlier role of its name, if there was one."""
    applies = {
        RoleRelaxation.CHAINING: new.allows_chaining and not (old and old.allows_chaining),
        RoleRelaxation.NO_REASON: old and old.requires_reason and not new.requires_reason,
        RoleRelaxation.OTHER_ARN: old and old.arn != new.arn,
    }
    return [relaxation for relaxation, is_so in applies.items() if is_so]


class RoleSettings(Request, frozen=True, kw_only=True):
    """The fields of every request that creates a role."""

    name: RoleName
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False
    allows_chaining: AllowsChaining = False
    allows_links: AllowsLinks = True


class CreateRole(RoleSettings, frozen=True, kw_only=True):
    arn: Arn


class ChangeRole(Change, frozen=True, kw_only=True):
    arn: Arn | None = None
    max_session: MaxSession | None = None
    requires_reason: RequiresReason | None = None
    allows_chaining: AllowsChaining | None = None
    allows_links: AllowsLinks | None = None
