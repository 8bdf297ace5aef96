"""`make run`: run the API on this machine with a local AWS and sample data, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from local import sample_data, sample_large
from local.ports import parse_port
from local.processes import RunningStack, StartFailed, stack
from local.schedule import Schedule

SAMPLES = {
    "small": sample_data.create_with_banner,
    "large": sample_large.create_with_banner,
}
"""The sample firms: five clients, or sixty."""
_LOGS = Path(__file__).parent.parent / "logs"


def main(
    arguments: list[str] | None = None,
    *,
    load_app: Callable[[], Any] | None = None,
    create_data: Callable[[RunningStack, Path], tuple[str, ...]] | None = None,
) -> int:
    """Run Daypass and a local AWS until Ctrl-C, and return the process's exit status.

    Return 0 after Ctrl-C, and 1, with a message on stderr, if something did not start or ended.
    """
    options = _build_parser().parse_args(arguments)
    try:
        ports = {
            "aws_port": _parse_port("AWS_PORT", options.aws_port),
            "api_port": _parse_port("API_PORT", options.api_port),
            "slack_port": _parse_port("SLACK_PORT", options.slack_port),
        }
    except ValueError as error:
        print(f"Daypass: {error}", file=sys.stderr)
        return 1
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, _exit_on_signal)
    started = time.monotonic()
    _say("\n  Starting the local AWS and Daypass ...")
    try:
        with (
            _open_function_log() as log,
            redirect_stdout(log),
            stack(**ports, load_app=load_app) as running,
            tempfile.TemporaryDirectory(prefix="daypass-run-") as folder,
        ):
            _say("  Creating members, clients and two months of history ...")
            schedule = Schedule(running.functions)
            schedule.start()
            lines = (create_data or SAMPLES[options.sample])(running, Path(folder))
            banner = _build_banner(
                running, Path(log.name), lines, seconds=time.monotonic() - started
            )
            _say(banner)
            # Poll instead of wait(), which does not return if another thread gets the signal.
            while running.aws_process.poll() is None:
                schedule.run_due()
                time.sleep(0.1)
    except StartFailed as failure:
        if str(failure):
            print(f"Daypass: {failure}", file=sys.stderr)
        return 1
    print(
        "Daypass: The local AWS stopped unexpectedly. To start Daypass again, run: make run",
        file=sys.stderr,
    )
    return 1


def _say(text: str) -> None:
    """Print to the terminal, while the functions print to their log."""
    print(text, file=sys.__stdout__, flush=True)


def _open_function_log() -> TextIO:
    """Open the log file for the functions' standard output, which Lambda sends to CloudWatch Logs.

    Use the first of function.log, function-2.log … that no other `make run` has locked.
    """
    _LOGS.mkdir(exist_ok=True)
    number = 0
    while True:
        number += 1
        name = "function.log" if number == 1 else f"function-{number}.log"
        log = (_LOGS / name).open("a", encoding="utf-8", buffering=1)
        try:
            fcntl.flock(
                log, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # until it is closed or the process ends
        except BlockingIOError:
            log.close()
            continue
        log.truncate(0)
        return log


def _exit_on_signal(*_: object) -> None:
    """Exit with status 0, and ignore further signals during the clean-up."""
    # A second Ctrl-C must not interrupt the clean-up. Not SIG_IGN: Python prints an error if that
    # second signal is already pending.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, _ignore)
    raise SystemExit(0)


def _ignore(*_: object) -> None:
    """Do nothing: the clean-up is running."""


def _build_banner(
    running: RunningStack, log: Path, lines: tuple[str, ...], *, seconds: float
) -> str:
    """Return the text that `make run` prints once Daypass is running."""
    return "\n".join(
        (
            "",
            f"  Daypass is running (started in {seconds:.1f} s)",
            "",
            f"    API        {running.api_url}",
            f"    local AWS  {running.aws.url}",
            f"    log        {log.parent.name}/{log.name}",
            "",
            *(f"  {line}".rstrip() for line in lines),
            *([""] if lines else []),
            "  All data is in memory, and is lost when Daypass stops. To stop, press Ctrl-C.",
            "",
        )
    )


def _build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--aws-port", default="4566", help="0: any free port (default: 4566)")
    parser.add_argument("--api-port", default="8000", help="0: any free port (default: 8000)")
    parser.add_argument(
        "--sample", choices=SAMPLES, default="small", help="the sample firm (default: small)"
    )
    parser.add_argument("--slack-port", default="8001", help="0: any free port (default: 8001)")
    return parser


def _parse_port(name: str, typed: str) -> int:
    """Return the port number in a setting. Raise ValueError, with the setting's name, if
    invalid."""
    try:
        return parse_port(typed)
    except ValueError as error:
        raise ValueError(f"{name}: {error}.") from None


if __name__ == "__main__":
    sys.exit(main())
