"""Let one terminal act as each of the sample people.

A temporary folder holds what each person's machine would hold: their login, their AWS
configuration, and the `daypass` command. Nothing of the user's own is read or changed.
"""

from __future__ import annotations

import json
import shlex
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local.endpoint import Endpoint

DEFAULT_PERSON = "alice"
"""The person whose machine the terminal stands for. `lena COMMAND` runs a command as on Lena's."""

_SCRIPT = """\
#!/bin/sh
# Runs a command as on {name}'s machine, for example: {person} daypass whoami
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
export {variables}
exec "$@"
"""


def log_in_people(folder: Path, api_url: str, tokens: Mapping[str, str]) -> None:
    """Write a home for each person, as `daypass login` leaves it, and a script that is named after
    them. Get `daypass` from the API, as members do."""
    scripts = folder / "bin"
    scripts.mkdir()
    request = urllib.request.Request(f"{api_url}/cli", headers={"Accept": "application/zip"})
    with urllib.request.urlopen(request, timeout=30) as response:
        _write(scripts / "daypass", response.read(), mode=0o755)
    for person, token in tokens.items():
        home = folder / person
        home.mkdir(mode=0o700)
        logins = {"current": api_url, "logins": {api_url: {"member": person, "token": token}}}
        _write(home / "logins.json", json.dumps(logins).encode(), mode=0o600)
        variables = _build_variables(home)
        script = _SCRIPT.format(name=person.capitalize(), person=person, variables=variables)
        _write(scripts / person, script.encode(), mode=0o755)


def build_shell_lines(
    folder: Path, api_url: str, aws: Endpoint, *, sign_in: str = ""
) -> tuple[str, ...]:
    """Return the shell lines that let a terminal act as the people of this folder.

    They find the AWS CLI and Python in this process's virtual environment. `sign_in` is the
    stand-in for AWS's sign-in. Without one, `daypass console` fails, and does not reach AWS.
    """
    path = shlex.quote(f"{folder / 'bin'}:{Path(sys.prefix) / 'bin'}:")
    return (
        f'export PATH={path}"$PATH"',
        f"export {_build_variables(folder / DEFAULT_PERSON)}",
        f"export AWS_ENDPOINT_URL={aws.url} AWS_DEFAULT_REGION={aws.region}",
        f"export DAYPASS={api_url} DAYPASS_SIGNIN_ENDPOINT={sign_in or aws.url}",
    )


def _build_variables(home: Path) -> str:
    """Return assignments that make `daypass` and AWS tools use this home."""
    config = home / "aws-config"
    return f"DAYPASS_HOME={shlex.quote(str(home))} AWS_CONFIG_FILE={shlex.quote(str(config))}"


def _write(path: Path, content: bytes, *, mode: int) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    path.chmod(mode)
