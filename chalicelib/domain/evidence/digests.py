"""Seal the trail hour by hour: a file of the hour's entries, and a signed digest with the hashes of
this file and of the digest before. `sha256sum -c` and `openssl dgst -verify` check both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chalicelib.domain.digest_head import HOUR, digest_file, name_hour
from chalicelib.domain.evidence.export import format_line
from chalicelib.domain.trail import Entry

SETTLING = timedelta(minutes=5)
"""How long after its end an hour is sealed. Most entries are visible within a second."""
LOOK_BACK = timedelta(hours=6)
"""How far before an hour its run reads the trail again, for entries that no file has. The trail
stores the end of a session under the time at which the session began, at most an hour earlier. A
function runs for 12 minutes at most, and clocks differ by less than 10. The rest is for a
slow index."""
PUBLIC_KEY, FIRST_HOUR = "public-key.pem", "first-hour.txt"


def find_last_finished_hour(now: datetime) -> datetime:
    """Return the beginning of the last hour that can be sealed."""
    settled = (now - SETTLING).astimezone(UTC)
    return settled.replace(minute=0, second=0, microsecond=0) - HOUR


def parse_hour(text: str) -> datetime:
    """Return the hour of this name."""
    return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)


def entries_file(hour: datetime) -> str:
    """Return the name of the file with the hour's entries."""
    return f"{name_hour(hour)}/entries.ndjson"


def signature_file(hour: datetime) -> str:
    """Return the name of the file with the digest's signature, in DER."""
    return f"{name_hour(hour)}/digest.sig"


def format_entries(entries: Iterable[Entry], hour: datetime) -> bytes:
    """Return the content of the hour's file: a line for each entry, in the order of their times.
    The line of an entry of an earlier hour, which no earlier file has, ends with `"late":true`."""
    lines = []
    for entry in sorted(entries, key=lambda entry: entry.position):
        line = format_line(entry)
        lines.append(f'{line[:-1]},"late":true}}\n' if entry.at < hour else f"{line}\n")
    return "".join(lines).encode()


def format_digest(hour: datetime, entries: bytes, previous: str) -> bytes:
    """Return the content of the hour's digest, in the format of `sha256sum`. `previous` is the hash
    of the digest of the hour before. It is empty for the first hour."""
    lines = [f"{sha256(entries)}  {entries_file(hour)}\n"]
    if previous:
        lines.append(f"{previous}  {digest_file(hour - HOUR)}\n")
    return "".join(lines).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
