"""Processes by the dozen: one that has everything imported forks an actor for each order.

The orders come on its stdin, a line of JSON each, and it answers each on its stdout. What actors
have to say goes into one file, a line at a time and at once: what a killed one had said, it said.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Nursery:
    """The process that forks, seen by the one that gives it orders."""

    process: subprocess.Popen[str]

    def start(self, actor: str, **given: Any) -> int:
        """The pid of a new actor: a function in `actors.ACTORS`, and what it is given."""
        return int(self._ask(actor=actor, given=given))

    def kill(self, pid: int) -> bool:
        """Kill the actor with SIGKILL. False if it had ended by itself."""
        return bool(self._ask(kill=pid))

    def wait(self, pid: int) -> bool:
        """Wait until the actor has ended. True if it was killed: by itself, most likely."""
        return bool(self._ask(wait=pid))

    def _ask(self, **order: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            ended = self.process.wait()
            raise RuntimeError(f"the process that forks the actors has ended with {ended}")
        return json.loads(answer)


@contextmanager
def nursery(log: Path, *, defect: str = "") -> Iterator[Nursery]:
    """In the environment that this process has. At the end, or if this process is killed, whoever
    is left of the actors is killed as well."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, log, defect],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Nursery(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _main(log: str, defect: str) -> None:
    from local import world
    from local.endpoint import Endpoint
    from local.functions import Functions
    from tests.adapters.scene import all_in_one
    from tests.soak.actors import ACTORS
    from tests.soak.defects import DEFECTS

    if defect:
        DEFECTS[defect]()
    ports = all_in_one(Functions(Endpoint(os.environ["AWS_ENDPOINT_URL"]), world.FIRM))
    _ = ports.state._rows  # type: ignore[attr-defined]  # imports what leads need
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    running: set[int] = set()
    for line in sys.stdin:
        match json.loads(line):
            case {"actor": name, "given": given}:
                pid = os.fork()
                if not pid:
                    _act(ACTORS[name], ports, file, given)
                running.add(pid)
                _answer(pid)
            case {"kill": pid}:
                os.kill(pid, signal.SIGKILL)  # it is still ours: nobody has waited for it
                running.discard(pid)
                _answer(_was_killed(pid))
            case {"wait": pid}:
                running.discard(pid)
                _answer(_was_killed(pid))
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _act(actor: Any, ports: Any, file: int, given: dict[str, Any]) -> None:
    """Never comes back."""
    from tests.soak.deeds import TimeIsUp

    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        actor(ports, file, **given)
    except TimeIsUp:
        pass
    except BaseException:  # noqa: BLE001 - whatever it is, it is to be told
        fields = {"what": "crash", "at": 0, "text": traceback.format_exc(limit=-6)}
        os.write(file, json.dumps(fields).encode() + b"\n")
    finally:
        os._exit(0)


def _was_killed(pid: int) -> bool:
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _answer(told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
