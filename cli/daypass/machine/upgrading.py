"""Replace the command, if it is one file, with the one that the firm's Daypass serves."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from hashlib import sha256

import daypass
from daypass.broker import Broker
from daypass.errors import LocalProblem, UnexpectedAnswer, Unreachable, UsageProblem
from daypass.machine.files import write_atomically
from daypass.machine.logins import stored_login
from daypass.terminal.output import confirm, progress


def upgrade(arguments: Namespace) -> None:
    """Replace this file with the command of the broker that the arguments name. The checksum comes
    from the same server, so it detects a damaged download, and not a malicious server."""
    path = find_own_file()
    broker = Broker(stored_login(arguments.broker).broker)
    with progress("Asking Daypass"):
        # The format of sha256sum: the checksum, two blanks and the file's name.
        expected = broker.fetch("/cli.sha256", "text/plain")[:64].decode("ascii", "replace")
        version = broker.get("/healthz").get("version", "unknown")
    if not re.fullmatch("[0-9a-f]{64}", expected):
        raise UnexpectedAnswer(broker.address, "a checksum")
    if sha256(_read(path)).hexdigest() == expected:
        print(f"{path} is up to date ({daypass.__version__}).")
        return
    effect = (
        f"This replaces {path} ({daypass.__version__}) with the command from {broker.address}"
        f" ({version})."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    with progress("Reading the command"):
        content = broker.fetch("/cli", "application/zip")
    if sha256(content).hexdigest() != expected:
        raise Unreachable("The file was damaged in transit, and nothing was changed. Try again.")
    write_atomically(path, content, mode=0o755)
    print(f"{path} is now {version}.")


def find_own_file() -> str:
    """Return the path of the one file from which this command runs. Raise UsageProblem if it was
    installed in another way, or if a package manager owns the file."""
    # The one file is a zip archive that Python runs. The package lies directly in it, so that the
    # folder of the package's folder is the file.
    path = os.path.dirname(os.path.dirname(os.path.abspath(daypass.__file__)))
    if not os.path.isfile(path):
        raise UsageProblem(
            "This command is not the one-file version. Upgrade it the way you installed it, such"
            " as: uv tool upgrade daypass"
        )
    path = os.path.realpath(path)
    if "/Cellar/" in path or path.startswith("/usr/bin/"):
        raise UsageProblem(f"A package has installed {path}. Upgrade it with brew or apt.")
    return path


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise LocalProblem(f"Cannot read {path}: {error.strerror}.") from None
