"""Complete commands in shells. A shell runs `daypass complete` at each Tab."""

from __future__ import annotations

from argparse import REMAINDER, Namespace
from collections.abc import Sequence

from daypass.catalogue import INDEX, find_command
from daypass.command import Argument, Command, argument

_BASH = """\
_daypass() {
    local words="$(daypass complete "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}" 2>/dev/null | cut -f1)"
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _daypass daypass
"""
SCRIPTS = {
    "bash": _BASH,
    "zsh": """\
#compdef daypass
_daypass() {
    local -a offered=("${(@f)$(daypass complete "${(@)words[2,CURRENT-1]}" 2>/dev/null | cut -f1)}")
    compadd -a offered || _files
}
if [ "${funcstack[1]}" = _daypass ]; then
    _daypass
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _daypass daypass
fi
""",
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


def _print_script(arguments: Namespace) -> None:
    from daypass.aws.shells import detect_shell

    print(SCRIPTS[arguments.shell or detect_shell()], end="")


def _print_completions(arguments: Namespace) -> None:
    command = find_command(arguments.words[0]) if arguments.words else None
    if command is not None and command.group:
        lines = _offer(command.arguments, arguments.words[-1])
    else:
        shown = {} if arguments.words else INDEX
        lines = [f"{name}\t{each.summary}" for name, each in shown.items() if each.group]
    for line in lines:
        print(line)


def _offer(declared: Sequence[Argument], last_word: str) -> list[str]:
    """Return what can follow the last word: the choices of the option that it is, or else every
    option, and the choices and the stored names of the other arguments."""
    from daypass.targets import stored_names

    for each in declared:
        if last_word in each.names and "choices" in each.options:
            return list(each.options["choices"])
    lines = [name for each in declared for name in each.names if name.startswith("--")]
    for each in declared:
        if not each.names[0].startswith("-"):
            lines += each.options.get("choices", ())
    kinds = {kind for each in declared for kind in each.completes.split()}
    return [*lines, *(name for kind in sorted(kinds) for name in stored_names(kind))]


COMMANDS = (
    Command(
        "completion",
        "Print a completion script for your shell",
        _print_script,
        (
            argument(
                "shell",
                nargs="?",
                choices=sorted(SCRIPTS),
                default=None,
                help="default: the shell you use",
            ),
        ),
        description='Add this line to your shell\'s startup file: eval "$(daypass completion)"',
    ),
    Command("complete", "", _print_completions, (argument("words", type=str, nargs=REMAINDER),)),
)
