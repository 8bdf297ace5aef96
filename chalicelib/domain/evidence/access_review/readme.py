"""The README of an access review's package: what each file is, and what it proves."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.evidence.access_review.files import FILES, ReviewPeriod
from chalicelib.domain.moments import exact_text

_PROOF = """\
What the trail proves, and what you have to trust Daypass for

The lists follow from the entries of the audit trail. No function of Daypass can change or delete
an entry. An administrator of the firm's AWS account can. The signed files of the trail show whether
anyone did: docs/digests.md says how to check them with sha256sum and openssl. "Entry" is the ID of
an entry in these files and in `daypass export`.

You have to trust Daypass that it enforces what the lists say. differences.csv compares the lists
with what Daypass has stored. You also have to trust that the people who are named acted
themselves: Daypass knows only whose token it saw.

The lists do not say:
- what a session did. The client's CloudTrail does.
- when a person left the firm. "Left" is when a lead recorded it in Daypass. Compare "Suspended"
  with the date of your staff records.
- whether a freeze or a client's pause blocked everyone for a time. changes.csv has these.
- who administers the firm's AWS account, or can reach the client's account without Daypass.

All times are in UTC. Entries with the same time are in the order of their IDs.
A grant is late if it ended more than 24 hours after its member was suspended, or has not ended.
A suspended member gets no session, whatever their grants say. Sessions that began before the
suspension end within an hour.

To check that the files are unchanged since: sha256sum -c manifest.txt
"""


def build_readme(period: ReviewPeriod, by: str, now: datetime, head: DigestHead | None) -> str:
    """Return the README of a package that this member makes now."""
    files = "".join(f"{file.name}: {file.about}.\n" for file in FILES)
    sealed = "The trail was not sealed by any digest then."
    if head is not None:
        sealed = (
            f"Digests sealed the trail until {exact_text(head.until)}. The last one:\n{head.line}"
        )
    return (
        "Access review by Daypass\n\n"
        f"From {exact_text(period.since)} up to {exact_text(period.until)}.\n"
        f"Made on {exact_text(now)} for {by}, from all trail entries up to the period's end.\n"
        f"{sealed}\n\n{files}\n{_PROOF}"
    )
