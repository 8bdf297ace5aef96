"""`make rehearse`: deploy Daypass to a local AWS as an operator does, and run until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local.aws import sockets
from local.aws_cli import quick_aws_cli
from local.people import build_shell_lines, log_in_people
from local.ports import build_port_in_use_message, find_free_port, parse_port
from local.processes import StartFailed, local_aws_process
from local.rehearsal.commands import StepFailed, run
from local.rehearsal.operator import ROOT, Terminal
from local.rehearsal.screen import Screen
from local.rehearsal.story import Rehearsal
from local.sample_accounts import FIRM

_STEPS = 8
_ANY_PORTS = "make rehearse AWS_PORT=0 SLACK_PORT=0"


class Stopped(BaseException):
    """A signal, such as Ctrl-C, stops the rehearsal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.by_ctrl_c = signal_number == signal.SIGINT
        self.status = 128 + signal_number


class Signals:
    """Handlers that raise `Stopped` at the first signal, and ignore signals during the clean-up."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.is_deployed = False
        """Daypass is deployed, and the rehearsal waits for Ctrl-C."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # it is ignored under nohup
            signal.signal(signal.SIGHUP, self._stop)

    def _stop(self, number: int, _frame: Any) -> None:
        """Raise Stopped at the first signal. Ignore the others."""
        if self.is_stopping:
            return
        self.is_stopping = True
        # Not print(): it must not be called while the rehearsal itself is printing.
        os.write(2, b"\nDaypass: Stopping ...\n" if not self.is_deployed else b"\n")
        raise Stopped(number)


def main(arguments: list[str] | None = None) -> int:
    """Run the rehearsal, and return the process's exit status.

    Return 0 if all steps succeeded before Ctrl-C, 1 if a step failed, and 128 plus the signal's
    number if a signal stopped the rehearsal earlier.
    """
    options = _build_parser().parse_args(arguments)
    for name in ("NO_PROXY", "no_proxy"):  # the API and the local AWS are on this machine
        os.environ[name] = ",".join(
            [*filter(None, [os.environ.get(name)]), "127.0.0.1", "localhost"]
        )
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    signals = Signals()
    try:
        with ExitStack() as cleanup:
            _rehearse(options, signals, cleanup)
    except (StepFailed, StartFailed) as failure:
        print(f"Daypass: {failure}" if str(failure) else "", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print("Daypass: The rehearsal was stopped. All its processes have ended.", file=sys.stderr)
        return stopped.status
    print("  The local AWS has stopped, and its data is deleted.")
    return 0


def _rehearse(options: argparse.Namespace, signals: Signals, cleanup: ExitStack) -> None:
    """Run all steps, wait for Ctrl-C, and delete the app. Raise StepFailed if a step fails."""
    aws_port, slack_port = _find_ports(options)
    started = time.monotonic()
    screen = Screen(sys.stdout, steps=_STEPS, is_terminal=sys.stdout.isatty())
    screen.say(
        "\nThis deploys Daypass to a local AWS with an operator's commands.\n"
        "It sends nothing to the real AWS, and deletes everything at the end.\n"
    )
    packaged = _find_or_make_package(screen, cleanup)
    with screen.step("Start the local AWS"):
        function_python = packaged / "python"
        process, aws = cleanup.enter_context(
            local_aws_process(
                port=aws_port,
                function_python=function_python.read_text(encoding="utf-8")
                if function_python.exists()
                else None,
            )
        )
        screen.line(f"The local AWS is at {aws.url}, with the empty account {FIRM}")
        aws_cli = cleanup.enter_context(quick_aws_cli())
    rehearsal = Rehearsal(screen, Terminal(aws, FIRM, aws_cli, packaged), slack_port)
    rehearsal.play()
    folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="daypass-run-")))
    log_in_people(folder, rehearsal.api_url, rehearsal.tokens)
    screen.say(_build_banner(rehearsal, folder, seconds=time.monotonic() - started))
    signals.is_deployed = True
    try:
        _wait_for_aws_end(process)
    except Stopped as stopped:
        if not stopped.by_ctrl_c:
            raise
    signals.is_deployed = signals.is_stopping = False  # a second Ctrl-C stops `make destroy`
    screen.say()
    rehearsal.destroy()
    signals.is_stopping = True
    screen.say("Stopping the local AWS ...")


