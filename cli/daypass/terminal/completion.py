"""Write completion scripts for shells, from the declared commands."""

from __future__ import annotations

from collections.abc import Sequence

from daypass.command import Command

_TARGETS = "daypass complete-targets"
"""Prints one target a line, from the last list of engagements."""


def _options(command: Command) -> list[str]:
    return [name for names, _, _ in command.arguments for name in names if name.startswith("--")]


def _takes_target(command: Command) -> bool:
    return any(argument.completes == "targets" for argument in command.arguments)


def bash_script(commands: Sequence[Command]) -> str:
    """Return the script for bash, and for zsh through its bashcompinit."""
    names = " ".join(command.name for command in commands)
    cases = "".join(
        f"        {command.name}) words='{' '.join(_options(command))}'{_bash_targets(command)};;\n"
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


def _bash_targets(command: Command) -> str:
    return f'; words="$words $({_TARGETS} 2>/dev/null)" ' if _takes_target(command) else " "


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
        if _takes_target(command):
            lines.append(f"complete -c daypass -n {seen} -a '({_TARGETS} 2>/dev/null)'")
    return "".join(f"{line}\n" for line in lines)


def powershell_script(commands: Sequence[Command]) -> str:
    names = ", ".join(f"'{command.name}'" for command in commands)
    options = "".join(
        f"        '{command.name}' = @({', '.join(map(repr, _options(command)))})\n"
        for command in commands
    )
    targets = ", ".join(f"'{command.name}'" for command in commands if _takes_target(command))
    return (
        "Register-ArgumentCompleter -Native -CommandName daypass -ScriptBlock {\n"
        "    param($word, $ast)\n"
        "    $typed = @($ast.CommandElements | ForEach-Object { $_.ToString() })\n"
        f"    $options = @{{\n{options}    }}\n"
        "    if ($typed.Count -lt 2 -or ($typed.Count -eq 2 -and $word)) {\n"
        f"        $found = @({names})\n"
        "    } else {\n"
        "        $found = @($options[$typed[1]])\n"
        f"        if (@({targets}) -contains $typed[1]) {{ $found += @({_TARGETS}) }}\n"
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
