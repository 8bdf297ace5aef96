"""The newest digest of the trail. It is not among the evidence: clients' pages do not load that."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState

HOUR = timedelta(hours=1)
HEAD_FILE = "trail-head.txt"
"""The name of the newest head among the files of a client's page."""


class DigestHead(JobState):
    """The newest digest of the trail, and where its chain begins."""

    STORED_AS = "digest-head"

    first_hour: Moment
    hour: Moment
    """When the hour began that the digest seals."""
    hash: Sha256
    """The SHA-256 of `digest.txt`, in hexadecimal digits. It stands for everything before it."""
    sealed_at: Moment

    @property
    def until(self) -> datetime:
        """Return the time until which everything is sealed."""
        return self.hour + HOUR

    @property
    def line(self) -> str:
        """Return the head as `sha256sum` prints it, so that it can check the files with lines that
        someone has collected."""
        return f"{self.hash}  {digest_file(self.hour)}"


def name_hour(hour: datetime) -> str:
    """Return the name of the hour's folder, such as `2026-11-24T13`."""
    return f"{hour:%Y-%m-%dT%H}"


def digest_file(hour: datetime) -> str:
    """Return the name of the hour's digest."""
    return f"{name_hour(hour)}/digest.txt"
