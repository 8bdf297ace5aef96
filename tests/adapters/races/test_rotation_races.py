"""Checks and rotations beside everything else, on the real adapters: nothing is half-written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import ChangeRole, Role
from chalicelib.domain.errors import AccessDenied, Conflict, Unavailable
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.verification.proof import Check, Grade, Result, grade
from chalicelib.domain.verification.wrong_ids import CALLS_OF_A_FULL_CHECK
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import change_role
from chalicelib.usecases.ports import Ports
from tests.adapters.client_side import ClientSide, Policy
from tests.adapters.scene import all_at_once, on_the_trail, one_by_one

ROUNDS = 2


def is_whole(side: ClientSide) -> bool:
    """The role that is vended from is proven for the external ID that is sent."""
    return side.role().proof(side.place) is not None


def ready_to_go_over(side: ClientSide) -> tuple[str, str]:
    """The client lists both IDs, and no check has seen it yet."""
    side.check()
    old, new = side.place.external_id, side.rotate().next_external_id
    side.do_as_the_page_says()
    return old, str(new)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_vend_fails_while_the_next_id_takes_over(side: ClientSide, round_number: int) -> None:
    old, new = ready_to_go_over(side)

    def a_few() -> list[VendedSession]:
        return [side.vend() for _ in range(4)]

    checked, *drawn = all_at_once([side.check, *[a_few] * 5])
    assert isinstance(checked, Role)
    assert (side.place.external_id, side.place.former_external_id) == (new, old)
    assert all(isinstance(one, list | Conflict) for one in drawn), drawn
    assert is_whole(side)
    side.vend()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_vend_fails_while_a_rotation_begins(side: ClientSide, round_number: int) -> None:
    side.check()
    rotated, *drawn = all_at_once([side.rotate, *[side.vend] * 6])
    assert isinstance(rotated, Engagement)
    assert all(isinstance(one, VendedSession | Conflict) for one in drawn), drawn
    side.vend()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_checks_at_once_the_next_id_is_gone_over_to_once(
    side: ClientSide, round_number: int
) -> None:
    old, new = ready_to_go_over(side)
    checked = all_at_once([side.check] * 4)
    assert any(isinstance(one, Role) for one in checked)
    assert all(isinstance(one, Role | Conflict) for one in checked), checked
    side.check()  # in case each of them got in another's way
    assert (side.place.external_id, side.place.former_external_id) == (new, old)
    assert is_whole(side)
    promoted = [
        e
        for e in on_the_trail(side.aws, side.id)
        if e.action is Action.EXTERNAL_ID_PROMOTE and e.outcome is Outcome.DONE
    ]
    assert len(promoted) == 1


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_rotations_at_once_one_begins(side: ClientSide, round_number: int) -> None:
    side.check()
    rotated = all_at_once([side.rotate] * 4)
    (begun,) = [one for one in rotated if isinstance(one, Engagement)]
    assert sum(isinstance(one, Conflict) for one in rotated) == 3
    assert side.place.next_external_id == begun.next_external_id


EDITS: dict[str, Callable[[ClientSide], Any]] = {
    "another ARN": lambda side: change_role(
        side.ports, side.lead, side.id, "readonly", ChangeRole(arn=side.role().arn + "2")
    ),
    "shorter sessions": lambda side: change_role(
        side.ports, side.lead, side.id, "readonly", ChangeRole(max_session=1800)
    ),
    "another name of the client": lambda side: change_engagement(
        side.ports, side.lead, side.id, ChangeEngagement(client="Acme Ltd")
    ),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("rotating", [False, True])
def test_a_check_beside_an_edit_writes_all_or_nothing(
    side: ClientSide, edit: str, *, rotating: bool
) -> None:
    """Both were decided on what they had read: whoever is second does not write over the first."""
    if rotating:
        ready_to_go_over(side)
    before, place = side.role(), side.place
    checked, edited = all_at_once([side.check, lambda: EDITS[edit](side)])
    assert isinstance(checked, Role | Conflict), checked
    assert isinstance(edited, Role | Engagement | Conflict), edited
    role, now = side.role(), side.place
    if isinstance(edited, Role):
        assert (role.arn, role.max_session) == (edited.arn, edited.max_session)
    if isinstance(edited, Engagement):
        assert now.client == "Acme Ltd"
    if isinstance(edited, Conflict):
        assert (role.arn, role.max_session) == (before.arn, before.max_session)
        assert now.client == place.client
    if role.verification is not None and role.verification.passed:
        assert role.verification.role_arn == role.arn
        assert is_whole(side)


class Meanwhile:
    """The Sts port, with somebody who acts right before its question of this number."""

    def __init__(self, ports: Ports, number: int, act: Callable[[], Any]) -> None:
        self._sts, self._act, self._left = ports.sts, act, number

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._sts, name)

        def ask(*args: Any, **more: Any) -> Any:
            if self._left == 0:
                self._act()
            self._left -= 1
            return asked(*args, **more)

        return ask


def anybody(side: ClientSide) -> Policy:
    """Without the condition on the external ID."""
    policy = side.advised()
    del policy["Statement"][0]["Condition"]["StringEquals"]
    return policy


def nobody(_: ClientSide) -> Policy:
    return closed_trust_policy()


def meanwhile(side: ClientSide, number: int, act: Callable[[], Any]) -> Ports:
    """The ports, whose questions to STS come one after the other, and somebody who acts."""
    sts = Meanwhile(side.ports, number, act)
    return replace(one_by_one(side.ports), sts=sts)  # type: ignore[arg-type]


AMONG = CALLS_OF_A_FULL_CHECK // 2
"""One of the questions to all of which a role that is safe refuses us. Each of the others:
tests/usecases/verification."""


@pytest.mark.parametrize(
    ("before", "after", "number", "expected"),
    [
        pytest.param(ClientSide.advised, anybody, AMONG, Grade.F, id="opens it to anybody"),
        pytest.param(anybody, ClientSide.advised, AMONG, Grade.F, id="demands the external ID"),
        pytest.param(ClientSide.advised, nobody, AMONG, None, id="shuts the door"),
        pytest.param(nobody, ClientSide.advised, 1, None, id="opens the door"),
    ],
)
def test_a_trust_policy_that_changes_while_it_is_checked_is_never_thought_safer_than_it_was(
    side: ClientSide,
    before: Callable[[ClientSide], Policy],
    after: Callable[[ClientSide], Policy],
    number: int,
    expected: Grade | None,
) -> None:
    """None: nothing was proven, and it is to be tried again."""
    side.trusts(before(side))
    told = meanwhile(side, number, lambda: side.trusts(after(side)))
    try:
        proof = side.check(ports=told).verification
    except Unavailable:
        assert expected is None
    else:
        assert proof is not None
        assert grade(proof.results) is expected


def test_what_was_not_proven_leaves_what_was_known(side: ClientSide) -> None:
    before = side.check()
    told = meanwhile(side, AMONG, side.shuts_the_door)
    with pytest.raises(Unavailable):
        side.check(ports=told)
    assert side.role() == before
    assert on_the_trail(side.aws, side.id)[-1].outcome is Outcome.FAILED


def test_a_client_that_shuts_the_door_in_the_middle_of_a_promotion_keeps_the_old_id(
    side: ClientSide,
) -> None:
    old, new = ready_to_go_over(side)
    # The check itself asks first, and then the promotion.
    told = meanwhile(side, CALLS_OF_A_FULL_CHECK + AMONG, side.shuts_the_door)
    side.check(ports=told)
    assert (side.place.external_id, side.place.next_external_id) == (old, new)
    assert is_whole(side)
    side.do_as_the_page_says()
    side.vend()
    side.check()
    assert side.place.external_id == new


class ReadInTwoHalves:
    """The State port, which reads the engagement and the role of a vend at different moments.

    DynamoDB reads each item of a BatchGetItem for itself; the local one reads them at once.
    """

    def __init__(self, ports: Ports, halves: list[Callable[[Facts], Facts]]) -> None:
        self._state, self._halves = ports.state, halves

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def facts(self, *asked: Any) -> Facts:
        facts = self._state.facts(*asked)
        return self._halves.pop(0)(facts) if self._halves else facts


@pytest.mark.parametrize("half", ["engagement", "role"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_promotion_that_is_read_in_two_halves_refuses_nobody(
    side: ClientSide, half: str, times: int
) -> None:
    ready_to_go_over(side)
    before = {"engagement": side.place, "role": side.role()}
    side.check()
    stale: dict[str, Any] = {half: before[half]}
    halves = [lambda facts: replace(facts, **stale)] * times
    torn = replace(side.ports, state=ReadInTwoHalves(side.ports, halves))  # type: ignore[arg-type]
    assert side.vend(ports=torn)


def test_a_role_that_is_not_proven_is_refused_after_one_look(side: ClientSide) -> None:
    ready_to_go_over(side)
    side.check()
    side.trusts(closed_trust_policy())
    assert side.check().verification is not None
    looks: list[Facts] = []

    def note(facts: Facts) -> Facts:
        looks.append(facts)
        return facts

    counting = replace(side.ports, state=ReadInTwoHalves(side.ports, [note] * 9))  # type: ignore[arg-type]
    with pytest.raises(AccessDenied, match="role-unverified"):
        side.vend(ports=counting)
    assert len(looks) == 1


def test_the_former_id_is_not_given_up_while_its_check_is_under_way(side: ClientSide) -> None:
    """The client puts the former ID back between the check and the last look at it."""
    old, new = ready_to_go_over(side)
    side.check()
    with_both = side.advised()
    with_both["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = [new, old]
    side.do_as_the_page_says()
    # The check asks for the former one too, in four dresses.
    told = meanwhile(side, CALLS_OF_A_FULL_CHECK + 4, lambda: side.trusts(with_both))
    proof = side.check(ports=told).verification
    assert proof is not None
    assert proof.results[Check.FORMER_ID] is Result.PASSED
    assert side.place.former_external_id == old
