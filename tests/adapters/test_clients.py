"""How long the clients of AWS wait, and how often they ask: a request has 30 s in all."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.client import Config

from chalicelib.adapters.dynamodb import connection
from chalicelib.adapters.onboarding import templates
from chalicelib.adapters.vending import cut_off_role, sts
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE


@pytest.mark.parametrize(
    ("config", "service", "connect", "read", "tries", "checks"),
    [
        (connection.CONFIG, "dynamodb", 1, 3, 3, False),
        (sts.CONFIG, "sts", 2, 5, 2, False),
        (cut_off_role.CONFIG, "iam", 2, 10, 1, False),
        (templates.CONFIG, "s3", 2, 5, 2, True),
    ],
)
def test_a_client_waits_and_tries_again_as_its_adapter_says(
    monkeypatch: pytest.MonkeyPatch,
    config: Config,
    service: str,
    connect: int,
    read: int,
    tries: int,
    *,
    checks: bool,
) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")  # it is not for the environment to choose
    made: Any = botocore.session.Session().create_client(
        service,
        region_name="eu-central-1",
        config=config,
        aws_access_key_id="ASIAEXAMPLE",
        aws_secret_access_key="example",
    )
    existing = made.meta.config
    assert (existing.connect_timeout, existing.read_timeout) == (connect, read)
    assert config.retries == {"mode": "standard", "total_max_attempts": tries}
    assert existing.retries == {"mode": "standard", "total_max_attempts": tries}
    assert config.parameter_validation is checks


def test_the_time_for_a_role_is_enough_if_aws_does_not_answer() -> None:
    tries = sts.CONFIG.retries["total_max_attempts"]
    # botocore's standard mode waits for less than 1 s before the second try.
    one_call = tries * (sts.CONFIG.connect_timeout + sts.CONFIG.read_timeout) + (tries - 1)
    assert tries == 2
    # A full check makes 7 calls if the probe with the right external ID gets no answer.
    assert 7 * one_call <= TIME_FOR_A_ROLE
