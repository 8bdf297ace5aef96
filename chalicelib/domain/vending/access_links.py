"""Access links. The bearer of a link can get one session as the link's member, within five minutes.

A member who requests a session in Slack gets a link to a page of Daypass. The page shows the
credentials, so that they never pass through Slack.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import field

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName, Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import OneTimeSecret, SecretProblem, StoredSecret
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


class AccessLink(OneTimeSecret, Stoppable):
    """An access link. A conditional write marks the link as used before Daypass issues a
    session."""

    STORED_AS = "access-link"
    KEY_FIELDS = ("hash",)
    ENDS = {Action.ACCESS_LINK_REVOKE: "revoked_at"}
    TARGET = {
        "engagement": "engagement",
        "role": "role",
        "subject": "member",
        "link": "id",
    }

    member: MemberId
    token: Secret[Sha256]
    """The hash of the token that requested the link. It is the binding of a Slack user."""
    engagement: EngagementId
    role: RoleName
    duration: int | None = None
    reason: NotOnTrail[str] = ""
    """The member's reason, if the role requires one."""
    asked_in: str
    """The place in Slack where the link was requested: `slack:<team>/<channel>/<user>`."""
    created_at: NotOnTrail[Moment] = field(name="made_at")
    stop: LastStop = ""

    @property
    def gone_after(self) -> datetime:
        # Someone who opens an expired link still learns, for a day, that the link has expired.
        return self.expires_at + RETENTION

    def belongs_to(self, token: Token) -> bool:
        """Return whether this token requested the link."""
        return self.member == token.member and self.token == token.hash

    def refusal_reason(self, now: datetime) -> Reason | None:
        """Return why the link gives no session now, or None if it may give one. This does not check
        earlier use."""
        problem = StoredSecret.find_problem(self, now)
        return None if problem is None else PROBLEM_REASONS[problem]
