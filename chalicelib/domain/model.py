"""The facts: who, where, what and until when. Frozen values; every moment is UTC.

An item that is stored has a `version`: 1 when it is made, one more with each change. A change is
written only over the version it was made from, and a vend is handed over only if every version it
was decided on still stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.diagnosis import Cause
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import RoleArn, role_arn
from chalicelib.domain.onboarding import RoleSetup, SetupLink, Sweep
from chalicelib.domain.proof import Check, Result, Results, is_safe
from chalicelib.domain.reasons import Reason
from chalicelib.domain.tokens import TOKEN_ID_LENGTH


class Kind(StrEnum):
    """What a member is to Daypass."""

    MEMBER = "member"
    LEAD = "lead"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of our people."""

    id: str
    name: str
    kind: Kind
    created_at: datetime
    tokens_from: datetime
    """Tokens made before this moment are revoked: suspending a member ends them for good."""
    suspended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Who the active leads are: one item, so that the last one can never be lost in a race."""

    members: frozenset[str]
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token as it is kept: its SHA-256, never its text."""

    member: str
    hash: str = field(repr=False)
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    version: int = 1

    @property
    def id(self) -> str:
        """A name for the token that may be shown. It gives nothing of the token away."""
        return self.hash[:TOKEN_ID_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """One client AWS account that we work in, from `starts_at` until before `ends_at`."""

    id: str
    client: str
    account_id: str
    external_id: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    next_external_id: str | None = None
    """Made, and not yet proven to be let in: the rotation's first half."""
    former_external_id: str | None = None
    """Replaced, and not yet proven to be refused: its second half."""
    retired_external_ids: tuple[str, ...] = ()
    """Replaced, and seen to be refused by every role in use."""
    chosen_elsewhere: bool = False
    """The external ID was taken over from a profile, and not made by Daypass."""
    closed_at: datetime | None = None
    revoked_at: datetime | None = None
    left_at: datetime | None = None
    """When every role of an engagement that is over was seen to refuse us."""
    version: int = 1

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.starts_at <= now < self.ends_at

    @property
    def over_at(self) -> datetime:
        """When it ended, or will: whichever end came first."""
        return min(filter(None, (self.closed_at, self.revoked_at, self.ends_at)))

    def is_over(self, now: datetime) -> bool:
        """We have no business in the account any more."""
        return self.closed_at is not None or self.revoked_at is not None or now >= self.ends_at

    @property
    def external_ids(self) -> tuple[str, ...]:
        """Those that a role's trust policy has to let in, the one that is sent first."""
        return tuple(filter(None, (self.external_id, self.next_external_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdTaken:
    """A tombstone: this external ID belongs, or once belonged, to an engagement. Never deleted."""

    external_id: str
    engagement: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was proven about a role, and for which ARN and external ID it was proven."""

    checked_at: datetime
    role_arn: str
    external_id: str
    results: Results
    causes: tuple[Cause, ...] = ()
    """Why AWS refuses us, the likeliest first, where it does."""

    @property
    def passed(self) -> bool:
        return is_safe(self.results)

    @property
    def accepts_source_identity(self) -> bool:
        return self.results.get(Check.SOURCE_IDENTITY) is Result.PASSED

    @property
    def accepts_tags(self) -> bool:
        return self.results.get(Check.TAGS) is Result.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A lead's word that a role is vended from although it is not proven safe, until a moment."""

    until: datetime
    by: str
    why: str
    role_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A named IAM role of an engagement: `max_session` in seconds."""

    engagement: str
    name: str
    arn: str
    max_session: int
    asks_reason: bool
    allows_chaining: bool
    created_at: datetime
    former_arns: tuple[str, ...] = ()
    """What it named before. The client may have left them as they were."""
    ended_at: datetime | None = None
    verification: Verification | None = None
    override: Override | None = None
    version: int = 1

    def is_overridden(self, now: datetime) -> bool:
        """Vended from without a proof for now. It holds for the ARN that it was given for."""
        given = self.override
        return given is not None and given.role_arn == self.arn and now < given.until

    def proof(self, engagement: Engagement) -> Verification | None:
        """The proof that the role is safe as it stands, or None.

        A proof of another ARN or external ID proves nothing: that is how a change unproves a role.
        """
        proof = self.verification
        if proof is None or not proof.passed:
            return None
        if proof.role_arn != self.arn or proof.external_id != engagement.external_id:
            return None
        return proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A standing permission: this member, this engagement, these roles, from–to."""

    member: str
    engagement: str
    roles: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    granted_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    version: int = 1

    def is_current(self, now: datetime) -> bool:
        return self.revoked_at is None and self.starts_at <= now < self.ends_at


Access = Member | Leads | Token | Engagement | ExternalIdTaken | Role | Grant
Item = Access | RoleSetup | SetupLink | Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that one vend is decided on, read at one time. What does not exist is None."""

    token: Token | None
    member: Member | None
    engagement: Engagement | None
    role: Role | None
    grant: Grant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """Our own side: the account that Daypass runs in, and its partition."""

    account_id: str
    partition: str
    name: str = ""
    """What the clients call us; shown to them, and proof of nothing."""
    broker_role_name: str = "daypass-broker"
    """As `.chalice/foundation.yaml` has it: clients' trust policies name this role."""

    @property
    def broker_role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.broker_role_name}"

    def client_role(self, unverified: str) -> RoleArn:
        """Read the ARN of a role that can be a client's.

        InvalidRequest for what is no role's ARN, and for a role of another partition, which cannot
        be assumed from here, or of our own account.
        """
        arn = role_arn(unverified)
        if arn.partition != self.partition:
            raise InvalidRequest(Reason.ROLE_IN_ANOTHER_PARTITION, field="arn")
        if arn.account_id == self.account_id:
            raise InvalidRequest(Reason.ACCOUNT_IS_OUR_OWN, field="arn")
        return arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One session's keys. Only `access_key_id` and `expires_at` may ever be recorded."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime
    assumed_role_arn: str
    request_id: str
