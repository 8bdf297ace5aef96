"""The scheduled check on the local AWS, where clients really undo their setup."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.vending.sts import CONFIG
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.notifications.table import build_notification
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.schedule import SweepProgress, find_next_due_time
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE, RunEnd, sweep
from local.sample_accounts import Trust, trust_policy
from tests.adapters.client_side import ClientSide, opened
from tests.adapters.scene import Aws
from tests.adapters.vending.trusts import NEGATIVE_CHECKS


@pytest.fixture
def side(aws: Aws, name: str) -> ClientSide:
    """An engagement whose role is verified and in use."""
    client_side = opened(aws, name)
    client_side.follow_setup_page()
    client_side.check()
    client_side.vend()
    return client_side


def notifications_of_sweep(side: ClientSide) -> list[Notification]:
    """Run the scheduled check when the engagement is due. Return its notifications about it."""
    verification = side.role().verification
    assert verification is not None
    due = find_next_due_time(side.id, max(side.ports.now(), verification.checked_at))
    old = side.ports.state.get(SweepProgress)
    before = SweepProgress(
        done_until=due - timedelta(seconds=1), version=1 + (old.version if old else 0)
    )
    side.ports.state.save(before)
    announced: list[Entry] = []
    failures: list[Exception] = []
    ports = replace(side.ports, now=lambda: due, announce=announced.append)

    result = sweep(ports, time_left=lambda: 300.0, report_failure=failures.append)

    assert (result.ended, failures) == (RunEnd.ALL_DONE, [])
    assert side.ports.state.get(SweepProgress) == SweepProgress(
        done_until=due, version=before.version + 1
    )
    return [n for n in map(build_notification, announced) if n and side.id in n.text]


def refusal(side: ClientSide) -> Reason:
    with pytest.raises(AccessDenied) as raised:
        side.vend()
    return raised.value.reason


def failed_checks(side: ClientSide) -> set[Check]:
    proof = side.role().verification
    assert proof is not None
    return {check for check, result in proof.results.items() if result is Result.FAILED}


def test_a_removed_condition_on_the_external_id_is_detected(side: ClientSide) -> None:
    open_to_all = trust_policy(Trust.WITHOUT_EXTERNAL_ID, external_id=side.engagement.external_id)
    side.set_trust_policy(open_to_all)
    side.vend()  # until the next check

    (notification,) = notifications_of_sweep(side)

    assert notification.alerts == ("role-drifted",)
    assert "WITHOUT an external ID" in notification.text
    assert failed_checks(side) == NEGATIVE_CHECKS
    assert refusal(side) is Reason.ROLE_UNVERIFIED

    side.follow_setup_page()
    assert notifications_of_sweep(side) == []
    side.vend()


def test_the_time_for_a_role_is_enough_if_aws_does_not_answer() -> None:
    tries = CONFIG.retries["total_max_attempts"]
    # botocore's standard mode waits for less than 1 s before the second try.
    one_call = tries * (CONFIG.connect_timeout + CONFIG.read_timeout) + (tries - 1)
    assert tries == 2
    # A full check makes 7 calls if the probe with the right external ID gets no answer.
    assert 7 * one_call <= TIME_FOR_A_ROLE
