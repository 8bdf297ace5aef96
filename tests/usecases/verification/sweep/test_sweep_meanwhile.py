"""Sweep, while somebody changes something: a lead, a client in a rotation, another run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.verification.schedule import next_due_check
from chalicelib.usecases.verification.sweep import RunEnd
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    an_engagement,
)
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.sweep.sweeps import (
    DAY,
    IN_TURN,
    Sweeping,
    a_drift,
    a_sweep,
    at_step,
    done_until,
    steps_of_a_run,
)

DRIFTED = ("role-drifted", "acme-prod", "readonly")
OTHER_ARN = "arn:aws:iam::987654321098:role/Other"


# Somebody changes something while the probes run.


def edits(sweeping: Sweeping) -> Callable[[], None]:
    def edit() -> None:
        old = sweeping.role()
        sweeping.world.add(replace(old, max_session=old.max_session - 1, version=old.version + 1))

    return edit


def test_a_role_that_is_edited_meanwhile_is_verified_again() -> None:
    sweeping = a_sweep()
    del sweeping.world.roles[ROLE_ARN]
    sweeping.world.just_before("change", edits(sweeping))

    swept = sweeping.run()

    assert sweeping.news() == [DRIFTED]
    assert sweeping.vends() is Reason.ROLE_UNVERIFIED
    assert (swept.checked, swept.drifted, swept.unchecked) == (4, 1, 0)


def test_a_role_that_is_edited_all_the_time_is_told_of_and_not_waited_for() -> None:
    sweeping = a_sweep()
    edit = edits(sweeping)
    sweeping.world.before = lambda step: edit() if step == "change" else None

    swept = sweeping.run()

    assert sweeping.news() == [("daily-check", "acme-prod", "readonly")]
    assert "changed it in Daypass" in sweeping.why_unchecked()[0]
    tries = [e for e in sweeping.world.entries if e.engagement == "acme-prod"]
    assert [e.outcome for e in tries] == [*[Outcome.INTENDED] * 2, Outcome.FAILED]
    assert (swept.checked, swept.unchecked, swept.ended) == (3, 1, RunEnd.ALL_DONE)


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_at": NOON, "verification": None},
        {"arn": OTHER_ARN, "verification": None},
    ],
    ids=["ended", "of another ARN"],
)
def test_a_role_that_is_no_longer_to_be_checked_is_let_go(changes: dict[str, Any]) -> None:
    sweeping = a_sweep()
    new = replace(sweeping.role(), version=2, **changes)
    sweeping.world.just_before("change", lambda: sweeping.world.add(new))

    swept = sweeping.run()

    assert sweeping.role() == new
    assert not sweeping.news()
    assert (swept.checked, swept.ended) == (3, RunEnd.ALL_DONE)


# A rotation of the external ID.


@pytest.mark.parametrize("also", ["", EXTERNAL_ID], ids=["replaced", "added"])
def test_a_client_who_has_replaced_the_external_id_early_has_not_drifted(also: str) -> None:
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(next_external_id="daypass-next"))
    sweeping.world.roles[ROLE_ARN] = FakeRole("daypass-next", also=also)

    sweeping.run()

    assert not sweeping.news()
    assert sweeping.vends() is None
    place = sweeping.ports.state.get(Engagement, "acme-prod")
    assert place is not None
    assert (place.external_id, place.next_external_id) == ("daypass-next", None)
    assert place.previous_external_id == (EXTERNAL_ID if also else None)


def test_a_rotation_is_finished_by_the_schedule_alone() -> None:
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(previous_external_id="daypass-former"))

    sweeping.run()

    place = sweeping.ports.state.get(Engagement, "acme-prod")
    assert place is not None
    assert place.previous_external_id is None


# Two runs at once.


@pytest.mark.parametrize("step", steps_of_a_run(a_drift()))
def test_of_two_runs_at_once_one_stops_and_all_are_checked(step: int) -> None:
    sweeping = a_drift()
    other = []
    at_step(sweeping.world, step, lambda: other.append(sweeping.run()))

    swept = sweeping.run()

    assert {swept.ended, other[0].ended} <= {RunEnd.ALL_DONE, RunEnd.ANOTHER_RUN}
    assert other[0].ended is RunEnd.ALL_DONE
    assert sweeping.checked() == IN_TURN
    assert done_until(sweeping) == next_due_check("globex", NOON - DAY)
    assert set(sweeping.news()) == {DRIFTED}
    assert len(sweeping.news()) <= 2
    assert sweeping.vends() is Reason.ROLE_UNVERIFIED
    assert not sweeping.failures
    # It stops at once: no more than the turn that it was at is done twice.
    assert swept.engagements + other[0].engagements <= len(IN_TURN) + 1
