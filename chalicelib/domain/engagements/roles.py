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
    asked_also,
    has_surely_passed,
    not_disproven,
    trust_policy_end,
)
from chalicelib.domain.verification.verification import Verification

MaxSession = Annotated[SessionSeconds, Meta(description="The longest session, in seconds.")]
RequiresReason = Annotated[
    bool, Meta(description="Whether a member must give a reason for each session.")
]
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


class Override(Value, frozen=True, kw_only=True):
    """A lead's word that a role is vended from although it is not proven safe, until a moment."""

    until: Moment
    by: NotOnTrail[MemberId]
    why: NotOnTrail[ReasonText] = field(name="reason")
    role_arn: Internal[Arn]


class Role(Stoppable, frozen=True, kw_only=True):
    """A named IAM role of an engagement: `max_session` in seconds."""

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
    """What it named before. The client may have left them as they were."""
    ended_at: NotOnTrail[Moment | None] = None
    verification: NotOnTrail[Verification | None] = None
    override: Override | None = None
    asked_ends: Internal[tuple[Moment, ...]] = ()
    """The ends that Daypass asked the client to write into the trust policy and that the policy may
    have, in the order of asking. The last is the engagement's. Empty if Daypass asked for none."""
    replaced_end: Internal[Moment | None] = None
    """The end of the policy that the client says they have replaced. No check has shown it yet."""
    stop: LastStop = ""

    @shown_property
    def trust_policy(self) -> TrustPolicyEnd | None:
        if self.ended_at is not None:
            return None
        was_checked = self.verification is not None
        return trust_policy_end(self.asked_ends, self.replaced_end, was_checked=was_checked)

    @property
    def needs_policy_update(self) -> bool:
        return self.trust_policy is not None and self.trust_policy.needs_update

    @property
    def possible_ends(self) -> tuple[datetime, ...]:
        return (*self.asked_ends, *filter(None, (self.replaced_end,)))

    def may_have_run_out(self, now: datetime) -> bool:
        return any(end <= now for end in self.possible_ends)

    def asked_for(self, end: datetime, *, before: datetime) -> Role:
        """Return the role once the client is asked for this end. `before` counts where Daypass has
        not remembered what it asked for.
        """
        asked = asked_also(self.asked_ends or (before,), end)
        return self if asked == self.asked_ends else next_version(self, asked_ends=asked)

    def policy_replaced(self, end: datetime) -> Role:
        """Return the role once the client says that the policy with this end is in place."""
        if end not in self.asked_ends or end == self.asked_ends[0]:
            return self
        position = self.asked_ends.index(end)
        earliest = min((*self.asked_ends[:position], *filter(None, (self.replaced_end,))))
        return next_version(
            self,
            asked_ends=self.asked_ends[position:],
            replaced_end=earliest if earliest < end else None,
        )

    def checked(self, proof: Verification) -> Role:
        asked, replaced = self.asked_ends, self.replaced_end
        if proof.results.get(Check.RIGHT_ID) is Result.PASSED:
            asked = not_disproven(asked, proof.checked_at)
            if replaced is not None and has_surely_passed(replaced, proof.checked_at):
                replaced = None
        return next_version(self, verification=proof, asked_ends=asked, replaced_end=replaced)

    def ended_by(self, stop: Stop) -> Role:
        return replace(super().ended_by(stop), verification=None, override=None)

    def is_overridden(self, now: datetime) -> bool:
        """Vended from without a proof for now. It holds for the ARN that it was given for."""
        given = self.override
        return given is not None and given.role_arn == self.arn and now < given.until

    def proof(self, engagement: Engagement) -> Verification | None:
        """The proof that the role is safe as it stands: one of another ARN or external ID proves
        nothing.
        """
        check = self.last_check(engagement)
        return check if check is not None and check.passed else None

    def last_check(self, engagement: Engagement) -> Verification | None:
        """What the last check found of the role as it stands, or None: safe or not."""
        check = self.verification
        if check is None or check.role_arn != self.arn:
            return None
        return check if check.external_id == engagement.external_id else None

    def is_rechecked(self, now: datetime) -> bool:
        """Whether it is in use, and was checked or overridden: before, it may not be there yet."""
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
    """Return how a role is less strict than the former role of its name, if there was one."""
    ways = {
        Widening.CHAINING: new.allows_chaining and not (old and old.allows_chaining),
        Widening.NO_REASON: old and old.requires_reason and not new.requires_reason,
        Widening.OTHER_ARN: old and old.arn != new.arn,
    }
    return [way for way, is_so in ways.items() if is_so]


class RoleSettings(Request, frozen=True, kw_only=True):
    """What is asked for in each of the ways to name a role."""

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
