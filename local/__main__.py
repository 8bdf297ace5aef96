"""`python -m local`: the sample world and the API on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from local import firm
from local.ports import port
from local.processes import Running, StartFailed, stack

_LOGS = Path(__file__).parent.parent / "logs"


def main(
    arguments: list[str] | None = None,
    *,
    load_app: Callable[[], Any] | None = None,
    open_for_business: Callable[[Running], tuple[str, ...]] = firm.open_for_business,
) -> int:
    """Serve until stopped, then give 0; or tell in one sentence what did not start, and give 1."""
    options = _parser().parse_args(arguments)
    try:
        ports = {
            "aws_port": _port("AWS_PORT", options.aws_port),
            "api_port": _port("API_PORT", options.api_port),
            "slack_port": _port("SLACK_PORT", options.slack_port),
        }
    except ValueError as mistyped:
        print(f"Daypass: {mistyped}", file=sys.stderr)
        return 1
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, _leave)
    started = time.monotonic()
    try:
        with (
            _function_log() as log,
            redirect_stdout(log),
            stack(**ports, load_app=load_app) as running,
        ):
            lines = open_for_business(running)
            banner = _banner(running, Path(log.name), lines, seconds=time.monotonic() - started)
            print(banner, file=sys.__stdout__, flush=True)
            # Not wait(): if the kernel gives a signal to another thread, wait() sleeps on.
            while running.aws_process.poll() is None:
                time.sleep(0.1)
    except StartFailed as failure:
        if str(failure):
            print(f"Daypass: {failure}", file=sys.stderr)
        return 1
    print("Daypass: the local AWS ended unexpectedly; start again.", file=sys.stderr)
    return 1


def _function_log() -> TextIO:
    """Where the function's own output goes, as it goes to CloudWatch Logs from Lambda: the first
    of function.log, function-2.log … that no other run is writing to."""
    _LOGS.mkdir(exist_ok=True)
    number = 0
    while True:
        number += 1
        name = "function.log" if number == 1 else f"function-{number}.log"
        log = (_LOGS / name).open("a", encoding="utf-8", buffering=1)
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until it is closed, or we are killed
        except BlockingIOError:
            log.close()
            continue
        log.truncate(0)
        return log


def _leave(*_: object) -> None:
    # Once is enough: a second Ctrl-C must not interrupt the stopping. Not SIG_IGN, of which
    # Python complains if that second signal is already waiting for its handler.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, _leave_already)
    raise SystemExit(0)


def _leave_already(*_: object) -> None:
    """Do nothing: everything is being stopped."""


def _banner(running: Running, log: Path, lines: tuple[str, ...], *, seconds: float) -> str:
    return "\n".join(
        (
            "",
            f"  Daypass is open for business ({seconds:.1f} s)",
            "",
            f"    API        {running.api_url}",
            f"    local AWS  {running.aws.url}",
            f"    its log    {log.parent.name}/{log.name}",
            "",
            *(f"  {line}".rstrip() for line in lines),
            *([""] if lines else []),
            "  All state is fresh and in memory: it is gone when this ends. Ctrl-C stops it.",
            "",
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--aws-port", default="4566", help="0 picks a free one")
    parser.add_argument("--api-port", default="8000", help="0 picks a free one")
    parser.add_argument("--slack-port", default="8001", help="0 picks a free one")
    return parser


def _port(name: str, typed: str) -> int:
    """The port that was typed as the Makefile's variable of this name, or ValueError."""
    try:
        return port(typed)
    except ValueError as mistyped:
        raise ValueError(f"{name}: {mistyped}.") from None


if __name__ == "__main__":
    sys.exit(main())
