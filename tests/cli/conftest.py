"""A broker that a test scripts, and a machine on which the command runs as a person types it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from daypass import requests
from daypass.commands.leads import actions, cut_offs
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript
from tests.cli.typed import Machine, MachineMaker


@pytest.fixture
def broker() -> Iterator[ScriptedBroker]:
    with ScriptedBroker() as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, broker: ScriptedBroker) -> Machine:
    """A machine that is logged in to the broker as Alice."""
    machine = Machine(tmp_path)
    machine.log_in(broker.url)
    return machine


@pytest.fixture
def new_machine(tmp_path: Path, broker: ScriptedBroker) -> MachineMaker:
    """Return another such machine for each row, and forget the broker's requests and answers."""

    def make() -> Machine:
        broker.answers.clear()
        broker.requests.clear()
        machine = Machine(Path(tempfile.mkdtemp(dir=tmp_path)))
        machine.log_in(broker.url)
        return machine

    return make


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the command waited, in the tests' process. They only move its clock."""
    pauses: list[float] = []
    clock = SimpleNamespace(
        sleep=pauses.append,
        time=lambda: time.time() + sum(pauses),
        monotonic=lambda: time.monotonic() + sum(pauses),
    )
    for module in (requests, cut_offs, actions):
        monkeypatch.setattr(module, "time", clock)
    return pauses


@pytest.fixture
def terminal(machine: Machine, broker: ScriptedBroker) -> Transcript:
    """A transcript of what a person types on the machine."""
    return Transcript(machine, broker)
