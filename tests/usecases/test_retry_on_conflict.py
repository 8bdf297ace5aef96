"""A revocation is begun again while the records do not take it, and for nothing else."""

from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, InvalidRequest, Unavailable
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import OPERATOR
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.onboarding.links import revoke_link
from chalicelib.usecases.people.members import revoke_enrolment
from chalicelib.usecases.recording import SystemActor, retry_on_conflict
from chalicelib.usecases.requests.decide import deny_request
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import LINK_TEXT, NOON, a_link, a_member, a_scene, a_token, an_enrolment
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.people.enrolment_scene import got
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask
from tests.usecases.requests.test_deciding import TWO_PEOPLE


def retried(scene, *answers):
    """Return the result of retrying attempts with these outcomes, one after the other."""
    left = iter(answers)

    def attempt(_):
        answer = next(left)
        if isinstance(answer, DaypassError):
            raise answer
        return answer

    return scene.do(retry_on_conflict, attempt)


@every("obstacle", [Conflict(Reason.CHANGED_MEANWHILE), DOWN])
def test_temporary_errors_are_retried_until_success(obstacle):
    assert retried(a_scene(), obstacle, obstacle, "done") == "done"


@every("obstacle", [Conflict(Reason.NOT_ENDED), InvalidRequest(Reason.BAD_VALUE)])
def test_lasting_errors_are_not_retried(obstacle):
    with pytest.raises(type(obstacle)) as response:
        retried(a_scene(), obstacle, "done")
    assert response.value is obstacle


def test_each_pause_gets_the_number_of_earlier_attempts():
    scene, tries = a_scene(), list[int]()
    counted = replace(scene, ports=replace(scene.ports, pause=tries.append))
    retried(counted, *[DOWN] * 3, "done")
    assert tries == [0, 1, 2]


def test_retries_stop_after_a_second_and_a_half():
    scene = a_scene()
    with pytest.raises(Unavailable):
        retried(scene, *[DOWN] * 100)
    assert scene.clock - NOON == timedelta(seconds=1.6)  # the fake's pauses are 0.1 s


def test_each_retry_authenticates_the_caller_again():
    """No retry writes with the rights that the caller had at the first attempt."""
    scene, met = a_scene(), list[tuple[str, str]]()

    def attempt(by):
        met.append((by.member.name, by.token.label))
        if len(met) == 1:
            renamed = a_member("lena", kind=Kind.LEAD, name="Lena B.", version=2)
            scene.add(renamed, a_token("lena", label="desktop", version=2))
            raise Conflict(Reason.CHANGED_MEANWHILE)

    lena = scene.caller()
    retry_on_conflict(scene.ports, lena, attempt)
    assert met == [(lena.member.name, lena.token.label), ("Lena B.", "desktop")]


def test_a_retry_needs_no_caller():
    scene, met = a_scene(), list[str]()

    def attempt(by):
        met.append(by.actor)
        if len(met) == 1:
            raise DOWN

    retry_on_conflict(scene.ports, SystemActor(OPERATOR), attempt)
    assert met == [OPERATOR, OPERATOR]


# Revocations that store no stop, beside someone who uses the same item before each attempt.


@contextmanager
def acting_before_each_write(scene, act):
    """Let someone act before each attempt to write, until the block ends. Yield a list that has, of
    each try, whether it succeeded."""
    tries = []
    is_acting = False

    def interfere(step):
        nonlocal is_acting
        if step == "change" and not is_acting:
            is_acting = True
            tries.append(False)
            with suppress(DaypassError):
                act()
                tries[-1] = True
            is_acting = False

    scene.world.before = interfere
    yield tries
    scene.world.before = None


def test_the_holder_of_a_link_cannot_prevent_its_revocation_with_the_check_button():
    scene = a_scene(a_link())
    check = lambda: check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")  # noqa: E731
    with acting_before_each_write(scene, check) as tries:
        link = scene.do(revoke_link, "acme-prod", a_link().id)
    assert link.revoked_at is not None
    assert tries == [True, False]


def test_the_holder_of_a_code_can_only_use_it_and_the_lead_hears_of_it():
    scene = a_scene(an_enrolment())
    with (
        acting_before_each_write(scene, lambda: got(scene)),
        pytest.raises(Conflict, match="Revoke the token") as refusal,
    ):
        scene.do(revoke_enrolment, "alice")
    assert refusal.value.reason == "already-ended"


ENDS = {
    "denied": (
        RequestStatus.DENIED,
        lambda s, request: s.do(deny_request, request, by="mia"),
    ),
    "withdrawn": (
        RequestStatus.WITHDRAWN,
        lambda s, request: s.do(withdraw_request, request, by="alice"),
    ),
}


@every("name", ENDS)
def test_an_approver_cannot_prevent_the_end_of_a_request_by_approving_it(name):
    status, end = ENDS[name]
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene).id
    with acting_before_each_write(scene, lambda: approve(scene, request, "bob")) as tries:
        assert end(scene, request).status is status
    assert tries == [True, False]