def _find_ports(options: argparse.Namespace) -> tuple[int, int]:
    """Return the ports of the local AWS and of Slack. Raise StartFailed if one is not usable."""
    ports = []
    for name, typed in (("AWS_PORT", options.aws_port), ("SLACK_PORT", options.slack_port)):
        try:
            number = parse_port(typed)
        except ValueError as error:
            raise StartFailed(f"{name}: {error}.") from None
        try:
            sockets.open_socket(number).close()
        except OSError as error:
            raise StartFailed(build_port_in_use_message(number, error, _ANY_PORTS)) from None
        ports.append(number)
    return ports[0], ports[1] or find_free_port()


def _find_or_make_package(screen: Screen, cleanup: ExitStack) -> Path:
    """Return the folder in PACKAGED, or package the project for a Python on this machine."""
    packaged = os.environ.get("PACKAGED")
    if packaged:
        if not (Path(packaged) / "sam.yaml").exists():
            raise StepFailed(
                f"The folder {packaged}, from PACKAGED, has no sam.yaml. `make package` writes one"
                " to build/."
            )
        with screen.step(f"Use the package in {packaged}"):
            return Path(packaged).absolute()
    scratch = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="daypass-rehearsal-"))
    folder = Path(scratch) / "build"
    with screen.step("Package the project for a Python on this machine"):
        command = [sys.executable, str(ROOT / ".chalice" / "package.py"), "--here", str(folder)]
        run(screen, command, env=os.environ, name="make package")
    return folder


def _wait_for_aws_end(process: subprocess.Popen[bytes]) -> None:
    """Wait until a signal raises Stopped. Raise StepFailed if the local AWS ends before."""
    # Not wait(): it does not return if the kernel gives a signal to another thread.
    while process.poll() is None:
        time.sleep(0.1)
    raise StepFailed(
        "The local AWS stopped unexpectedly. To start the rehearsal again, run: make rehearse"
    )


def _build_banner(rehearsal: Rehearsal, folder: Path, *, seconds: float) -> str:
    """Return what the rehearsal prints after all steps: how to operate and use Daypass."""
    aws = rehearsal.terminal.aws
    people = build_shell_lines(folder, rehearsal.api_url, aws)
    slack_demo = f"make slack-demo WHO=alice SLACK_PORT={rehearsal.slack_port}"
    return "\n".join(
        (
            f"Daypass is deployed at {rehearsal.api_url} (in {seconds:.0f} s)",
            "",
            "To operate it, paste this into a second terminal, in this folder:",
            "",
            "  unset AWS_PROFILE AWS_SESSION_TOKEN",
            f"  export AWS_ENDPOINT_URL={aws.url} AWS_DEFAULT_REGION={aws.region}",
            f"  export AWS_ACCESS_KEY_ID={FIRM} AWS_SECRET_ACCESS_KEY=test",
            "  make doctor",
            f"  make deploy FIRM_NAME='Another Name' PACKAGED={rehearsal.terminal.packaged}",
            "",
            "To use it, paste this into a third terminal. It is Alice's; Lena is a lead:",
            "",
            *(f"  {line}" for line in people),
            "  daypass exec acme-prod/readonly -- aws sts get-caller-identity",
            "  lena daypass revoke engagement acme-prod --reason 'laptop lost'",
            f"  {slack_demo}",
            "",
            "Press Ctrl-C to run `make destroy` and stop the local AWS.",
        )
    )


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.rehearsal", description=__doc__)
    parser.add_argument("--aws-port", default="4566", help="0: any free port (default: 4566)")
    parser.add_argument("--slack-port", default="8001", help="0: any free port (default: 8001)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
