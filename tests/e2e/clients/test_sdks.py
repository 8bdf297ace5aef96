"""AWS tools and SDKs work with the profiles of `daypass configure`, and with `daypass serve`.

Each lists the client's buckets, gets another session when the first one ends, and stops after a
revocation. Then it shows Daypass's sentence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.clients.machine import BUCKETS, PROFILE, TARGET, Listing, MemberMachine, listing
from tests.e2e.clients.sdks import CLIENTS, REVOKED, Client, Programs

ENDS = "Your grant, the engagement or your approved access ends in less than 15 minutes"
SOON = 2.0
"""Seconds after which the first session ends, for the client."""


Check = Callable[[MemberMachine, list[str], bool], None]
"""Takes a member's machine, the client's command, and whether its session is from the profile."""


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


@pytest.fixture
def with_both(
    client: Client,
    programs: Programs,
    new_machine: Callable[..., MemberMachine],
    downloaded: Path,
    tmp_path: Path,
) -> Callable[[Check], None]:
    """Return a function that runs a check with a session from each of the two sources that refresh
    themselves, at the same time: most of it is waiting."""
    profile, serve = (
        new_machine(downloaded, home=tmp_path / name) for name in ("profile", "serve")
    )
    program = programs.command(client)
    # A profile has a region, a served session none.
    served = ["env", f"AWS_REGION={serve.started.aws.region}", str(serve.daypass), "serve", TARGET]
    sources = (
        (profile, ["env", f"AWS_PROFILE={PROFILE}", *program], True),
        (serve, [*served, "--", *program], False),
    )

    def run(check: Check) -> None:
        with ThreadPoolExecutor(len(sources)) as threads:
            for result in [threads.submit(check, *source) for source in sources]:
                result.result()

    return run


def test_it_lists_the_buckets_and_gets_another_session_when_the_first_ends(
    client: Client, with_both: Callable[[Check], None]
) -> None:
    def check(machine: MemberMachine, command: list[str], is_profile: bool) -> None:  # noqa: FBT001
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

    with_both(check)


def test_it_stops_after_a_revocation_and_shows_why(
    client: Client, with_both: Callable[[Check], None]
) -> None:
    def check(machine: MemberMachine, command: list[str], is_profile: bool) -> None:  # noqa: FBT001
        with listing(machine, command) as program:
            machine.end_session_in(client.renews_before_end + SOON)
            assert program.buckets() == BUCKETS, program.errors
            machine.revoke()
            machine.age_cache()
            time.sleep(SOON)
            assert program.buckets() == []
            assert REVOKED in program.errors
            assert (client.profile_error if is_profile else client.served_error) in program.errors
        assert len(machine.sessions()) == 1

    with_both(check)


@contextmanager
def listing_until(
    client: Client, machine: MemberMachine, command: list[str]
) -> Iterator[tuple[Listing, float]]:
    """Run the program with a session that ends soon, of an access that ends so soon that Daypass
    refuses another session. Yield the program, and when the session ends, in Unix seconds."""
    machine.end_grant_in(minutes=30)
    with listing(machine, command) as program:
        machine.end_session_in(client.last_seconds)
        end = time.time() + client.last_seconds
        machine.age_cache()
        machine.end_grant_in(minutes=14)
        yield program, end


def test_it_works_to_the_end_of_a_short_access(
    client: Client, with_both: Callable[[Check], None]
) -> None:
    """The access ends in 30 minutes, so Daypass refuses another session in its last 15."""

    def check(machine: MemberMachine, command: list[str], is_profile: bool) -> None:  # noqa: FBT001
        with listing_until(client, machine, command) as (program, end):
            calls = 0
            while time.time() < end - client.last_seconds / 2 or not calls:
                assert program.buckets() == BUCKETS, program.errors
                calls += 1
            time.sleep(max(0.0, end - time.time()) + 1)
            assert program.buckets() == []
            assert ENDS in program.errors
        assert len(machine.sessions()) == 1

    with_both(check)


def test_a_second_access_takes_over_without_a_gap(
    client: Client, with_both: Callable[[Check], None]
) -> None:
    def check(machine: MemberMachine, command: list[str], is_profile: bool) -> None:  # noqa: FBT001
        with listing_until(client, machine, command) as (program, end):
            assert program.buckets() == BUCKETS, program.errors
            machine.end_grant_in(minutes=60)
            while time.time() < end + 1:
                assert program.buckets() == BUCKETS, program.errors
        assert len(machine.sessions()) == 2

    with_both(check)
