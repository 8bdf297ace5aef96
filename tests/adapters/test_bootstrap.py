"""What the use cases are given in earnest: chance that nobody foresees, and the time that it is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import connection
from chalicelib.adapters.sts import CONFIG
from tests.adapters.scene import Aws


def test_what_is_secret_is_made_by_the_operating_systems_own_generator(aws: Aws) -> None:
    assert aws.ports.random is secrets.token_bytes
    assert len({aws.ports.random(20) for _ in range(100)}) == 100
    assert {len(aws.ports.random(count)) for count in (8, 20, 32)} == {8, 20, 32}


def test_the_time_is_now_and_in_utc(aws: Aws) -> None:
    now = aws.ports.now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_pauses_grow_up_to_a_third_of_a_second_and_are_at_random(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("chalicelib.bootstrap.time.sleep", slept.append)
    longest = []
    for tries in range(7):
        slept.clear()
        for _ in range(200):
            aws.ports.pause(tries)
        longest.append(max(slept))
        assert min(slept) >= 0
        assert len(set(slept)) > 100
    aws.ports.pause(100_000)  # however often
    most = [0.02, 0.04, 0.08, 0.16, 0.32, 0.32, 0.32]
    assert all(bound / 2 < found <= bound for found, bound in zip(longest, most, strict=True))


def test_the_ports_are_made_once_and_their_clients_are_as_patient_as_is_said(aws: Aws) -> None:
    assert bootstrap.ports() is bootstrap.ports()
    dynamodb = aws.ports.state._tables.client  # type: ignore[attr-defined]
    sts = aws.ports.sts._client  # type: ignore[attr-defined]
    for client, config in ((dynamodb, connection.CONFIG), (sts, CONFIG)):
        for name in ("connect_timeout", "read_timeout"):
            assert getattr(client.meta.config, name) == getattr(config, name)
        assert (
            client.meta.config.retries["total_max_attempts"] == config.retries["total_max_attempts"]
        )
        assert client.meta.region_name == aws.endpoint.region
    assert aws.ports.trail._tables is aws.ports.state._tables  # type: ignore[attr-defined]


def test_all_clients_are_in_the_region_of_the_deployment(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda's own variable says which; another one that the SDK reads does not."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    bootstrap.ports.cache_clear()
    try:
        made = bootstrap.ports()
    finally:
        bootstrap.ports.cache_clear()
    state: Any = made.state
    sts: Any = made.sts
    further = sts._clients("sqs")
    for client in (state._tables.client, sts._client, further):
        assert client.meta.region_name == "eu-west-1"


def test_the_records_are_in_the_tables_that_the_environment_names(aws: Aws) -> None:
    tables = aws.ports.state._tables  # type: ignore[attr-defined]
    assert (tables.state, tables.trail) == (
        aws.foundation.state_table,
        aws.foundation.trail_table,
    )
    assert aws.ports.firm.account_id == "123456789012"
    assert aws.ports.firm.partition == "aws"
