"""Walk the chain of the trail's digests, and name what is not as it was signed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from daypass.digests import p256
from daypass.digests.hour import (
    DIGEST,
    ENTRIES,
    SIGNATURE,
    Finding,
    Hour,
    describe_change,
    name_hour,
    parse_hour,
    read_hour,
)
from daypass.errors import LocalProblem

PUBLIC_KEY, FIRST_HOUR = "public-key.pem", "first-hour.txt"
_HOUR = timedelta(hours=1)


class ChainReport(NamedTuple):
    """The result of a verification."""

    first_hour: str
    last_hour: str
    hours: int
    entries: int
    late: int
    """Entries that were recorded late, and are in a later hour's file."""
    head: str
    """The SHA-256 of the newest digest."""
    findings: list[Finding]


def verify_chain(
    folder: str,
    pem: str,
    *,
    head: str = "",
    previous: str = "",
    step: Callable[[str], None] = lambda _: None,
) -> ChainReport:
    """Verify the folder, which has one folder for each hour of the trail.

    `head` is the hash of a digest that must be in the folder, or empty. `previous` is the hash of
    the digest before the first hour, if the folder begins in the middle of the chain. Read each
    file in pieces. Call `step` with each hour's name before the hour is read. Raise LocalProblem if
    the folder has no hours, or if `pem` is not a public key on P-256.
    """
    try:
        key = p256.parse_public_key(pem)
    except ValueError as error:
        raise LocalProblem(f"The public key cannot be used: {error}.") from None
    names = sorted(os.listdir(folder))
    hours = [
        name for name in names if parse_hour(name) and os.path.isdir(os.path.join(folder, name))
    ]
    if not hours:
        raise LocalProblem(f"{folder} has no hours, which are folders such as 2026-11-24T13.")
    findings = [
        Finding(hour="", file=name, kind="inserted", text="No digest names this file.")
        for name in names
        if name not in (*hours, PUBLIC_KEY, FIRST_HOUR)
    ]
    findings += _check_notes(folder, names, pem, hours[0], is_begin=not previous)
    walk = _Walk(folder, key, previous, findings)
    for name in hours:
        step(name)
        walk.add(name)
    walk.finish(head)
    return ChainReport(
        first_hour=hours[0],
        last_hour=hours[-1],
        hours=len(hours),
        entries=walk.entries,
        late=walk.late,
        head=walk.last.digest_hash if walk.last else "",
        findings=sorted(findings),
    )


def _check_notes(
    folder: str, names: list[str], pem: str, first: str, *, is_begin: bool
) -> list[Finding]:
    """Return what is wrong with the public key and the note of the trail's first hour, two files
    beside the hours' folders. The files are not signed, so they prove nothing themselves. These
    findings belong to no hour.

    `first` is the first hour of the folder. Without `is_begin`, the folder may begin in the middle
    of the chain, so ignore the note.
    """
    findings = []
    if PUBLIC_KEY in names and _read(folder, PUBLIC_KEY).split() != pem.split():
        findings.append(Finding("", PUBLIC_KEY, "changed", "It is not your public key."))
    # Without a note to check, take the folder's own first hour, which gives no finding.
    noted = _read(folder, FIRST_HOUR).strip() if FIRST_HOUR in names and is_begin else first
    if noted > first or parse_hour(noted) is None:
        findings.append(Finding("", FIRST_HOUR, "changed", f"The folder begins at {first}."))
    elif noted < first:
        text = f"The hours from {noted} until {first} are missing."
        findings.append(Finding("", FIRST_HOUR, "removed", text))
    return findings


class _Walk:
    """The walk over the hours, oldest first."""

    def __init__(
        self, folder: str, key: p256.Point, previous: str, findings: list[Finding]
    ) -> None:
        self._folder, self._key, self._previous, self._findings = folder, key, previous, findings
        self.last: Hour | None = None
        self.entries = self.late = 0
        self._hashes: dict[str, str] = {}
        """The hour of each digest, by the digest's hash."""
        self._differing: list[Hour] = []
        """The hours whose entries are not those that their digests name."""
        self._hour_by_entries_hash: dict[str, str] = {}
        """The hour of each file of entries, by the hash that the hour's digest names."""
        self._unsigned: list[str] = []

    def add(self, name: str) -> None:
        """Read the next hour, check that it continues the chain, and note what `finish` needs."""
        hour = read_hour(self._folder, name, self._key, self._findings)
        self._check_link(hour)
        self._hashes[hour.digest_hash] = name
        if hour.digest_hash and not hour.is_signed:
            self._unsigned.append(name)
        # Compare the hash that the digest names with the file's own. One is empty if its file is
        # missing or malformed, which `read_hour` has reported.
        if hour.entries_hash and hour.found_hash and hour.entries_hash != hour.found_hash:
            self._differing.append(hour)
        if hour.entries_hash and hour.entries:  # files without entries are all the same
            self._hour_by_entries_hash[hour.entries_hash] = name
        self.entries += hour.entries
        self.late += hour.late
        self.last = hour

    def _check_link(self, hour: Hour) -> None:
        """Report the hour if its digest does not name the digest of the hour before."""
        before = self.last.digest_hash if self.last else self._previous
        gap = self._find_gap(hour.name)
        if gap:
            self._report(gap, "", "removed", f"The hours from {gap} until {hour.name} are missing.")
        elif not hour.digest_hash or hour.previous == before:
            return  # `read_hour` has reported a missing digest
        elif not hour.previous:
            self._report(hour.name, DIGEST, "changed", "It begins a new chain.")
        elif self.last:
            text = f"The digest of {self.last.name} is not the digest that it names."
            self._report(hour.name, DIGEST, "changed", text)
        elif self._previous:
            self._report(hour.name, DIGEST, "changed", "It does not follow --previous.")
        else:
            text = f"The hours before {hour.name} are missing. If you left them out, give the hash"
            text = f"{text} of the preceding digest as --previous."
            self._report(hour.name, DIGEST, "removed", text)

    def _find_gap(self, name: str) -> str:
        """Return the name of the first hour that is missing before this one, or ""."""
        before: datetime | None = parse_hour(self.last.name) if self.last else None
        expected = name_hour(before + _HOUR) if before else name
        return expected if expected != name else ""

    def finish(self, head: str) -> None:
        """Report what shows only after the last hour: changed or swapped entries, digests that the
        key has not signed, and a chain that ends too early. `head` is the hash of a digest that the
        chain must have, or empty."""
        for hour in self._differing:
            other_hour = self._hour_by_entries_hash.get(hour.found_hash)
            if other_hour:
                kind, text = "reordered", f"These are the entries of {other_hour}."
            else:
                kind, text = describe_change(self._folder, hour.name)
            self._report(hour.name, ENTRIES, kind, text)
        # If no digest of several is signed, the key is wrong: one finding says so.
        if len(self._unsigned) == len(self._hashes) > 1:
            text = "No digest is signed with this key. Check that it is the right key."
            self._report("", SIGNATURE, "changed", text)
        else:
            for name in self._unsigned:
                text = "The key has not signed this digest."
                self._report(name, SIGNATURE, "changed", text)
        if head and head not in self._hashes and self.last:
            text = (
                f"No digest has the hash {head}. The chain was cut off after {self.last.name}, or"
                " rewritten."
            )
            self._report(self.last.name, DIGEST, "cut-off", text)

    def _report(self, hour: str, file: str, kind: str, text: str) -> None:
        self._findings.append(Finding(hour, file, kind, text))


def _read(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as opened:
        return opened.read(4096)
