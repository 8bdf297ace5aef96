"""Seal each finished hour of the trail in the digests' bucket.

Every object is written once, under a name that follows from its hour, and the first writer wins. So
a run that was killed is repeated with the objects that it left, and two runs at once build the same
chain.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from chalicelib.domain.digest_head import HOUR, DigestHead, digest_file, name_hour
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.evidence.digests import (
    FIRST_HOUR,
    LOOK_BACK,
    PUBLIC_KEY,
    entries_file,
    find_last_finished_hour,
    format_digest,
    format_entries,
    parse_hour,
    sha256,
    signature_file,
)
from chalicelib.domain.evidence.export import parse_line
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import PAGE_SIZE, iterate_trail
from chalicelib.usecases.ports import Ports

SECONDS_FOR_ONE_HOUR = 30.0
"""How many seconds sealing an hour may take. With less time left, a run leaves it to the next."""


class DigestStore(Protocol):
    """The bucket of the digests. Its objects are written once and never change."""

    def keep(self, name: str, content: bytes) -> bytes:
        """Store the object, unless one has this name. Return what is stored under it."""

    def read(self, name: str) -> bytes:
        """Return the object. Raise Unavailable if there is none."""


class SigningKey(Protocol):
    """The key that signs digests. Nothing ever reads its private half."""

    def sign(self, content: bytes) -> bytes:
        """Return a signature in DER: ECDSA on P-256 with SHA-256."""

    def read_public_key(self) -> bytes:
        """Return the public key as PEM."""


class DigestPorts(Struct, frozen=True):
    """The ports of the job."""

    ports: Ports
    store: DigestStore
    key: SigningKey


class DigestEnd(StrEnum):
    """The reason why a run ended."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    """Finished hours are left. The next run continues."""
    ANOTHER_RUN = "another-run"
    """Another run was active at the same time, and seals the same hours."""


class DigestSummary(Value):
    """The numbers of one run: hours that it sealed, and entries in their files."""

    hours: int = 0
    entries: int = 0
    ended: DigestEnd = DigestEnd.ALL_DONE


class ChainDiffers(Exception):
    """The bucket has another digest for the hour than its files and the stored head give. Someone
    has written to the bucket or has changed the head."""


class _Chain(Struct):
    """The chain as this run extends it."""

    digests: DigestPorts
    first_hour: datetime
    head: DigestHead | None
    sealed: dict[datetime, frozenset[str]] = {}
    """The IDs of the entries in the files of the last hours."""

    @property
    def next_hour(self) -> datetime:
        """Return the hour to seal next."""
        return self.head.hour + HOUR if self.head else self.first_hour

    def seal(self, hour: datetime) -> int:
        """Write the hour's files and then the head. Return how many entries the hour's file has,
        with those of earlier hours that became visible late.

        Raise FactsChanged if another run has written the head meanwhile, and ChainDiffers if the
        bucket has another digest of this hour.
        """
        # `keep` never overwrites. It returns what is stored, which an earlier run may have written.
        store = self.digests.store
        entries = store.keep(entries_file(hour), format_entries(self._find_unsealed(hour), hour))
        digest = format_digest(hour, entries, self.head.hash if self.head else "")
        if store.keep(digest_file(hour), digest) != digest:
            raise ChainDiffers(name_hour(hour))
        store.keep(signature_file(hour), self.digests.key.sign(digest))
        head = DigestHead(
            first_hour=self.first_hour,
            hour=hour,
            hash=sha256(digest),
            sealed_at=self.digests.ports.now(),
            version=self.head.version + 1 if self.head else 1,
        )
        self.digests.ports.state.save(head)
        self.head = head
        self.sealed[hour] = _list_ids(entries)
        # The next hour compares its entries only with the files of the LOOK_BACK before it.
        self.sealed.pop(hour - LOOK_BACK, None)
        return len(self.sealed[hour])

    def _find_unsealed(self, hour: datetime) -> list[Entry]:
        """Return the hour's entries, and the earlier ones that no file has because they became
        visible late."""
        begin = hour - LOOK_BACK
        hours = (begin + n * HOUR for n in range(LOOK_BACK // HOUR))
        sealed_ids = frozenset[str]().union(*map(self._read_ids, hours))
        # The trail stores the end of a session under the time at which the session began, so the
        # query also finds ends of later hours. They are left to the files of their hours.
        query = TrailQuery(since=begin, until=hour + HOUR, limit=PAGE_SIZE)
        pages = iterate_trail(self.digests.ports.trail, query)
        return [
            entry
            for page in pages
            for entry in page.items
            if entry.id not in sealed_ids and entry.at < hour + HOUR
        ]

    def _read_ids(self, hour: datetime) -> frozenset[str]:
        """Return the IDs of the entries in the hour's file. Empty before the first hour."""
        if hour < self.first_hour:
            return frozenset()
        if hour not in self.sealed:
            self.sealed[hour] = _list_ids(self.digests.store.read(entries_file(hour)))
        return self.sealed[hour]


def seal_hours(digests: DigestPorts, *, time_left: Callable[[], float]) -> DigestSummary:
    """Seal the finished hours since the last digest, the oldest first, for as long as `time_left`
    returns enough seconds. Return the numbers of this run.

    Raise Unavailable if AWS does not answer, and ChainDiffers if the bucket has another digest for
    an hour than the chain gives.
    """
    last = find_last_finished_hour(digests.ports.now())
    head = digests.ports.state.get(DigestHead)
    # Without a stored head, this run starts the chain.
    chain = _Chain(digests, head.first_hour if head else _begin(digests, last), head)
    hours = entries = 0
    while chain.next_hour <= last:
        if time_left() < SECONDS_FOR_ONE_HOUR:
            return DigestSummary(hours=hours, entries=entries, ended=DigestEnd.OUT_OF_TIME)
        try:
            entries += chain.seal(chain.next_hour)
        except FactsChanged:
            return DigestSummary(hours=hours, entries=entries, ended=DigestEnd.ANOTHER_RUN)
        hours += 1
    return DigestSummary(hours=hours, entries=entries)


def _begin(digests: DigestPorts, hour: datetime) -> datetime:
    """Store the public key and the first hour of the chain, and return this hour. If the bucket has
    a chain already, as after the loss of the state table, return the first hour of that chain, so
    that the run goes through its files again."""
    digests.store.keep(PUBLIC_KEY, digests.key.read_public_key())
    stored = digests.store.keep(FIRST_HOUR, f"{name_hour(hour)}\n".encode())
    return parse_hour(stored.decode().strip())


def _list_ids(entries: bytes) -> frozenset[str]:
    return frozenset(parse_line(line).id for line in entries.splitlines())
