"""Nothing but the session reaches a program of `daypass serve`, whichever AWS tool it uses."""

import pytest

from tests.cli.aws.sources import SOURCES, clear_sources
from tests.e2e.clients.machine import BUCKETS, TARGET, listing
from tests.e2e.clients.sdks import CLIENTS


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_no_other_source_wins(machine, client, programs):
    command = [str(machine.daypass), "serve", TARGET, "--", *programs.command(client)]
    variables = {"AWS_REGION": machine.started.aws.region, "WITH_EVERY_SOURCE": "1"}
    wrong = []
    for name, source in SOURCES.items():
        with listing(machine, command, **variables, **source(machine.home)) as program:
            if program.buckets() != BUCKETS:
                wrong.append((name, program.errors))
        clear_sources(machine.home)
    assert wrong == []
    assert len(machine.sessions()) == 1
