"""A rotation on a real trust policy, and beside everything else: nothing is half-written.

What becomes of a change at each step and each question: tests/usecases/verification.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import ChangeRole, Role
from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.verification.proof import Check, Grade, ProbeOutcome, Result, grade
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import change_role
from tests.adapters.client_side import ClientSide
from tests.adapters.scene import all_at_once, entry, trail_of
from tests.builders import a_probe

ROUNDS = 2


def is_whole(side: ClientSide) -> bool:
    """The role that is vended from is proven for the external ID that is sent."""
    return side.role().proof(side.engagement) is not None


def ready_to_go_over(side: ClientSide) -> tuple[str, str]:
    """The client lists both IDs, and no check has seen it yet."""
    side.check()
    old, new = side.engagement.external_id, side.rotate().next_external_id
    side.follow_setup_page()
    return old, str(new)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_vend_fails_while_the_next_id_takes_over(side: ClientSide, round_number: int) -> None:
    old, new = ready_to_go_over(side)

    def a_few() -> list[VendedSession]:
        return [side.vend() for _ in range(4)]

    checked, *drawn = all_at_once([side.check, *[a_few] * 5])
    assert isinstance(checked, Role)
    assert (side.engagement.external_id, side.engagement.previous_external_id) == (new, old)
    assert all(isinstance(item, list | Conflict) for item in drawn), drawn
    assert is_whole(side)
    side.vend()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_vend_fails_while_a_rotation_begins(side: ClientSide, round_number: int) -> None:
    side.check()
    rotated, *drawn = all_at_once([side.rotate, *[side.vend] * 6])
    assert isinstance(rotated, Engagement)
    assert all(isinstance(item, VendedSession | Conflict) for item in drawn), drawn
    side.vend()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_checks_at_once_the_next_id_is_gone_over_to_once(
    side: ClientSide, round_number: int
) -> None:
    old, new = ready_to_go_over(side)
    checked = all_at_once([side.check] * 4)
    assert any(isinstance(item, Role) for item in checked)
    assert all(isinstance(item, Role | Conflict) for item in checked), checked
    side.check()  # in case each of them got in another's way
    assert (side.engagement.external_id, side.engagement.previous_external_id) == (new, old)
    assert is_whole(side)
    promoted = [
        e
        for e in trail_of(side.aws, side.id)
        if e.action is Action.EXTERNAL_ID_PROMOTE and e.outcome is Outcome.DONE
    ]
    assert len(promoted) == 1


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_rotations_at_once_one_begins(side: ClientSide, round_number: int) -> None:
    side.check()
    rotated = all_at_once([side.rotate] * 4)
    (begun,) = [item for item in rotated if isinstance(item, Engagement)]
    assert sum(isinstance(item, Conflict) for item in rotated) == 3
    assert side.engagement.next_external_id == begun.next_external_id


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
    before, engagement = side.role(), side.engagement
    checked, edited = all_at_once([side.check, lambda: EDITS[edit](side)])
    assert isinstance(checked, Role | Conflict), checked
    assert isinstance(edited, Role | Engagement | Conflict), edited
    role, now = side.role(), side.engagement
    if isinstance(edited, Role):
        assert (role.arn, role.max_session) == (edited.arn, edited.max_session)
    if isinstance(edited, Engagement):
        assert now.client == "Acme Ltd"
    if isinstance(edited, Conflict):
        assert (role.arn, role.max_session) == (before.arn, before.max_session)
        assert now.client == engagement.client
    if role.verification is not None and role.verification.passed:
        assert role.verification.role_arn == role.arn
        assert is_whole(side)


def let_in(side: ClientSide, external_id: str | None, name: str = "readonly") -> bool:
    answer = side.ports.sts.probe(a_probe(side.role(name).arn, external_id))
    assert answer in (ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED)
    return answer is ProbeOutcome.ACCEPTED


def grade_of(side: ClientSide, name: str = "readonly") -> Grade:
    proof = side.role(name).verification
    assert proof is not None
    return grade(proof.results)


def test_step_by_step_the_next_id_takes_over_and_the_old_one_is_refused(side: ClientSide) -> None:
    old = side.engagement.external_id
    side.check()
    assert grade_of(side) is Grade.A
    side.vend()

    # A lead has the next one made. Nothing changes for anybody.
    new = side.rotate().next_external_id
    assert new is not None
    assert side.ids == (old, new, None)
    side.vend()
    side.check()
    assert side.ids == (old, new, None)
    assert grade_of(side) is Grade.A
    side.vend()

    # The page asks for both by now, and the client does as it says.
    side.follow_setup_page()
    assert let_in(side, old)
    assert let_in(side, new)
    side.vend()
    side.check()
    assert side.ids == (new, None, old)
    side.vend()

    # It still lets the former one in, which is told, and is no reason to stop.
    proof = side.check().verification
    assert proof is not None
    assert proof.results[Check.PREVIOUS_ID] is Result.FAILED
    assert grade_of(side) is Grade.B
    side.vend()

    # The page asks for one ID again.
    side.follow_setup_page()
    assert let_in(side, new)
    assert not let_in(side, old)
    side.vend()
    side.check()
    assert side.ids == (new, None, None)
    assert grade_of(side) is Grade.A
    side.vend()
    for item in (old, new):  # what was replaced is never given to anybody again
        taken = UsedExternalId(external_id=item, engagement="another")
        with pytest.raises(FactsChanged):
            side.ports.state.change([taken], entry(f"{side.id}-{item[-8:]}"))
