"""Access links: whoever has one is the member, once and within five minutes.

Slack says who somebody is, and credentials never pass through it. So what is asked for there is
answered with a link to a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import field

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName, Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import KeptSecret, OneTimeSecret, SecretProblem
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import RETENTION, NotOnTrail, Secret

LINK_LIFE = timedelta(minutes=5)

PROBLEM_REASONS = {
    SecretProblem.USED: Reason.ACCESS_LINK_USED,
    SecretProblem.REVOKED: Reason.ACCESS_LINK_REVOKED,
    SecretProblem.EXPIRED: Reason.ACCESS_LINK_EXPIRED,
}


class AccessLink(OneTimeSecret, Stoppable, frozen=True, kw_only=True):
    """An access link. One conditional write uses it up before anything is vended."""

    STORED_AS: ClassVar[str] = "access-link"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)
    ENDS: ClassVar[Mapping[Action, str]] = {Action.ACCESS_LINK_REVOKE: "revoked_at"}
    TARGET: ClassVar[Mapping[str, str]] = {
        "engagement": "engagement",
        "role": "role",
        "subject": "member",
        "link": "id",
    }

    member: MemberId
    token: Secret[Sha256]
    """The hash of the token that it was asked for with: the binding to a Slack user."""
    engagement: EngagementId
    role: RoleName
    duration: int | None = None
    reason: NotOnTrail[str] = ""
    """Why, in the member's own words, where the role asks for them."""
    asked_in: str
    """Whose Slack message made it: `slack:<team>/<channel>/<user>`."""
    created_at: NotOnTrail[Moment] = field(name="made_at")
    stop: LastStop = ""

    @property
    def gone_after(self) -> datetime:
        # What is pressed too late is told why, for a day.
        return self.expires_at + RETENTION

    def proves(self, token: Token) -> bool:
        """Whether it is for whoever comes with this token."""
        return self.member == token.member and self.token == token.hash

    def fault(self, now: datetime) -> Reason | None:
        """Why it opens nothing now, be it used or not; None if it may."""
        problem = KeptSecret.problem(self, now)
        return None if problem is None else PROBLEM_REASONS[problem]
