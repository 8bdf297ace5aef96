"""Check this machine, replace the command, and show the role of a shell."""

from __future__ import annotations

from argparse import Namespace

from daypass.command import BROKER, JSON, YES, Command
from daypass.machine.checkup import check_machine
from daypass.machine.upgrading import upgrade
from daypass.prompt import show_prompt
from daypass.terminal.output import print_json, printable, progress, style


def _check(arguments: Namespace) -> int:
    with progress("Checking"):
        findings = list(check_machine(arguments.broker))
    if arguments.json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark = style("ok  ", "green") if finding.is_fine else style("FIX ", "red")
            if finding.is_fine and finding.fix:
                mark = style("note", "yellow")
            print(f"{mark} {finding.name:12} {printable(finding.text)}")
            if finding.fix:
                print(f"     {'':12} {printable(finding.fix)}")
    return 0 if all(finding.is_fine for finding in findings) else 6


COMMANDS = (
    Command(
        "doctor",
        "Check this machine: login, profiles, clock, network",
        _check,
        (JSON, BROKER),
    ),
    Command(
        "upgrade",
        "Update this daypass command to the version that your firm runs",
        upgrade,
        (YES, BROKER),
    ),
    Command(
        "prompt",
        "Print this shell's role and the time left in its session",
        lambda _: show_prompt(),
        description=(
            "It prints nothing outside daypass shell, exec and env. In bash: PS1='$(daypass"
            " prompt) '$PS1. docs/clients.md has the lines for zsh, fish and starship."
        ),
    ),
)
