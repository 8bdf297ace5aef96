"""Verify one hour of the trail: its digest, its signature and its file of entries."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from daypass.digests import p256

ENTRIES, DIGEST, SIGNATURE = "entries.ndjson", "digest.txt", "digest.sig"
FILES = (ENTRIES, DIGEST, SIGNATURE)
_HOUR, _HASH = r"\d{4}-\d\d-\d\dT\d\d", r"[0-9a-f]{64}"
_DIGEST = re.compile(
    rf"(?P<entries>{_HASH})  (?P<hour>{_HOUR})/entries\.ndjson\n"
    rf"(?:(?P<previous>{_HASH})  (?P<hour_before>{_HOUR})/digest\.txt\n)?",
    re.ASCII,
)
_LONGEST_DIGEST, _CHUNK, _LONGEST_LINE = 4096, 1 << 20, 1 << 20
_LATE = b'"late":true}\n'
"""The end of the line of an entry that was recorded after its hour's end: `late` is the last
field."""


class Finding(NamedTuple):
    """Something that is not as it was signed."""

    hour: str
    """Empty for a file beside the hours' folders, and for a finding about all hours."""
    file: str
    kind: str
    """`changed`, `removed`, `inserted`, `reordered` or `cut-off`."""
    text: str


class Hour(NamedTuple):
    """An hour of the trail, with what the check of the whole chain needs."""

    name: str
    digest_hash: str
    """The SHA-256 of the hour's digest. Empty if the digest is missing."""
    previous: str
    """The hash of the digest of the hour before, as this hour's digest names it. Empty if the
    digest does not name a hash."""
    entries_hash: str
    """The SHA-256 of the hour's entries, as its digest names it. Empty without a valid digest."""
    found_hash: str
    """The SHA-256 of the file of entries. Empty if the file is missing."""
    is_signed: bool
    entries: int
    late: int


def parse_hour(name: str) -> datetime | None:
    """Return the hour of a folder's name, such as `2026-11-24T13`, or None for another name."""
    if not re.fullmatch(_HOUR, name, re.ASCII):
        return None
    try:
        return datetime.strptime(name, "%Y-%m-%dT%H").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def name_hour(hour: datetime) -> str:
    """Return the name of the hour's folder."""
    return f"{hour.year:04}-{hour:%m-%dT%H}"


def read_hour(folder: str, name: str, key: p256.Point, findings: list[Finding]) -> Hour:
    """Return the hour, and add what is wrong with its files to `findings`. The caller checks the
    chain to the hours beside it, and that the entries match the digest."""

    def report(file: str, kind: str, text: str) -> None:
        findings.append(Finding(name, file, kind, text))

    path = os.path.join(folder, name)
    present = set(os.listdir(path))
    for file in sorted(present - set(FILES)):
        report(file, "inserted", "No digest names this file.")
    for file in FILES:
        if file not in present:
            report(file, "removed", "The file is missing.")
    digest = _read_start(path, DIGEST) if DIGEST in present else b""
    signature = _read_start(path, SIGNATURE) if SIGNATURE in present else b""
    is_signed = p256.is_signature(key, hashlib.sha256(digest).digest(), signature)
    match = _DIGEST.fullmatch(digest.decode("ascii", "replace"))
    if DIGEST in present and not match:
        report(DIGEST, "changed", "It is not a digest of Daypass.")
    elif match and match["hour"] != name:
        report(DIGEST, "reordered", f"It is the digest of a different hour: {match['hour']}.")
    elif match and match["hour_before"] and match["hour_before"] != _name_before(name):
        report(DIGEST, "changed", f"It names {match['hour_before']} as the preceding hour.")
    found_hash, entries, late = "", 0, 0
    if ENTRIES in present:
        found_hash, entries, late = _hash_entries(os.path.join(path, ENTRIES))
    return Hour(
        name=name,
        digest_hash=hashlib.sha256(digest).hexdigest() if digest else "",
        previous=(match["previous"] or "") if match else "",
        entries_hash=match["entries"] if match else "",
        found_hash=found_hash,
        is_signed=is_signed,
        entries=entries,
        late=late,
    )


def _name_before(name: str) -> str:
    hour = parse_hour(name)
    return name_hour(hour - timedelta(hours=1)) if hour else ""


def _read_start(path: str, file: str) -> bytes:
    with open(os.path.join(path, file), "rb") as opened:
        return opened.read(_LONGEST_DIGEST)


def _hash_entries(path: str) -> tuple[str, int, int]:
    """Return the file's SHA-256, and how many lines it has, and how many of them are late."""
    result, lines, late, end = hashlib.sha256(), 0, 0, b""
    with open(path, "rb") as opened:
        for chunk in iter(lambda: opened.read(_CHUNK), b""):
            result.update(chunk)
            lines += chunk.count(b"\n")
            # A chunk can end in the middle of _LATE. So keep what can be its beginning.
            late += (end + chunk).count(_LATE)
            end = (end + chunk)[1 - len(_LATE) :]
    return result.hexdigest(), lines, late


def describe_change(folder: str, hour_name: str) -> tuple[str, str]:
    """Return how the hour's entries were changed, as far as their lines show it: the kind of the
    Finding, and its sentence. The digest shows only that they were changed."""
    last, last_line = ("", ""), b""
    for number, line in enumerate(_read_lines(os.path.join(folder, hour_name, ENTRIES)), 1):
        if not line.endswith(b"\n"):
            return "cut-off", f"Line {number} has no end."
        try:
            entry = json.loads(line)
            position = str(entry["at"]), str(entry["id"])
        except (ValueError, LookupError, TypeError):
            return "changed", f"Line {number} is not an entry."
        hour, is_late = position[0][: len(hour_name)], entry.get("late") is True
        if line == last_line:
            return "inserted", f"Line {number} repeats the preceding line."
        # Only an entry marked as late is of an earlier hour. It was recorded after that hour's end.
        if hour > hour_name or (hour < hour_name) is not is_late:
            return "inserted", f"Line {number} is not of this hour: {position[0]}."
        if position < last:
            return "reordered", f"Line {number} is earlier than the preceding line."
        last, last_line = position, line
    return (
        "changed",
        "A line was changed, removed or inserted, but each line could belong to this hour.",
    )


def _read_lines(path: str) -> Iterator[bytes]:
    with open(path, "rb") as opened:
        yield from iter(lambda: opened.readline(_LONGEST_LINE), b"")
