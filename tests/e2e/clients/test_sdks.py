"""AWS tools and SDKs work with the profiles of `daypass configure`, and with `daypass serve`.

Each lists the client's buckets, gets another session when the first one ends, and stops after a
revocation. Then it shows Daypass's sentence.
"""

from __future__ import annotations

import time

import pytest

from tests.e2e.clients.machine import BUCKETS, PROFILE, TARGET, MemberMachine, listing
from tests.e2e.clients.sdks import CLIENTS, REVOKED, Client, Programs

ENDS = "Your grant, the engagement or your approved access ends in less than 15 minutes"
SOON = 2.0
"""Seconds after which the first session ends, for the client."""


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


@pytest.fixture(params=["profile", "serve"])
def command(
    request: pytest.FixtureRequest, client: Client, programs: Programs, machine: MemberMachine
) -> list[str]:
    """The client's program with a session from one of the two sources that refresh themselves."""
    program = programs.command(client)
    if request.param == "serve":
        region = (
            f"AWS_REGION={machine.started.aws.region}"  # a profile has one, a served session none
        )
        return ["env", region, str(machine.daypass), "serve", TARGET, "--", *program]
    return ["env", f"AWS_PROFILE={PROFILE}", *program]


def test_it_lists_the_buckets_and_gets_another_session_when_the_first_ends(
    machine: MemberMachine, client: Client, command: list[str]
) -> None:
    with listing(machine, command) as program:
        machine.end_session_in(client.renews_before_end + SOON)
        assert program.buckets() == BUCKETS, program.errors
        assert len(machine.sessions()) == 1
        machine.age_cache()
        time.sleep(SOON)
        assert program.buckets() == BUCKETS, program.errors
        assert len(machine.sessions()) == 2
        assert program.buckets() == BUCKETS, program.errors
    assert len(machine.sessions()) == 2


def test_it_stops_after_a_revocation_and_shows_why(
    machine: MemberMachine, client: Client, command: list[str]
) -> None:
    with listing(machine, command) as program:
        machine.end_session_in(client.renews_before_end + SOON)
        assert program.buckets() == BUCKETS, program.errors
        machine.revoke()
        machine.age_cache()
        time.sleep(SOON)
        assert program.buckets() == []
        assert REVOKED in program.errors
        is_profile = f"AWS_PROFILE={PROFILE}" in command
        assert (client.profile_error if is_profile else client.served_error) in program.errors
    assert len(machine.sessions()) == 1


LAST_SECONDS = 20.0
"""The AWS CLI needs several of them to start on a busy machine."""


def test_it_works_to_the_end_of_a_short_access(
    machine: MemberMachine, client: Client, command: list[str]
) -> None:
    """The access ends in 30 minutes, so Daypass refuses another session in its last 15."""
    machine.end_grant_in(minutes=30)
    with listing(machine, command) as program:
        machine.end_session_in(LAST_SECONDS)
        end = time.time() + LAST_SECONDS
        machine.age_cache()
        machine.end_grant_in(minutes=14)
        calls = 0
        while time.time() < end - 10 or not calls:
            assert program.buckets() == BUCKETS, program.errors
            calls += 1
        time.sleep(max(0.0, end - time.time()) + 1)
        assert program.buckets() == []
        assert ENDS in program.errors
    assert len(machine.sessions()) == 1


def test_a_second_access_takes_over_without_a_gap(
    machine: MemberMachine, client: Client, command: list[str]
) -> None:
    machine.end_grant_in(minutes=30)
    with listing(machine, command) as program:
        machine.end_session_in(LAST_SECONDS)
        end = time.time() + LAST_SECONDS
        machine.age_cache()
        machine.end_grant_in(minutes=14)
        assert program.buckets() == BUCKETS, program.errors
        machine.end_grant_in(minutes=60)
        while time.time() < end + 1:
            assert program.buckets() == BUCKETS, program.errors
    assert len(machine.sessions()) == 2
