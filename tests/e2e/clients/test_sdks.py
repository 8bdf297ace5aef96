"""AWS tools and SDKs work with the profiles of `daypass configure`, and with `daypass serve`.

Each lists the client's buckets, gets another session when the first one ends, and stops after a
revocation. Then it shows Daypass's sentence.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.e2e.clients.machine import BUCKETS, PROFILE, TARGET, MemberMachine, listing
from tests.e2e.clients.sdks import CLIENTS, REVOKED, Client

ENDS = "Your grant, the engagement or your approved access ends in less than 15 minutes"
SOON = 2.0
"""Seconds after which the first session ends, for the client."""


@dataclass(frozen=True, slots=True)
class Run:
    """A client's program on the machine of a member of its own, and the source of its sessions."""

    client: Client
    source: str
    machine: MemberMachine
    program: list[str]

    @property
    def command(self):
        if self.source == "profile":
            return ["env", f"AWS_PROFILE={PROFILE}", *self.program]
        # A profile has a region, a served session none.
        serve = ["env", f"AWS_REGION={self.machine.started.aws.region}", str(self.machine.daypass)]
        return [*serve, "serve", TARGET, "--", *self.program]

    @property
    def error(self):
        client = self.client
        return client.profile_error if self.source == "profile" else client.served_error


@contextmanager
def running(run, ends_in):
    """Run the program with a session that ends so soon. Yield the program, and when the session
    ends, in Unix seconds."""
    with listing(run.machine, run.command) as program:
        run.machine.end_session_in(ends_in)
        yield program, time.time() + ends_in


def check(run):
    """Check all four ends of a session, each with a new process of the program."""
    machine, client = run.machine, run.client
    with running(run, client.renews_before_end + SOON) as (program, _):
        assert program.buckets() == BUCKETS, program.errors
        assert len(machine.sessions()) == 1
        machine.age_cache()
        time.sleep(SOON)
        for _ in range(2):
            assert program.buckets() == BUCKETS, program.errors
            assert len(machine.sessions()) == 2

    with running(run, client.last_seconds) as (program, end):
        machine.age_cache()
        machine.end_grant_in(minutes=14)  # Daypass refuses another session
        assert program.buckets() == BUCKETS, program.errors
        machine.end_grant_in(minutes=60)
        while time.time() < end + 1:
            assert program.buckets() == BUCKETS, program.errors
    assert len(machine.sessions()) == 3

    with running(run, client.last_seconds) as (program, end):
        machine.age_cache()
        machine.end_grant_in(minutes=14)
        assert program.buckets() == BUCKETS, program.errors
        while time.time() < end - client.last_seconds / 2:
            assert program.buckets() == BUCKETS, program.errors
        time.sleep(max(0.0, end - time.time()) + 1)
        assert program.buckets() == []
        assert ENDS in program.errors
    assert len(machine.sessions()) == 3

    machine.end_grant_in(minutes=60)
    machine.empty_cache()  # it remembers the refusal
    with running(run, client.renews_before_end + SOON) as (program, _):
        assert program.buckets() == BUCKETS, program.errors
        machine.revoke()
        machine.age_cache()
        time.sleep(SOON)
        assert program.buckets() == []
        assert REVOKED in program.errors
        assert run.error in program.errors
    assert len(machine.sessions()) == 4


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_renews_its_session_as_long_as_it_may(
    client, programs, new_machine, downloaded, tmp_path
):
    """With each of the two sources of sessions at the same time: most of it is waiting."""
    program = programs.command(client)
    runs = [
        Run(client, source, new_machine(downloaded, home=tmp_path / source), program)
        for source in ("profile", "serve")
    ]
    with ThreadPoolExecutor() as threads:
        for result in [threads.submit(check, run) for run in runs]:
            result.result()
