"""Stop the command at the n-th step that touches its files or the network.

Python loads this module by itself at its start, because a test puts this folder on PYTHONPATH. The
test says in environment variables what happens at which step. A step is counted before it happens.
"""

import errno
import os
import signal
import sys
from typing import Any

HOME = os.environ.get("HOME", "")
ACTION = os.environ.get("FAULT", "")
"""`kill`, `interrupt`, or the name of an errno that every write to the home fails with."""
AT = int(os.environ.get("FAULT_AT", "0"))
_FILE_STEPS = ("open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.scandir", "os.listdir")
_OTHER_STEPS = ("socket.connect", "fcntl.flock")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_fsync = os.fsync
_steps = 0


def _is_at_home(path: Any) -> bool:
    """Return whether the command, and not Python's start, uses this path of the home."""
    return isinstance(path, str) and path.startswith(HOME) and "daypass" in sys.modules


def _step() -> None:
    global _steps
    _steps += 1
    if _steps != AT:
        return
    if ACTION == "kill":
        os._exit(9)
    os.kill(os.getpid(), signal.SIGINT)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _OTHER_STEPS or (event in _FILE_STEPS and _is_at_home(arguments[0])):
        _step()


def _refuse_writes(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _FILE_STEPS[:5] or not _is_at_home(arguments[0]):
        return
    if event != "open" or arguments[2] & _WRITING:
        raise _error(arguments[0])


def _error(path: str = "") -> OSError:
    number: int = getattr(errno, ACTION)
    return OSError(number, os.strerror(number), *filter(None, [path]))


def _cut_off_fsync(descriptor: int) -> None:
    """Count two steps: one that has written half of the file, and one that has written it whole."""
    size = os.fstat(descriptor).st_size
    if _steps + 1 == AT:
        os.ftruncate(descriptor, size // 2)
    _step()
    _step()
    _fsync(descriptor)


def _full_fsync(_descriptor: int) -> None:
    raise _error()


if ACTION in ("kill", "interrupt"):
    os.fsync = _cut_off_fsync
    sys.addaudithook(_watch)
elif ACTION == "ENOSPC":
    os.fsync = _full_fsync
elif ACTION:
    sys.addaudithook(_refuse_writes)
