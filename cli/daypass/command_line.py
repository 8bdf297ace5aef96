"""Read the command line, and run one command."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from daypass.catalogue import INDEX, find_command
from daypass.errors import EXIT_CODES, UsageProblem
from daypass.reporting import report_problems
from daypass.terminal.output import shorten

if TYPE_CHECKING:
    from daypass.command import Command

_EVERY_DAY = {
    "Every day": (
        "login", "ls", "exec", "shell", "env", "console", "status", "request", "requests", "done",
    ),
    "Every day, for leads": (
        "who", "access", "why", "trail", "invite", "grant", "approve", "revoke", "freeze", "review",
    ),
}  # fmt: skip
"""The commands that the overview shows first, in this order, by heading."""
_WIDTH = max(map(len, INDEX))


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageProblem(f"{message[:1].upper()}{message[1:]}. Type: {self.prog} --help")


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name. Return its exit code.

    Problems are printed on the error stream, and an output for a program is then empty.
    """
    return report_problems(lambda: _run_command(arguments))


def _run_command(arguments: list[str]) -> int:
    """Run the command that the arguments name, and return its exit code. Without arguments, start a
    shell with a role, or print the overview. Raise UsageProblem for an unknown command."""
    arguments = arguments or _pick_shell()
    before, program = _split_program(arguments)
    if before[:1] in (["help"], ["version"]):
        before = [*before[1:], f"--{before[0]}"]
    name = before[0] if before and not before[0].startswith("-") else ""
    if not name:
        parsed = _parse(overview_parser(), before, program)
        _show_versions(parsed) if parsed.version else overview_parser().print_help()
        return 0
    command = find_command(name)
    if command is None:
        from difflib import get_close_matches

        similar = get_close_matches(name, INDEX, 1)
        hint = f"Did you mean {similar[0]}? " if similar else ""
        raise UsageProblem(f"There is no command {shorten(name)}. {hint}Type: daypass --help")
    try:
        parsed = _parse(
            parser_of(command), before[1:], program, takes_program=command.takes_program
        )
    except UsageProblem:
        if name == "env":  # a shell evaluates the output, which must unset its older credentials
            from daypass.commands.credentials import print_refusal

            print_refusal(before)
        raise
    return command.run(parsed) or 0


def _pick_shell() -> list[str]:
    """Return the words that start a shell with the role that the person picks. Return none without
    a terminal or a login."""
    from daypass.cached import find_login
    from daypass.terminal.picker import can_pick

    if not can_pick() or not find_login():
        return []
    from daypass.machine.logins import connect
    from daypass.roles import find_role

    broker = connect("")  # at $DAYPASS, or at the broker of the last login
    return ["shell", "/".join(find_role(broker, "", may_pick=True))]


def _show_versions(parsed: Namespace) -> None:
    from daypass.commands.account import show_versions

    show_versions(parsed)


def _parse(
    parser: ArgumentParser, arguments: list[str], program: list[str], *, takes_program: bool = False
) -> Namespace:
    """Return the parsed arguments, with the program after `--`. Raise UsageProblem for arguments
    that the command does not know, and for a program if the command takes none."""
    parsed, unknown = parser.parse_known_args(arguments, Namespace(program=program))
    if program and not takes_program:
        unknown = ["--", *program]
    if unknown:
        words = shorten(" ".join(unknown))
        hint = " Put -- before the program." if takes_program and not program else ""
        raise UsageProblem(
            f"This command does not understand {words}.{hint} Type: {parser.prog} --help"
        )
    return parsed


def _split_program(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before `--`, and those after it: a program and its own arguments."""
    if "--" not in arguments:
        return arguments, []
    end = arguments.index("--")
    return arguments[:end], arguments[end + 1 :]


def overview_parser() -> ArgumentParser:
    """Return the parser of a line that names no command."""
    parser = _Parser(
        prog="daypass", description=_overview(), formatter_class=RawDescriptionHelpFormatter,
        usage="daypass COMMAND …", epilog=_epilog(),
    )  # fmt: skip
    parser.add_argument("--version", action="store_true", help="show the versions of both sides")
    return parser


def parser_of(command: Command) -> ArgumentParser:
    parser = _Parser(
        prog=f"daypass {command.name}",
        description=f"{command.summary}. {command.description}".strip(),
    )
    for names, options, _ in command.arguments:
        parser.add_argument(*names, **options)
    return parser


def _overview() -> str:
    """Return the list of the commands, in groups. Those for every day come first, and only
    there."""
    groups = {group: list(names) for group, names in _EVERY_DAY.items()}
    first = set(chain.from_iterable(groups.values()))
    for name, (_, group, _) in INDEX.items():
        if group and name not in first:
            groups.setdefault(group, []).append(name)
    sections = (
        [f"\n{group}:", *(f"  {name:{_WIDTH}}  {INDEX[name].summary}" for name in names)]
        for group, names in groups.items()
    )
    intro = "Temporary credentials for your clients' AWS accounts, from your firm's Daypass."
    return "\n".join([intro, *chain.from_iterable(sections)])


def _epilog() -> str:
    codes = "\n".join(f"  {code:3}  {meaning}" for code, meaning in EXIT_CODES.items())
    return f"exit codes:\n{codes}\n\nType daypass help COMMAND for its arguments."
