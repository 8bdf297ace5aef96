"""A broker that a test scripts, and a machine on which the command runs as a person types it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript
from tests.cli.typed import Machine


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
def terminal(machine: Machine, broker: ScriptedBroker) -> Transcript:
    """A transcript of what a person types on the machine."""
    return Transcript(machine, broker)
