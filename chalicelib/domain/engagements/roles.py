"""The IAM roles of an engagement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.verification.verification import Verification


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


def is_rechecked(role: Role, now: datetime) -> bool:
    """Whether the role is one to check anew: it is in use, and was checked or overridden.

    A role that nobody has checked yet is one that the client has not made yet.
    """
    checked = role.verification is not None or role.is_overridden(now)
    return role.ended_at is None and checked
