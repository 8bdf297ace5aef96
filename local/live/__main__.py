"""`make live`: check Daypass in two sandbox accounts. `make live-clean`: delete what is left."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.aws_cli import quick_aws_cli
from local.endpoint import Endpoint
from local.live import accounts
from local.live.accounts import Account, NotPermitted
from local.live.by_hand import BY_HAND
from local.live.deleting import delete_all
from local.live.ledger import Ledger, LedgerProblem, open_ledger
from local.live.report import Report, Result, Status, count
from local.live.run import Run, run_stages
from local.live.stages import STAGES
from local.processes import StartFailed, local_aws
from local.rehearsal.commands import StepFailed, run
from local.rehearsal.operator import ROOT, VENV
from local.rehearsal.screen import Screen
from local.sample_accounts import ACME, FIRM

_API = re.compile(r"https://(\w+)\.execute-api\.[\w.-]+/api")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The two accounts, and how to reach an API that is deployed there."""

    firm: Account
    client: Account
    packaged: str
    api_address: Callable[[str], str]
    is_local: bool


def main(arguments: list[str] | None = None) -> int:
    """Check the points, or delete what is left. Return 1 if a check failed or something is left."""
    options = _build_parser().parse_args(arguments)
    screen = Screen(sys.stdout, steps=len(STAGES) + 1, is_terminal=sys.stdout.isatty())
    command = _check if options.command == "check" else _clean
    try:
        if not options.folder:
            raise LedgerProblem("Name your folder for the ledger: make live LEDGER=…")
        with ExitStack() as cleanup:
            sandbox = cleanup.enter_context(_open_sandbox(options, screen))
            if sandbox.firm.id == sandbox.client.id:
                raise NotPermitted("FIRM and CLIENT are the same account. Name two accounts.")
            for account in (sandbox.firm, sandbox.client):
                accounts.require_permit(account)
            is_cleaning = options.command == "clean"
            ledger = cleanup.enter_context(open_ledger(Path(options.folder), wait=is_cleaning))
            return command(sandbox, ledger, screen)
    except (NotPermitted, LedgerProblem, StartFailed, StepFailed) as problem:
        print(f"Daypass: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print(
            "\nDaypass: Interrupted. To delete what was created, run make live-clean with the same"
            " settings.",
            file=sys.stderr,
        )
    return 1


def _check(sandbox: Sandbox, ledger: Ledger, screen: Screen) -> int:
    """Run all stages, delete everything, and print the table."""
    if ledger.left():
        raise LedgerProblem(
            f"The ledger in {ledger.folder} lists resources of an earlier run. Run make live-clean"
            " with the same settings first."
        )
    checks = Run(
        sandbox.firm,
        sandbox.client,
        ledger,
        screen,
        is_local=sandbox.is_local,
        packaged=sandbox.packaged,
        api_address=sandbox.api_address,
    )
    report = checks.report
    for point, reason in BY_HAND.items():
        report.add(Result(point, "by hand", Status.MANUAL, reason))
    run_stages(checks, STAGES)
    with screen.step("Delete everything"):
        left = _delete(sandbox, ledger, screen)
    for sentence in left:
        report.add(Result(None, "clean-up", Status.FAIL, sentence))
    screen.say(report.table())
    screen.say(f"{count(report.results)}. The table is in {report.write(ledger.folder)}")
    return 1 if report.failed else 0


def _clean(sandbox: Sandbox, ledger: Ledger, screen: Screen) -> int:
    """Delete what the ledger lists."""
    left = _delete(sandbox, ledger, screen)
    for sentence in left:
        print(f"Daypass: {Report().clean(sentence)}", file=sys.stderr)
    screen.say("Something is left. Run make live-clean again." if left else "Nothing is left.")
    return 1 if left else 0


def _delete(sandbox: Sandbox, ledger: Ledger, screen: Screen) -> list[str]:
    by_id = {account.id: account for account in (sandbox.firm, sandbox.client)}
    return delete_all(ledger, by_id, screen.line)


@contextmanager
def _open_sandbox(options: argparse.Namespace, screen: Screen) -> Iterator[Sandbox]:
    """Yield the accounts of the profiles, or two accounts of a local AWS."""
    if not options.local:
        if not (options.firm and options.client):
            raise NotPermitted("Name a profile for each account: make live FIRM=… CLIENT=…")
        firm, client = map(accounts.open_profile, (options.firm, options.client))
        packaged = os.environ.get("PACKAGED", "")
        yield Sandbox(firm, client, packaged, lambda address: address, is_local=False)
        return
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    with ExitStack() as cleanup:
        packaged = os.environ.get("PACKAGED", "") or _package(screen, cleanup)
        aws_cli = os.environ.get("AWS_CLI", "")
        if options.endpoint:
            aws = Endpoint(options.endpoint)
        else:
            python = Path(packaged, "python")
            aws = cleanup.enter_context(
                local_aws(port=0, function_python=python.read_text() if python.exists() else None)
            )
            for account in (FIRM, ACME.account):
                accounts.permit(aws, account)
            aws_cli = str(cleanup.enter_context(quick_aws_cli()) / "aws")
        aws_cli = aws_cli or str(VENV / "bin" / "aws")
        yield Sandbox(
            accounts.open_local(aws, FIRM, aws_cli),
            accounts.open_local(aws, ACME.account, aws_cli),
            packaged,
            lambda address: _API.sub(rf"{aws.url}/_aws/execute-api/\1/api", address),
            is_local=True,
        )


def _package(screen: Screen, cleanup: ExitStack) -> str:
    """Package the project for a Python on this machine, and return the folder."""
    folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="daypass-live-"))
    command = [sys.executable, str(ROOT / ".chalice" / "package.py"), "--here", f"{folder}/build"]
    run(screen, command, env=os.environ, name="make package")
    return f"{folder}/build"


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.live", description=__doc__)
    parser.add_argument("command", choices=("check", "clean"))
    parser.add_argument("--firm", help="AWS profile of the account that Daypass is deployed to")
    parser.add_argument("--client", help="AWS profile of the account that plays the client")
    parser.add_argument("--folder", required=True, help="for the ledger and the table")
    parser.add_argument("--local", action="store_true", help="use a local AWS; judge nothing")
    parser.add_argument("--endpoint", help="with --local: a local AWS that already runs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
