"""Write completion scripts for shells, from the declared commands."""

from __future__ import annotations

from collections.abc import Sequence

from daypass.command import Command
from daypass.machine.lists import PATTERNS


def _options(command: Command) -> list[str]:
    return [name for names, _, _ in command.arguments for name in names if name.startswith("--")]


def _programs(command: Command) -> list[str]:
    """Return the commands that print the names which completion offers for the command, one a
    line, from the last list."""
    kinds = {argument.completes for argument in command.arguments}
    return [f"daypass complete-{kind}" for kind in PATTERNS if kind in kinds]


def bash_script(commands: Sequence[Command]) -> str:
    """Return the script for bash, and for zsh through its bashcompinit."""
    names = " ".join(command.name for command in commands)
    cases = "".join(
        f"        {command.name}) words='{' '.join(_options(command))}'{_bash_names(command)};;\n"
        for command in commands
    )
    return (
        "_daypass() {\n"
        '    local word="${COMP_WORDS[COMP_CWORD]}" words\n'
        '    if [ "$COMP_CWORD" -eq 1 ]; then\n'
        f"        words='{names} --help --version'\n"
        '    else case "${COMP_WORDS[1]}" in\n'
        f"{cases}"
        "    esac; fi\n"
        '    COMPREPLY=($(compgen -W "$words" -- "$word"))\n'
        "}\n"
        "complete -o default -F _daypass daypass\n"
    )


def _bash_names(command: Command) -> str:
    names = "".join(f" $({program} 2>/dev/null)" for program in _programs(command))
    return f'; words="$words{names}" ' if names else " "


def zsh_script(commands: Sequence[Command]) -> str:
    return (
        f"autoload -Uz compinit bashcompinit && compinit && bashcompinit\n{bash_script(commands)}"
    )


def fish_script(commands: Sequence[Command]) -> str:
    lines = ["complete -c daypass -f"]
    for command in commands:
        summary = command.summary.replace("'", "\\'")
        lines.append(
            f"complete -c daypass -n __fish_use_subcommand -a {command.name} -d '{summary}'"
        )
        seen = f"'__fish_seen_subcommand_from {command.name}'"
        lines += [f"complete -c daypass -n {seen} -l {name[2:]}" for name in _options(command)]
        for program in _programs(command):
            lines.append(f"complete -c daypass -n {seen} -a '({program} 2>/dev/null)'")
    return "".join(f"{line}\n" for line in lines)


def powershell_script(commands: Sequence[Command]) -> str:
    names = ", ".join(f"'{command.name}'" for command in commands)
    options = "".join(
        f"        '{command.name}' = @({', '.join(map(repr, _options(command)))})\n"
        for command in commands
    )
    names = "".join(
        f"        '{command.name}' {{ $found += @({program}) }}\n"
        for command in commands
        for program in _programs(command)
    )
    return (
        "Register-ArgumentCompleter -Native -CommandName daypass -ScriptBlock {\n"
        "    param($word, $ast)\n"
        "    $typed = @($ast.CommandElements | ForEach-Object { $_.ToString() })\n"
        f"    $options = @{{\n{options}    }}\n"
        "    if ($typed.Count -lt 2 -or ($typed.Count -eq 2 -and $word)) {\n"
        f"        $found = @({names})\n"
        "    } else {\n"
        "        $found = @($options[$typed[1]])\n"
        f"        switch ($typed[1]) {{\n{names}        }}\n"
        "    }\n"
        '    $found | Where-Object { $_ -like "$word*" }\n'
        "}\n"
    )


SCRIPTS = {
    "bash": bash_script,
    "zsh": zsh_script,
    "fish": fish_script,
    "powershell": powershell_script,
}
