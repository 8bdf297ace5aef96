"""Write a session as lines for a shell, which first unset the credentials that were set there.

The lines equal those of the API's formats of the same names.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from typing import NamedTuple

from daypass.errors import LocalProblem
from daypass.machine.programs import IS_WINDOWS

# Every variable from which an AWS SDK takes credentials. The SDK for Go also reads AWS_ACCESS_KEY
# and AWS_SECRET_KEY, and botocore prefers AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN. With the
# AWS_ACCOUNT_ID of another account, SDKs use that account's endpoints.
AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCOUNT_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
)
OTHER_SOURCES = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BOTO_CONFIG",
)
"""Further variables that lead AWS tools to credentials. A session in AWS_VARIABLES is preferred to
them, except by Amazon Bedrock's tools; one that is served is not."""


TARGET = "DAYPASS_TARGET"
"""The variable with ENGAGEMENT/ROLE of a shell's session, for its prompt."""


def clean_environment() -> dict[str, str]:
    """Return this process's variables without those from which AWS tools take credentials."""
    dropped = (*AWS_VARIABLES, *OTHER_SOURCES, TARGET)
    return {name: value for name, value in os.environ.items() if name not in dropped}


class Shell(NamedTuple):
    """The syntax of a shell."""

    unset: Callable[[Sequence[str]], str]
    """Returns complete lines that unset the variables of these names."""
    set: Callable[[str, str], str]
    """Returns a line that sets a variable. Its arguments are the name and the value."""
    fail: str
    """A complete line that fails, so that a script stops after a refusal."""
    done: str = ""
    """Complete lines for the end, so that a failed unset does not fail the script."""


def _quote_for_fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quote_for_powershell(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# The lines end with semicolons, because `eval $(…)` without quotes joins them into one line.
_POSIX = Shell(
    unset=lambda names: f"unset {' '.join(names)};\n",
    set=lambda name, value: f"export {name}={shlex.quote(value)};",
    fail="false\n",
)
SHELLS = {
    "bash": _POSIX,
    "zsh": _POSIX,
    "fish": Shell(
        # A global variable hides a universal one, which a plain `set -e` would leave.
        unset=lambda names: "".join(f"set -e{scope} {' '.join(names)}\n" for scope in "gU"),
        set=lambda name, value: f"set -gx {name} {_quote_for_fish(value)}",
        fail="false\n",
        done="true\n",
    ),
    "powershell": Shell(
        unset=lambda names: (
            f"Remove-Item {', '.join(f'Env:{name}' for name in names)}"
            " -ErrorAction SilentlyContinue\n"
        ),
        set=lambda name, value: f"$Env:{name} = {_quote_for_powershell(value)}",
        fail="throw 'Daypass gave no session.'\n",
    ),
    "cmd": Shell(
        unset=lambda names: "".join(f"set {name}=\n" for name in names),
        set=lambda name, value: f"set {name}={value}",
        fail="cmd /c exit 1\n",
        done="cmd /c exit 0\n",
    ),
}


def detect_shell() -> str:
    """Return the name of the shell that most likely runs this command: the process that started
    it, or else the person's login shell."""
    if IS_WINDOWS:
        return "powershell" if os.environ.get("PSMODULEPATH") else "cmd"
    candidates = (_parent_program(), os.path.basename(os.environ.get("SHELL", "")))
    return next((name for name in candidates if name in SHELLS), "bash")


def _parent_program() -> str:
    """Return the name of the program that started this process; empty if it is unknown."""
    parent = os.getppid()
    try:
        with open(f"/proc/{parent}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        pass
    try:  # macOS
        command = ["/bin/ps", "-o", "comm=", "-p", str(parent)]
        output = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return os.path.basename(output.stdout.strip()).lstrip("-")


def session_variables(credentials: dict[str, str]) -> dict[str, str]:
    """Return the environment variables of a session.

    Raise LocalProblem for characters that no AWS credentials contain and a shell could interpret.
    """
    variables = {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_CREDENTIAL_EXPIRATION": credentials["Expiration"],
    }
    for name, value in variables.items():
        if not value.isascii() or not value.isprintable() or set(value) & set("\"'%&|<>^!` $;"):
            raise LocalProblem(f"The session's {name} has characters that are unsafe in a shell.")
    return variables


def session_script(shell: str, credentials: dict[str, str]) -> str:
    """Return lines that unset earlier credentials and set the session's."""
    syntax = SHELLS[shell]
    lines = [syntax.set(*item) for item in session_variables(credentials).items()]
    return syntax.unset(AWS_VARIABLES) + "".join(f"{line}\n" for line in lines) + syntax.done


def refusal_script(shell: str) -> str:
    """Return lines that unset earlier credentials and fail. The reason is on the error stream."""
    return SHELLS[shell].unset(AWS_VARIABLES) + SHELLS[shell].fail
