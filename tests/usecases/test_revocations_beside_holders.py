"""Revocations that store no stop, beside someone who uses the same item before each attempt.

A set-up link, an enrolment code and a request are revoked in one transaction on their own item. So
someone who could change that item as often as they like could prevent it. Its holder cannot: each
use either ends the item, or is possible only once in a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.onboarding.links import revoke_link
from chalicelib.usecases.people.members import revoke_enrolment
from chalicelib.usecases.requests.decide import deny_request
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import LINK_TEXT, Scene, a_link, a_scene, an_enrolment
from tests.rows import every
from tests.usecases.people.enrolment_scene import got
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask
from tests.usecases.requests.test_several_approvers import TWO_PEOPLE


@contextmanager
def acting_before_each_write(scene: Scene, act: Callable[[], Any]) -> Iterator[list[bool]]:
    """Let someone act before each attempt to write, until the block ends. Yield a list that has, of
    each try, whether it succeeded."""
    tries: list[bool] = []
    is_acting = False

    def interfere(step: str) -> None:
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


def test_the_holder_of_a_link_cannot_prevent_its_revocation_with_the_check_button() -> None:
    scene = a_scene(a_link())
    check = lambda: check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")  # noqa: E731
    with acting_before_each_write(scene, check) as tries:
        link = scene.do(revoke_link, "acme-prod", a_link().id, why="left")
    assert link.revoked_at is not None
    assert tries == [True, False]


def test_the_holder_of_a_code_can_only_use_it_and_the_lead_hears_of_it() -> None:
    scene = a_scene(an_enrolment())
    with (
        acting_before_each_write(scene, lambda: got(scene)),
        pytest.raises(Conflict, match="Revoke the token") as refusal,
    ):
        scene.do(revoke_enrolment, "alice", why="wrong person")
    assert refusal.value.reason is Reason.ALREADY_ENDED


ENDS: dict[str, tuple[RequestStatus, Callable[[Scene, str], Any]]] = {
    "denied": (
        RequestStatus.DENIED,
        lambda s, request: s.do(deny_request, request, why="not now", by="mia"),
    ),
    "withdrawn": (
        RequestStatus.WITHDRAWN,
        lambda s, request: s.do(withdraw_request, request, by="alice"),
    ),
}


@every("name", ENDS)
def test_an_approver_cannot_prevent_the_end_of_a_request_by_approving_it(name: str) -> None:
    status, end = ENDS[name]
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene).id
    with acting_before_each_write(scene, lambda: approve(scene, request, "bob")) as tries:
        assert end(scene, request).status is status
    assert tries == [True, False]
