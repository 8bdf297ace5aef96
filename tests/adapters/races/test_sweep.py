"""The daily re-check on the local AWS, where clients really undo what they had set up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.vending.sts import CONFIG
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.schedule import SweepProgress, next_due_check
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE, RunEnd, sweep
from local.sample_accounts import Trust, trust_policy
from tests.adapters.client_side import ClientSide, opened
from tests.adapters.scene import Aws
from tests.adapters.vending.trusts import EVERY_ID


@pytest.fixture
def side(aws: Aws, name: str) -> ClientSide:
    """An engagement with a role that has been proven, and is vended from."""
    made = opened(aws, name)
    made.follow_setup_page()
    made.check()
    made.vend()
    return made


def swept(side: ClientSide) -> list[Notification]:
    """A run at the moment of the engagement's next turn; what was told of it."""
    verification = side.role().verification
    assert verification is not None
    turn = next_due_check(side.id, max(side.ports.now(), verification.checked_at))
    old = side.ports.state.get(SweepProgress)
    before = SweepProgress(
        done_until=turn - timedelta(seconds=1), version=1 + (old.version if old else 0)
    )
    side.ports.state.save(before)
    items: list[Entry] = []
    failures: list[Exception] = []
    ports = replace(side.ports, now=lambda: turn, announce=items.append)

    done = sweep(ports, time_left=lambda: 300.0, report_failure=failures.append)

    assert (done.ended, failures) == (RunEnd.ALL_DONE, [])
    assert side.ports.state.get(SweepProgress) == SweepProgress(
        done_until=turn, version=before.version + 1
    )
    return [item for item in map(notification_of, items) if item and side.id in item.text]


def refusal(side: ClientSide) -> Reason:
    with pytest.raises(AccessDenied) as refused:
        side.vend()
    return refused.value.reason


def failed_checks(side: ClientSide) -> set[Check]:
    proof = side.role().verification
    assert proof is not None
    return {check for check, result in proof.results.items() if result is Result.FAILED}


def test_the_client_has_dropped_the_condition_on_the_external_id(side: ClientSide) -> None:
    open_to_all = trust_policy(Trust.WITHOUT_EXTERNAL_ID, external_id=side.engagement.external_id)
    side.set_trust_policy(open_to_all)
    side.vend()  # until somebody looks

    (response,) = swept(side)

    assert response.alerts == ("role-drifted",)
    assert "WITHOUT an external ID" in response.text
    assert failed_checks(side) == EVERY_ID
    assert refusal(side) is Reason.ROLE_UNVERIFIED

    side.follow_setup_page()
    assert swept(side) == []
    side.vend()


def test_the_time_for_a_role_is_enough_where_nothing_answers() -> None:
    tries = CONFIG.retries["total_max_attempts"]
    # botocore's standard mode waits for less than 1 s before the second try.
    one_call = tries * (CONFIG.connect_timeout + CONFIG.read_timeout) + (tries - 1)
    assert tries == 2
    # As many as are asked where the right external ID is not answered, of a full check.
    assert 7 * one_call <= TIME_FOR_A_ROLE
