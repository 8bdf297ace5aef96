"""Check this machine, and complete commands in shells."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from daypass.aws.shells import detect_shell
from daypass.command import BROKER, JSON, Command, argument
from daypass.machine.checkup import check_machine
from daypass.machine.lists import PATTERNS, stored_names
from daypass.terminal.completion import SCRIPTS
from daypass.terminal.output import print_json, printable, style
from daypass.terminal.waiting import progress

_GROUP = "Set-up"


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


def completion_commands(commands: Sequence[Command]) -> tuple[Command, ...]:
    """Return the commands that complete all others, and themselves."""

    def print_script(arguments: Namespace) -> None:
        shell = arguments.shell or detect_shell()
        print(SCRIPTS[shell]((*commands, completion)), end="")

    completion = Command(
        "completion",
        "Print a script that completes commands in your shell",
        print_script,
        (argument("shell", nargs="?", choices=sorted(SCRIPTS), help="default: the one you use"),),
        group=_GROUP,
        description='Use it so, in your shell\'s start file: eval "$(daypass completion)"',
    )
    return completion, *map(_names_command, PATTERNS)


def _names_command(kind: str) -> Command:
    """Return the hidden command that prints the names of this kind."""

    def print_names(_arguments: Namespace) -> None:
        for name in stored_names(kind):
            print(name)

    return Command(f"complete-{kind}", "", print_names, (), group="")


COMMANDS = (
    Command(
        "doctor",
        "Check this machine: login, profiles, clock, network",
        _check,
        (JSON, BROKER),
        group=_GROUP,
    ),
)
