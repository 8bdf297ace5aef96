"""The ledger: each resource that `make live` creates, written down before it is created.

It is a file of JSON lines that only its owner can read. It holds names, and no secret. A process
that may still create something holds the ledger's lock, and so does each command that it starts:
the clean-up waits for all of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_NAME = "ledger.jsonl"
_MAX_WAIT, _PAUSE = 3600, 0.5  # seconds


class LedgerProblem(Exception):
    """The ledger cannot be used. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that the clean-up deletes, or a setting that it restores."""

    kind: str
    account: str
    region: str
    name: str
    """The name or the ARN that AWS needs to delete it."""
    before: str = ""
    """The value of a setting before `make live` changed it."""


class Ledger:
    """The resources that exist, or may exist, because of `make live`."""

    def __init__(self, folder: Path, file: int) -> None:
        self.folder = folder
        self.file = file
        """The open file. A command that inherits it holds the lock, too."""

    def record(self, resource: Resource) -> None:
        """Write down a resource. Call this before you create it."""
        self._append({"created": asdict(resource)})

    def strike(self, resource: Resource) -> None:
        """Write down that the resource is gone."""
        self._append({"deleted": asdict(resource)})

    def left(self) -> list[Resource]:
        """Return the resources that are not deleted, the oldest first."""
        left: dict[Resource, None] = {}
        for line in self._text().splitlines():
            fields = json.loads(line)
            if "created" in fields:
                left[Resource(**fields["created"])] = None
            else:
                left.pop(Resource(**fields["deleted"]), None)
        return list(left)

    def _text(self) -> str:
        """Return the whole lines. A killed process leaves half a line, and creates nothing."""
        text = (self.folder / _NAME).read_text(encoding="utf-8")
        return text[: text.rfind("\n") + 1]

    def _append(self, fields: dict[str, object]) -> None:
        os.ftruncate(self.file, len(self._text().encode()))
        os.write(self.file, json.dumps(fields).encode() + b"\n")
        os.fsync(self.file)


@contextmanager
def open_ledger(folder: Path, *, wait: bool) -> Iterator[Ledger]:
    """Yield the folder's ledger, with its lock until the block ends.

    If another process has the lock, wait for it for an hour, or raise LedgerProblem at once.
    """
    if not folder.is_dir():
        raise LedgerProblem(
            f"There is no folder {folder}. Create it, for you alone (mkdir -m 700)."
        )
    # O_NOFOLLOW: a link would let someone else choose the file.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    try:
        file = os.open(folder / _NAME, flags, mode=0o600)
        os.fchmod(file, 0o600)
    except OSError as failure:
        raise LedgerProblem(f"Cannot write the ledger in {folder}: {failure.strerror}.") from None
    try:
        _lock(file, wait=wait)
        yield Ledger(folder, file)
    finally:
        os.close(file)


def _lock(file: int, *, wait: bool) -> None:
    deadline = time.monotonic() + (_MAX_WAIT if wait else 0)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise LedgerProblem(
                    "Another `make live`, or a command that it started, uses this ledger. Wait"
                    " until it has ended."
                ) from None
            time.sleep(_PAUSE)
        else:
            return
