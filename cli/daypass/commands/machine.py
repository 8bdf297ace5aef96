"""Check this machine, and complete commands in shells."""

from __future__ import annotations

from argparse import REMAINDER, Namespace
from collections.abc import Sequence

from daypass.aws.shells import detect_shell
from daypass.command import BROKER, JSON, YES, Argument, Command, argument
from daypass.machine.checkup import check_machine
from daypass.machine.upgrading import upgrade
from daypass.prompt import show_prompt
from daypass.targets import stored_names
from daypass.terminal.output import print_json, printable, progress, style

_BASH = """\
_daypass() {
    local words="$(daypass complete "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}" 2>/dev/null | cut -f1)"
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _daypass daypass
"""
SCRIPTS = {
    "bash": _BASH,
    "zsh": f"autoload -Uz compinit bashcompinit && compinit && bashcompinit\n{_BASH}",
    "fish": """\
function __daypass_complete
    set -l words (commandline -opc)
    daypass complete $words[2..] 2>/dev/null
end
complete -c daypass -f -a '(__daypass_complete)'
""",
    "powershell": """\
Register-ArgumentCompleter -Native -CommandName daypass -ScriptBlock {
    param($word, $ast)
    $typed = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($word) { $typed = @($typed | Select-Object -SkipLast 1) }
    daypass complete @typed 2>$null | ForEach-Object { ($_ -split "`t")[0] } |
        Where-Object { $_ -like "$word*" }
}
""",
}
"""By the shell. Each script asks `daypass complete` for what can follow the typed words."""


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


def _offer(declared: Sequence[Argument], last_word: str) -> list[str]:
    """Return what can follow the last word: the choices of the option that it is, or else every
    option, and the choices and the stored names of the other arguments."""
    for each in declared:
        if last_word in each.names and "choices" in each.options:
            return list(each.options["choices"])
    lines = [name for each in declared for name in each.names if name.startswith("--")]
    for each in declared:
        if not each.names[0].startswith("-"):
            lines += each.options.get("choices", ())
    kinds = {kind for each in declared for kind in each.completes.split()}
    return [*lines, *(name for kind in sorted(kinds) for name in stored_names(kind))]


def completion_commands(commands: Sequence[Command]) -> tuple[Command, ...]:
    """Return the commands that complete all others, and themselves."""

    def print_script(arguments: Namespace) -> None:
        print(SCRIPTS[arguments.shell or detect_shell()], end="")

    def print_completions(arguments: Namespace) -> None:
        shown = (*commands, completion)
        if not arguments.words:
            lines = [f"{command.name}\t{command.summary}" for command in shown]
        else:
            typed = [each for each in shown if each.name == arguments.words[0]]
            declared = [argument for command in typed for argument in command.arguments]
            lines = _offer(declared, arguments.words[-1])
        for line in lines:
            print(line)

    completion = Command(
        "completion",
        "Print a script that completes commands in your shell",
        print_script,
        (
            argument(
                "shell",
                nargs="?",
                choices=sorted(SCRIPTS),
                default=None,
                help="default: the one you use",
            ),
        ),
        group="Set-up",
        description='Use it like this, in your shell\'s start file: eval "$(daypass completion)"',
    )
    complete = Command("complete", "", print_completions, (argument("words", nargs=REMAINDER),))
    return completion, complete


COMMANDS = (
    Command(
        "doctor",
        "Check this machine: login, profiles, clock, network",
        _check,
        (JSON, BROKER),
    ),
    Command(
        "upgrade",
        "Replace this one-file command with your firm's version of it",
        upgrade,
        (YES, BROKER),
    ),
    Command(
        "prompt",
        "Print the role of this shell and the time left",
        lambda _: show_prompt(),
        description=(
            "It prints nothing outside of daypass shell, exec and env. In bash: PS1='$(daypass"
            " prompt) '$PS1. docs/clients.md has the lines for zsh, fish and starship."
        ),
    ),
)
