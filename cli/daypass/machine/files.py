"""Write private files whole, and lock them against other processes."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from daypass.cached import NO_FOLLOW, grants_others, is_anothers
from daypass.errors import LocalProblem

LONGEST_WAIT = 50.0
"""Seconds to wait for a lock. The AWS SDK for Go gives a credential process one minute."""


_FIXES = {
    errno.ENOSPC: "Free some space, and try again.",
    errno.EDQUOT: "Free some space, and try again.",
    errno.EROFS: (
        "Set DAYPASS_CACHE to a folder that you can write to, for sessions; or DAYPASS_HOME, for"
        " the logins, too."
    ),
    errno.EACCES: "Correct its permissions.",
    errno.EPERM: "Correct its permissions.",
    errno.ENOTDIR: "A file is where a folder must be. Move it away.",
    errno.EEXIST: "A file is where a folder must be. Move it away.",
    errno.EISDIR: "A folder is where a file must be. Move it away.",
    errno.ELOOP: "It is a link, which Daypass does not follow. Replace it with a file.",
}
LEFTOVER_AGE = 600.0
"""Seconds after which a temporary file is a killed process's. Writing one takes milliseconds."""
_PREFIX, _SUFFIX = ".daypass-", ".tmp"


def file_problem(action: str, path: str, error: OSError) -> LocalProblem:
    """Return the error for a failed action on a file, with the likeliest fix."""
    fix = _FIXES.get(error.errno or 0, "")
    return LocalProblem(f"Cannot {action} {path}: {error.strerror}. {fix}".strip())


@contextmanager
def explaining(action: str, path: str) -> Iterator[None]:
    """Raise LocalProblem for an OSError of the block, which does the action to this file."""
    try:
        yield
    except OSError as error:
        raise file_problem(action, path, error) from None


def make_private_folder(path: str) -> None:
    """Create the folder for its owner only. Raise LocalProblem for a folder that others can
    change."""
    with explaining("create", path):
        os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.stat(path)
    if is_anothers(status):
        raise LocalProblem(f"{path} belongs to another user. Set DAYPASS_HOME to your own folder.")
    if grants_others(status, 0o022):
        raise LocalProblem(f"Other users can write to {path}. Run: chmod 700 {path}")


def write_atomically(path: str, content: bytes, mode: int = 0o600) -> None:
    """Replace the file with this content. A reader sees the old or the new file, never a part.

    Raise LocalProblem if the file cannot be written; the old file then stays as it was.
    """
    folder = os.path.dirname(path)
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(_SUFFIX, _PREFIX, folder)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as error:
        raise file_problem("write", path, error) from None
    finally:
        with suppress(OSError):
            os.unlink(temporary)
    remove_leftovers(folder)


def remove_leftovers(folder: str, older_than: float = LEFTOVER_AGE) -> None:
    """Delete temporary files that killed processes left in the folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime >= older_than:
                        os.unlink(entry.path)


def write_private_json(path: str, value: Any) -> None:
    """Replace the file with this value, readable and writable by its owner only."""
    make_private_folder(os.path.dirname(path))
    write_atomically(path, json.dumps(value).encode())


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the operating system's lock on this file, which it frees if the process dies.

    The file stays: deleting it would let two processes hold two locks of one name. Raise
    LocalProblem if another process holds the lock for longer than LONGEST_WAIT.
    """
    make_private_folder(os.path.dirname(path))
    flags = os.O_RDWR | os.O_CREAT | NO_FOLLOW
    with explaining("open", path):
        descriptor = os.open(path, flags, 0o600)
    with open(descriptor, "r+b") as file:
        with explaining("lock", path):
            _wait_for_lock(file, path)
        yield


def _wait_for_lock(file: IO[bytes], path: str) -> None:
    deadline, pause = time.monotonic() + LONGEST_WAIT, 0.005
    while not _try_lock(file):
        if time.monotonic() > deadline:
            raise LocalProblem(
                f"Another daypass command has locked {path}. Stop that command, and try again."
            )
        time.sleep(pause)
        pause = min(pause * 2, 0.1)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
