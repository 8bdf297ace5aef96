"""A revocation is begun again while the records do not take it, and for nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, InvalidRequest, Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR
from chalicelib.usecases.recording import SystemActor, retry_on_conflict
from tests.builders import Scene, a_member, a_scene, a_token
from tests.fakes import NOON
from tests.rows import every


def retried(scene: Scene, *answers: DaypassError | str) -> str:
    """Return the result of retrying attempts with these outcomes, one after the other."""
    left = iter(answers)

    def attempt(_: object) -> str:
        answer = next(left)
        if isinstance(answer, DaypassError):
            raise answer
        return answer

    return scene.do(retry_on_conflict, attempt)


@every("obstacle", [Conflict(Reason.CHANGED_MEANWHILE), Unavailable(Reason.RECORDS_UNAVAILABLE)])
def test_temporary_errors_are_retried_until_success(obstacle: DaypassError) -> None:
    assert retried(a_scene(), obstacle, obstacle, "done") == "done"


@every("obstacle", [Conflict(Reason.NOT_ENDED), InvalidRequest(Reason.BAD_VALUE)])
def test_lasting_errors_are_not_retried(obstacle: DaypassError) -> None:
    with pytest.raises(type(obstacle)) as response:
        retried(a_scene(), obstacle, "done")
    assert response.value is obstacle


def test_each_pause_gets_the_number_of_earlier_attempts() -> None:
    scene, tries = a_scene(), list[int]()
    again = Unavailable(Reason.RECORDS_UNAVAILABLE)
    counted = replace(scene, ports=replace(scene.ports, pause=tries.append))
    retried(counted, again, again, again, "done")
    assert tries == [0, 1, 2]


def test_retries_stop_after_a_second_and_a_half() -> None:
    scene = a_scene()
    again = Unavailable(Reason.RECORDS_UNAVAILABLE)
    with pytest.raises(Unavailable):
        retried(scene, *[again] * 100)
    assert scene.world.clock - NOON == timedelta(seconds=1.6)  # the fake's pauses are 0.1 s


def test_each_retry_authenticates_the_caller_again() -> None:
    """No retry writes with the rights that the caller had at the first attempt."""
    scene, met = a_scene(), list[tuple[str, str]]()

    def attempt(by: Caller) -> None:
        met.append((by.member.name, by.token.label))
        if len(met) == 1:
            renamed = a_member("lena", kind=Kind.LEAD, name="Lena B.", version=2)
            scene.world.add(renamed, a_token("lena", label="desktop", version=2))
            raise Conflict(Reason.CHANGED_MEANWHILE)

    lena = scene.caller()
    retry_on_conflict(scene.ports, lena, attempt)
    assert met == [(lena.member.name, lena.token.label), ("Lena B.", "desktop")]


def test_a_retry_needs_no_caller() -> None:
    scene, met = a_scene(), list[str]()

    def attempt(by: SystemActor) -> None:
        met.append(by.actor)
        if len(met) == 1:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    retry_on_conflict(scene.ports, SystemActor(OPERATOR), attempt)
    assert met == [OPERATOR, OPERATOR]
