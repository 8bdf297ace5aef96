"""The IAM roles of an engagement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import Arn, EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, Moment, SessionSeconds
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import ReasonLine
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    Change,
    Internal,
    NotOnTrail,
    Request,
    SeenVersion,
    Value,
    next_version,
    shown_property,
)
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.trust_policy_end import (
    TrustPolicyEnd,
    add_requested_end,
    describe_trust_policy_end,
    find_possible_ends,
    has_end_surely_passed,
)
from chalicelib.domain.verification.verification import Verification

MaxSession = Annotated[
    SessionSeconds,
    Meta(description="The longest session that Daypass issues from the role, in seconds."),
]
RequiresReason = Annotated[
    bool, Meta(description="True if a member must give a reason for each session.")
]
AllowsChaining = Annotated[
    bool,
    Meta(
        description="True if the role's sessions may assume further roles. A policy that denies the"
        " role's earlier sessions (a cut-off) does not end the sessions of those further roles."
    ),
]
AllowsLinks = Annotated[
    bool,
    Meta(
        description="True if a member may also get a session for the role through an access link."
        " Anyone who has an access link can use it."
    ),
]


class Override(Value):
    """A lead's decision that Daypass vends from an unverified role until a given time.

    To vend is to issue a session of the role to a member.
    """

    until: Moment
    """When the override ends."""
    by: NotOnTrail[MemberId]
    """The lead who made the override."""
    why: NotOnTrail[ReasonLine] = field(name="reason")
    """The lead's reason for the override."""
    role_arn: Internal[Arn]


class Role(Stoppable):
    """An IAM role of an engagement, under the name that the role has in Daypass."""

    STORED_AS = "role"
    KEY_FIELDS = ("engagement", "name")
    LISTED_BY = ""
    ENDS = {Action.ROLE_END: "ended_at"}
    TARGET = {"engagement": "engagement", "role": "name"}

    engagement: EngagementId
    name: RoleName
    arn: Arn
    max_session: MaxSession
    requires_reason: RequiresReason
    allows_chaining: AllowsChaining
    allows_links: AllowsLinks = True
    created_at: NotOnTrail[Moment]
    former_arns: Internal[tuple[Arn, ...]] = ()
    """ARNs that this role had before. Those IAM roles may still exist and accept Daypass."""
    arn_changes: Internal[int] = 0
    """How often the role got another ARN. An earlier ARN can return."""
    ended_at: NotOnTrail[Moment | None] = None
    """When a lead ended the role. None if the role has not ended."""
    verification: NotOnTrail[Verification | None] = None
    """The result of the role's last check. None if the role has ended, or was not checked with its
    current ARN."""
    override: Override | None = None
    """The last override of the role's check. It may be over: see `until`. None if there is none."""
    requested_ends: Internal[tuple[Moment, ...]] = ()
    """The end dates that Daypass requested for the trust policy, in the order of the requests. The
    policy may have any of them. The last is the engagement's end. Empty if Daypass requested
    none."""
    previous_policy_end: Internal[Moment | None] = None
    """The end date of the role's previous trust policy, which the client reports as replaced. No
    check has confirmed that yet."""
    stop: LastStop = ""

    @shown_property
    def trust_policy(self) -> TrustPolicyEnd | None:
        """The end date that Daypass requested for the role's trust policy, and whether the client
        has to update the policy. None if the role has ended, or if Daypass requested no end
        date."""
        if self.ended_at is not None:
            return None
        was_checked = self.verification is not None
        return describe_trust_policy_end(
            self.requested_ends, self.previous_policy_end, was_checked=was_checked
        )

    @property
    def needs_policy_update(self) -> bool:
        return self.trust_policy is not None and self.trust_policy.needs_update

    @property
    def possible_ends(self) -> tuple[datetime, ...]:
        """Return every end date that the client's trust policy may have now."""
        return (*self.requested_ends, *filter(None, (self.previous_policy_end,)))

    def policy_may_have_ended(self, now: datetime) -> bool:
        """Return whether one of the trust policy's possible end dates has passed."""
        return any(end <= now for end in self.possible_ends)

    def with_requested_end(self, end: datetime, *, previous_end: datetime) -> Role:
        """Return the role with `end` as the last end date that Daypass requested for its trust
        policy.

        `previous_end` is the end date on the client's page so far. An imported role has it although
        Daypass never stored it as requested.
        """
        ends = add_requested_end(self.requested_ends or (previous_end,), end)
        return self if ends == self.requested_ends else next_version(self, requested_ends=ends)

    def with_reported_policy_end(self, end: datetime) -> Role:
        """Return the role after the client reported that its trust policy now has this end date.

        Drop the end dates requested before this one. Until a check confirms the report, keep the
        earliest of them, if it is earlier than `end`, as `previous_policy_end`. Return the role
        unchanged if Daypass did not request this end date, or requested no other before it.
        """
        if end not in self.requested_ends or end == self.requested_ends[0]:
            return self
        position = self.requested_ends.index(end)
        earliest = min(
            (*self.requested_ends[:position], *filter(None, (self.previous_policy_end,)))
        )
        return next_version(
            self,
            requested_ends=self.requested_ends[position:],
            previous_policy_end=earliest if earliest < end else None,
        )

    def with_verification(self, verification: Verification) -> Role:
        """Return the role with this verification as the latest.

        If the role accepted Daypass in the verification, drop the possible end dates that had
        passed by then, because the trust policy cannot have one of them.
        """
        ends, previous_end = self.requested_ends, self.previous_policy_end
        if verification.results.get(Check.RIGHT_ID) is Result.PASSED:
            ends = find_possible_ends(ends, verification.checked_at)
            if previous_end is not None and has_end_surely_passed(
                previous_end, verification.checked_at
            ):
                previous_end = None
        return next_version(
            self, verification=verification, requested_ends=ends, previous_policy_end=previous_end
        )

    def ended_by(self, stop: Stop) -> Role:
        return replace(super().ended_by(stop), verification=None, override=None)

    def is_overridden(self, now: datetime) -> bool:
        """Return whether an override of this role is in force.

        An override holds only for the ARN that the role had when the lead made it.
        """
        override = self.override
        return override is not None and override.role_arn == self.arn and now < override.until

    def passed_verification(self, engagement: Engagement) -> Verification | None:
        """Return the role's verification if it passed, for the current ARN and external ID."""
        verification = self.current_verification(engagement)
        return verification if verification is not None and verification.passed else None

    def current_verification(self, engagement: Engagement) -> Verification | None:
        """Return the role's verification, passed or not, if it is for the current ARN and ID."""
        verification = self.verification
        if verification is None or verification.role_arn != self.arn:
            return None
        is_current = verification.external_id == engagement.external_id
        return verification if is_current else None

    def needs_recheck(self, now: datetime) -> bool:
        """Return whether the daily check includes this role.

        Leave out a role that has no verification and no override in force, because the client may
        not have created it yet.
        """
        is_expected_to_exist = self.verification is not None or self.is_overridden(now)
        return self.ended_at is None and is_expected_to_exist


