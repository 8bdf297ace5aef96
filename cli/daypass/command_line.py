"""Read the command line, and run one command."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from difflib import get_close_matches
from itertools import chain
from typing import NoReturn

from daypass.agents import server
from daypass.command import Command
from daypass.commands import (
    account,
    configure,
    console,
    credentials,
    machine,
    mine,
    serve,
    web,
)
from daypass.commands.leads import (
    approvals,
    changes,
    client_approvers,
    cut_offs,
    engagements,
    evidence,
    freezing,
    people,
    questions,
    reviewing,
    revoking,
)
from daypass.commands.requests import deciding, requesting
from daypass.errors import EXIT_CODES, UsageProblem
from daypass.reporting import report_problems
from daypass.terminal.output import shorten

_DECLARED: tuple[Command, ...] = (
    *account.COMMANDS,
    *credentials.COMMANDS,
    *console.COMMANDS,
    *serve.COMMANDS,
    *server.COMMANDS,
    *mine.COMMANDS,
    *web.COMMANDS,
    *requesting.COMMANDS,
    *deciding.COMMANDS,
    *configure.COMMANDS,
    *machine.COMMANDS,
    *questions.COMMANDS,
    *engagements.COMMANDS,
    *evidence.COMMANDS,
    *people.COMMANDS,
    *approvals.COMMANDS,
    *client_approvers.COMMANDS,
    *reviewing.COMMANDS,
    *changes.COMMANDS,
    *revoking.COMMANDS,
    *freezing.COMMANDS,
    *cut_offs.COMMANDS,
)
COMMANDS = (*_DECLARED, *machine.completion_commands(_DECLARED))
_COMMANDS_BY_NAME = {command.name: command for command in COMMANDS}


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageProblem(f"{message[:1].upper()}{message[1:]}. Type: {self.prog} --help")


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name. Return its exit code.

    Problems are printed on the error stream, and an output for a program is then empty.
    """
    return report_problems(lambda: _run_command(arguments))


def _run_command(arguments: list[str]) -> int:
    before, program = _split_program(arguments)
    name = before[0] if before and not before[0].startswith("-") else ""
    if name and name not in _COMMANDS_BY_NAME:
        similar = get_close_matches(name, _COMMANDS_BY_NAME, 1)
        hint = f"Did you mean {similar[0]}? " if similar else ""
        raise UsageProblem(f"No command is called {shorten(name)}. {hint}Type: daypass --help")
    try:
        parsed = _parse(name, before, program)
    except UsageProblem:
        if name == "env":
            credentials.print_refusal(before)
        raise
    return parsed.command.run(parsed) or 0


def _parse(name: str, arguments: list[str], program: list[str]) -> Namespace:
    parsed, unknown = parser().parse_known_args(arguments, Namespace(program=program))
    if program and not parsed.command.takes_program:
        unknown = ["--", *program]
    if unknown:
        usage = f"daypass {name} --help".replace("  ", " ")
        words = shorten(" ".join(unknown))
        hint = " Put -- before the program." if parsed.command.takes_program and not program else ""
        raise UsageProblem(f"This command does not understand {words}.{hint} Type: {usage}")
    return parsed


def _split_program(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before `--`, and those after it: a program and its own arguments."""
    if "--" not in arguments:
        return arguments, []
    end = arguments.index("--")
    return arguments[:end], arguments[end + 1 :]


def parser() -> ArgumentParser:
    """Return the parser of all commands."""
    result = _Parser(
        prog="daypass", description=_overview(), formatter_class=RawDescriptionHelpFormatter,
        usage="daypass COMMAND …", epilog=_epilog(), add_help=True,
    )  # fmt: skip
    result.add_argument("--version", action="store_true", help="show the versions of both sides")
    result.set_defaults(command=_VERSION)
    choices = result.add_subparsers(
        metavar="COMMAND", help=SUPPRESS, parser_class=_Parser, prog="daypass"
    )
    for command in COMMANDS:
        subparser = choices.add_parser(
            command.name, description=f"{command.summary}. {command.description}".strip()
        )
        for names, options, _ in command.arguments:
            subparser.add_argument(*names, **options)
        subparser.set_defaults(command=command)
    return result


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    groups: dict[str, list[str]] = {}
    for command in filter(lambda command: command.group, COMMANDS):
        groups.setdefault(command.group, []).append(f"  {command.name:{width}}  {command.summary}")
    sections = ([f"\n{group}:", *lines] for group, lines in groups.items())
    intro = "Temporary credentials for your clients' AWS accounts, from your firm's Daypass."
    return "\n".join([intro, *chain.from_iterable(sections)])


def _epilog() -> str:
    codes = "\n".join(f"  {code:3}  {meaning}" for code, meaning in EXIT_CODES.items())
    return f"exit codes:\n{codes}\n\nType daypass COMMAND --help for its arguments."


def _show_start(parsed: Namespace) -> None:
    if parsed.version:
        account.show_versions(parsed)
    else:
        parser().print_help()


_VERSION = Command("", "", _show_start)
