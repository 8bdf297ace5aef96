"""A fork server: one process that has imported everything forks an actor for each order.

It reads orders on stdin, a line of JSON each, and answers on stdout. All actors append to one log,
each line in one write: a killed actor's lines are complete.
"""

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
from typing import Any, NoReturn

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class ForkServer:
    """The fork server, as the process that gives it orders sees it."""

    process: subprocess.Popen[str]

    def start(self, actor: str, **arguments: Any) -> int:
        """Start an actor by its name in a new process, and return its pid."""
        return int(self._send(actor=actor, arguments=arguments))

    def kill(self, pid: int) -> bool:
        """Kill the actor with SIGKILL. Return whether it was still running."""
        return bool(self._send(kill=pid))

    def wait(self, pid: int) -> bool:
        """Wait until the actor has ended. Return whether a signal killed it, most likely its
        own."""
        return bool(self._send(wait=pid))

    def _send(self, **order: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        response = self.process.stdout.readline()
        if not response:
            exit_code = self.process.wait()
            raise RuntimeError(f"the fork server ended with exit code {exit_code}")
        return json.loads(response)


@contextmanager
def fork_server(log: Path, *, defect: str = "") -> Iterator[ForkServer]:
    """Run a fork server in this process's environment.

    It kills its remaining actors at the end, and also if this process is killed.
    """
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
        yield ForkServer(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _main(log: str, defect: str) -> None:
    from chalicelib.domain.vending import sessions
    from local import sample_accounts
    from local.endpoint import Endpoint
    from local.functions import Functions
    from tests.adapters.scene import all_in_one
    from tests.soak.actors import ACTORS
    from tests.soak.approval_actors import APPROVAL_ACTORS
    from tests.soak.bad_lead import attack
    from tests.soak.defects import DEFECTS

    if defect:
        DEFECTS[defect]()
    # A revocation's response lists 200 sessions. A race hands over more, and compares all of them.
    sessions.MAX_LISTED = 1_000_000
    ports = all_in_one(Functions(Endpoint(os.environ["AWS_ENDPOINT_URL"]), sample_accounts.FIRM))
    _ = ports.state._rows  # type: ignore[attr-defined]  # imports it before forking
    log_file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    running: set[int] = set()
    actors = ACTORS | APPROVAL_ACTORS | {"attack": attack}
    for line in sys.stdin:
        match json.loads(line):
            case {"actor": name, "arguments": arguments}:
                pid = os.fork()
                if not pid:
                    _run_actor(actors[name], ports, log_file, arguments)
                running.add(pid)
                _respond(pid)
            case {"kill": pid}:
                os.kill(pid, signal.SIGKILL)  # the pid cannot be reused before waitpid
                running.discard(pid)
                _respond(_was_killed(pid))
            case {"wait": pid}:
                running.discard(pid)
                _respond(_was_killed(pid))
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _run_actor(actor: Any, ports: Any, log_file: int, arguments: dict[str, Any]) -> NoReturn:
    """Run the actor, log its crash if any, and end the process."""
    from tests.soak.restrictions import TimeIsUp

    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    try:
        actor(ports, log_file, **arguments)
    except TimeIsUp:
        pass
    except BaseException:  # noqa: BLE001 - every failure is reported
        record = {"event": "crash", "at": 0, "text": traceback.format_exc(limit=-6)}
        os.write(log_file, json.dumps(record).encode() + b"\n")
    finally:
        os._exit(0)


def _was_killed(pid: int) -> bool:
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _respond(response: Any) -> None:
    sys.stdout.write(json.dumps(response) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
