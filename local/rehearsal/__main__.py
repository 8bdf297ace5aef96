"""`python -m local.rehearsal`: deploy to a local AWS as an operator does, until Ctrl-C."""

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

from local.aws import listening
from local.aws_cli import quick_aws_cli
from local.firm import to_paste
from local.ports import free_port, port, taken
from local.processes import StartFailed, local_aws_process
from local.rehearsal.commands import StepFailed, run
from local.rehearsal.operator import ROOT, Terminal
from local.rehearsal.screen import Screen
from local.rehearsal.story import Rehearsal
from local.world import FIRM

_STEPS = 8
_ANY_PORTS = "make rehearse AWS_PORT=0 SLACK_PORT=0"


class Stopped(BaseException):
    """Somebody wants the rehearsal to stop: by Ctrl-C, or by a signal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.by_ctrl_c = signal_number == signal.SIGINT
        self.status = 128 + signal_number


class Signals:
    """Raise `RevokedItem` at the first signal; then let the clean-up go on undisturbed."""

    def __init__(self) -> None:
        self.is_leaving = False
        self.is_open = False
        """All is deployed: Ctrl-C is expected."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._arrived)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._arrived)

    def _arrived(self, number: int, _frame: Any) -> None:
        if self.is_leaving:
            return
        self.is_leaving = True
        # Not print(): it cannot be called while the rehearsal itself is printing.
        os.write(2, b"\nDaypass: Stopping ...\n" if not self.is_open else b"\n")
        raise Stopped(number)


def main(arguments: list[str] | None = None) -> int:
    """Return 0 after Ctrl-C, once all is deployed; 1 if a step failed, which a sentence names."""
    options = _parser().parse_args(arguments)
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
        print("Daypass: The rehearsal was stopped. Nothing of it is left running.", file=sys.stderr)
        return stopped.status
    print("  The local AWS has ended, and all that was in it is gone.")
    return 0


def _rehearse(options: argparse.Namespace, signals: Signals, cleanup: ExitStack) -> None:
    aws_port, slack_port = _ports(options)
    started = time.monotonic()
    screen = Screen(sys.stdout, steps=_STEPS, is_terminal=sys.stdout.isatty())
    screen.say(
        "\nDaypass is deployed to a local AWS, by the commands that an operator types.\n"
        "Nothing reaches AWS, and nothing of it is left afterwards.\n"
    )
    packaged = _packaged(screen, cleanup)
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
        screen.line(f"{aws.url}, with nothing in it yet; the AWS account is {FIRM}")
        aws_cli = cleanup.enter_context(quick_aws_cli())
    rehearsal = Rehearsal(screen, Terminal(aws, FIRM, aws_cli, packaged), slack_port)
    rehearsal.play()
    screen.say(_banner(rehearsal, seconds=time.monotonic() - started))
    signals.is_open = True
    try:
        _wait(process)
    except Stopped as stopped:
        if not stopped.by_ctrl_c:
            raise
    signals.is_open = signals.is_leaving = False  # a second Ctrl-C stops the last step as well
    screen.say()
    rehearsal.destroy()
    signals.is_leaving = True


def _ports(options: argparse.Namespace) -> tuple[int, int]:
    """Return the two ports, which are free a moment before they are needed."""
    found = []
    for name, typed in (("AWS_PORT", options.aws_port), ("SLACK_PORT", options.slack_port)):
        try:
            number = port(typed)
        except ValueError as mistyped:
            raise StartFailed(f"{name}: {mistyped}.") from None
        try:
            listening.open_socket(number).close()
        except OSError as error:
            raise StartFailed(taken(number, error, _ANY_PORTS)) from None
        found.append(number)
    return found[0], found[1] or free_port()


def _packaged(screen: Screen, cleanup: ExitStack) -> Path:
    """Return the folder that PACKAGED names, or package this folder for this machine."""
    told = os.environ.get("PACKAGED")
    if told:
        if not (Path(told) / "sam.yaml").exists():
            raise StepFailed(f"There is no sam.yaml in {told}: `make package` puts it into build/.")
        with screen.step(f"Take the package in {told}"):
            return Path(told).absolute()
    made = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="daypass-rehearsal-"))
    folder = Path(made) / "build"
    with screen.step("Package this folder, for a Python of this machine"):
        command = [sys.executable, str(ROOT / ".chalice" / "package.py"), "--here", str(folder)]
        run(screen, command, env=os.environ, name="make package")
    return folder


def _wait(process: subprocess.Popen[bytes]) -> None:
    # Not wait(): if the kernel gives a signal to another thread, wait() sleeps on.
    while process.poll() is None:
        time.sleep(0.1)
    raise StepFailed("The local AWS ended unexpectedly. Start again with: make rehearse")


def _banner(rehearsal: Rehearsal, *, seconds: float) -> str:
    aws = rehearsal.terminal.aws
    people = to_paste(rehearsal.api_url, aws, rehearsal.tokens)
    slack_demo = f"make slack-demo WHO=alice SLACK_PORT={rehearsal.slack_port}"
    return "\n".join(
        (
            f"Daypass is deployed ({seconds:.0f} s), and answers at {rehearsal.api_url}",
            "",
            "Operate it, in a second terminal in this folder, as docs/operations.md tells:",
            "",
            "  unset AWS_PROFILE AWS_SESSION_TOKEN",
            f"  export AWS_ENDPOINT_URL={aws.url} AWS_DEFAULT_REGION={aws.region}",
            f"  export AWS_ACCESS_KEY_ID={FIRM} AWS_SECRET_ACCESS_KEY=test",
            "  make doctor",
            f"  make deploy FIRM_NAME='Another Name' PACKAGED={rehearsal.terminal.packaged}",
            "",
            "Use it, in a third one: Lena leads, Alice is on acme-prod, Ada audits:",
            "",
            *(f"  {line}" for line in people),
            "  enter $ALICE acme-prod readonly && aws sts get-caller-identity",
            '  api $LENA /v1/engagements/acme-prod/revoke -d \'{"reason": "laptop lost"}\'',
            f"  {slack_demo}",
            "",
            "Ctrl-C types `make destroy`, and ends the local AWS.",
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.rehearsal", description=__doc__)
    parser.add_argument("--aws-port", default="4566", help="0 picks a free one")
    parser.add_argument("--slack-port", default="8001", help="0 picks a free one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
