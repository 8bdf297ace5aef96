"""The README of an access review's package: what each file is, and what it proves."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.evidence.access_review.files import FILES, ReviewPeriod
from chalicelib.domain.moments import exact_text

_PROOF = """\
What the trail proves, and what you must trust Daypass for

Daypass builds the lists from the entries of the audit trail. No Daypass function can change or
delete an entry, but an administrator of the firm's AWS account can. The signed files of the trail
show whether anyone did: docs/digests.md explains how to check them with sha256sum and openssl.
"Entry" is the ID of an entry in these files and in `daypass export`.

You must trust Daypass to enforce what the lists say. differences.csv compares the lists with what
Daypass has stored. You must also trust that the people in the lists acted themselves: Daypass
knows only whose token was used.

The lists do not show:
- what a session did. The client's CloudTrail shows this.
- when a person left the firm. "Left" is the time when a lead recorded this in Daypass. Compare
  "Suspended" with the date in your staff records.
- whether a freeze or a client's pause blocked everyone for a time. See changes.csv.
- who administers the firm's AWS account, or can access the client's account without Daypass.

All times are in UTC. Entries with the same time are sorted by ID.
A grant is late if it ended more than 24 hours after its member was suspended, or has not ended.
A suspended member cannot get sessions, whatever the member's grants say. Sessions that started
before the suspension expire within an hour of the suspension.

To check that no file has changed, run: sha256sum -c manifest.txt
"""


def build_readme(period: ReviewPeriod, by: str, now: datetime, head: DigestHead | None) -> str:
    """Return the README of a package that this member makes now."""
    files = "".join(f"{file.name}: {file.about}.\n" for file in FILES)
    sealed = "No digest had sealed the trail at that time."
    if head is not None:
        until = exact_text(head.until)
        sealed = f"Digests sealed the trail until {until}. The last digest:\n{head.line}"
    return (
        f"Daypass access review\n\nPeriod: {exact_text(period.since)} to"
        f" {exact_text(period.until)}.\nCreated for {by} on {exact_text(now)}, from all trail"
        f" entries up to the period's end.\n{sealed}\n\n{files}\n{_PROOF}"
    )