class RoleRelaxation(StrEnum):
    """A way in which a change made a role less strict."""

    CHAINING = "chaining"
    NO_REASON = "no-reason"
    OTHER_ARN = "other-arn"


RELAXATIONS: Mapping[RoleRelaxation, str] = {
    RoleRelaxation.CHAINING: "The role's sessions may now assume further roles. A cut-off denies"
    " older sessions of the role, but does not end the sessions of those"
    " further roles.",
    RoleRelaxation.NO_REASON: "The role no longer requires a reason for a session.",
    RoleRelaxation.OTHER_ARN: "The role now has a different ARN.",
}


def list_relaxations(earlier: Role | None, role: Role) -> list[RoleRelaxation]:
    """Return the ways in which the role is less strict than the earlier one of the same name.

    `earlier` is None for the first role of this name. Allowing chaining, which means that sessions
    may assume further roles, counts for the first role too.
    """
    relaxations = {
        RoleRelaxation.CHAINING: role.allows_chaining and not (earlier and earlier.allows_chaining),
        RoleRelaxation.NO_REASON: earlier and earlier.requires_reason and not role.requires_reason,
        RoleRelaxation.OTHER_ARN: earlier and earlier.arn != role.arn,
    }
    return [relaxation for relaxation, is_present in relaxations.items() if is_present]


class RoleSettings(Request):
    """The fields of every request that creates a role."""

    name: RoleName
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False
    allows_chaining: AllowsChaining = False
    allows_links: AllowsLinks = True


class CreateRole(RoleSettings):
    arn: Arn


class ChangeRole(Change):
    version: SeenVersion | None = None
    arn: Arn | None = None
    max_session: MaxSession | None = None
    requires_reason: RequiresReason | None = None
    allows_chaining: AllowsChaining | None = None
    allows_links: AllowsLinks | None = None
