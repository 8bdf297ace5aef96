"""The stored link to a client's page, and the request that creates one."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.identifiers import EngagementId, MemberId, Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import StoredSecret
from chalicelib.domain.trail import position
from chalicelib.domain.values import (
    RETENTION,
    Internal,
    JobState,
    NotOnTrail,
    Request,
    Secret,
    next_version,
)

MAX_CODES = 10
"""How many codes Daypass compares in CODES_PERIOD, for one link."""
CODES_PERIOD = timedelta(minutes=15)


class SetupLink(StoredSecret):
    """A link to the client's page as Daypass stores it. The client can use the link any number of
    times."""

    STORED_AS = "link"
    KEY_FIELDS = ("hash",)
    LISTED_BY = "engagement"
    TARGET = {"engagement": "engagement", "link": "id"}

    engagement: EngagementId
    created_by: NotOnTrail[MemberId]
    """The lead who created the link."""
    checked_at: NotOnTrail[Moment | None] = None
    """When someone last clicked "Check now" on the page. The next click has to wait 30 seconds.
    None if nobody has clicked."""
    checking_since: Internal[Moment | None] = None
    """When the current series of clicks on "Check now" began. Each click of a series continues with
    the roles that the previous click had no time to check."""

    @property
    def list_key(self) -> str:
        """Return the key that sorts an engagement's links by their creation."""
        return position(self.created_at, self.id)


class PauseCodes(JobState):
    """The number of codes that were entered through one link, to lift a pause.

    It is counted for each link, so that one link's codes do not block another link.
    """

    STORED_AS = "pause-codes"
    KEY_FIELDS = ("link",)

    link: Secret[Sha256]
    """The hash of the link."""
    count: int
    since: Moment

    @property
    def gone_after(self) -> Moment:
        return self.since + RETENTION


def count_code(codes: PauseCodes | None, link: str, now: datetime) -> PauseCodes | None:
    """Return the count with one more code of the link with this hash, or None if there were too
    many lately.

    Daypass counts a code before it compares it, so that parallel requests cannot try more.
    """
    if codes is None:
        return PauseCodes(link=link, count=1, since=now)
    if now >= codes.since + CODES_PERIOD:
        return next_version(codes, count=1, since=now)
    return None if codes.count >= MAX_CODES else next_version(codes, count=codes.count + 1)


class CreateLink(Request):
    """A request to create a link to the client's page."""

    expires_at: Moment | None = None
    """When the link expires: in 14 days by default, in 90 at most."""
