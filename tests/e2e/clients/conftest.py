"""One `make run` for all clients, and a new member with a machine for each test."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.clients.machine import MemberMachine
from tests.e2e.clients.sdks import Programs
from tests.running import Started, make_run

_numbers = itertools.count(1)
DOWNLOAD = """\
set -e
curl -fsSO -H 'Accept: application/zip' "$DAYPASS/cli"
curl -fsSO "$DAYPASS/cli.sha256"
sha256sum -c cli.sha256
mv cli daypass
chmod +x daypass
"""


@pytest.fixture(scope="session")
def broker() -> Iterator[Started]:
    """Each test has a member of its own, so no revocation affects another test."""
    with make_run() as running:
        yield running


@pytest.fixture(scope="session")
def downloaded(broker: Started, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the command that the broker serves, checked against its checksum."""
    folder = tmp_path_factory.mktemp("bin", numbered=True)
    environment = {"PATH": "/usr/bin:/bin", "DAYPASS": broker.url}
    process = subprocess.run(
        ["sh", "-c", DOWNLOAD], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (process.returncode, process.stdout) == (0, "cli: OK\n"), process.stderr
    return folder / "daypass"


@pytest.fixture(scope="session")
def programs(aws_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("programs"), aws_cli)


@pytest.fixture
def new_machine(broker: Started, tmp_path: Path) -> Callable[..., MemberMachine]:
    """Return a function that sets up a machine of a new member with this `daypass`."""

    def set_up(
        daypass: Path, *, home: Path = tmp_path / "home", user: tuple[str, ...] = ()
    ) -> MemberMachine:
        member = f"member-{next(_numbers)}"
        lena = broker.api("lena")
        lena("POST", "/v1/members", id=member, name="Maria Molina", kind="member")
        lena("POST", "/v1/engagements/acme-prod/grants", member=member, roles=["readonly"])
        home.mkdir(exist_ok=True)
        machine = MemberMachine(broker, member, home, daypass, user)
        machine.set_up()
        return machine

    return set_up


@pytest.fixture
def machine(new_machine: Callable[..., MemberMachine], downloaded: Path) -> MemberMachine:
    return new_machine(downloaded)
