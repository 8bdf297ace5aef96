"""Once an engagement is over the client's roles should refuse us: what the local AWS says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.engagements.engagements import (
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.verification.closing_check import look_whether_shut
from tests.adapters.client_side import ClientSide, Policy, opened
from tests.adapters.faults import STS_FAULTS, failing
from tests.adapters.races.brokers import a_broker, listing
from tests.adapters.scene import Aws, on_the_trail, one_by_one
from tests.adapters.vending.trusts import on_condition


def look(side: ClientSide) -> Any:
    return look_whether_shut(side.ports, side.lead, side.id)


def told(side: ClientSide) -> list[Entry]:
    """What the trail says of leaving, beginning with the intent of the last look."""
    entries = [e for e in on_the_trail(side.aws, side.id) if e.action is Action.ENGAGEMENT_LEAVE]
    assert entries[-2].outcome is Outcome.INTENDED
    return entries[-2:]


@pytest.fixture
def over(side: ClientSide) -> ClientSide:
    """A closed engagement, whose client has the role as it was."""
    side.check()
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    return side


def ended(side: ClientSide) -> None:
    """Trust that ends by itself: the date has passed."""
    policy = side.advised()
    passed = {"aws:CurrentTime": rfc3339(side.ports.now().replace(microsecond=0))}
    for statement in policy["Statement"]:
        statement["Condition"]["DateLessThan"] = passed
    side.trusts(policy)


def names(member: str) -> Callable[[ClientSide], None]:
    """Its trust policy demands the external ID, and this member's name."""

    def trusts(side: ClientSide) -> None:
        policy = side.advised()
        on_condition(StringLike={"sts:RoleSessionName": f"{member}.*"})(policy, "")
        side.trusts(policy)

    return trusts


def has_another_external_id(side: ClientSide) -> None:
    policy = side.advised()
    policy["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "daypass-not-ours"
    side.trusts(policy)


SHUT: dict[str, Callable[[ClientSide], None]] = {
    "the role is deleted": ClientSide.deletes,
    "its trust policy lets nobody in": ClientSide.shuts_the_door,
    "its end date has passed": ended,
    "it has another external ID by now": has_another_external_id,
    "it lets in somebody who never had a grant": names("mallory"),
}


@pytest.mark.parametrize("way", SHUT)
def test_a_client_that_shuts_us_out_has_it_stated(over: ClientSide, way: str) -> None:
    SHUT[way](over)
    left = look(over)
    assert left.left_at is not None
    assert over.place == left
    intent, statement = told(over)
    assert statement.outcome is Outcome.DONE
    assert statement.details["refused_by"] == over.role().arn == intent.details["role_arns"]


def test_a_role_that_still_lets_us_in_is_named_and_nothing_is_stated(over: ClientSide) -> None:
    before = over.place
    assert look(over) == before
    assert before.left_at is None
    _, statement = told(over)
    assert statement.outcome is Outcome.REFUSED
    assert statement.details["still_let_in"] == over.role().arn
    over.shuts_the_door()
    assert look(over).left_at is not None


def test_a_role_that_lets_in_one_of_us_by_name_is_named_too(over: ClientSide) -> None:
    names(over.id)(over)  # the member is called as the engagement is
    assert look(over).left_at is None
    _, statement = told(over)
    assert statement.details == {"still_let_in": over.role().arn, "let_in_as": over.id}


def without_external_id(side: ClientSide) -> Policy:
    policy = side.advised()
    del policy["Statement"][0]["Condition"]["StringEquals"]
    return policy


def test_a_role_that_lets_anybody_in_lets_us_in(over: ClientSide) -> None:
    over.trusts(without_external_id(over))
    assert look(over).left_at is None


@pytest.mark.parametrize("which", ["the next", "the former"])
def test_every_external_id_of_a_rotation_has_to_be_refused(side: ClientSide, which: str) -> None:
    """Closed in the middle of it: the client has either of them, and neither is the one sent."""
    side.check()
    old = side.place.external_id
    side.rotate()
    if which == "the former":
        side.do_as_the_page_says()
        side.check()
    stray = side.place.next_external_id if which == "the next" else old
    policy = side.advised()
    policy["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = stray
    side.trusts(policy)
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    assert look(side).left_at is None
    side.shuts_the_door()
    assert look(side).left_at is not None


def test_all_roles_have_to_refuse_us_those_that_have_ended_as_well(aws: Aws, name: str) -> None:
    side = opened(aws, name, "readonly", "deploy")
    side.do_as_the_page_says("readonly", "deploy")
    end_role(side.ports, side.lead, side.id, "deploy", why="not needed")
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    side.deletes("readonly")
    assert look(side).left_at is None
    assert told(side)[-1].details["still_let_in"] == side.role("deploy").arn
    side.deletes("deploy")
    assert look(side).left_at is not None


def test_after_a_revocation_too(side: ClientSide) -> None:
    side.check()
    revoke_engagement(side.ports, side.lead, side.id, why="something is wrong")
    assert look(side).left_at is None
    side.shuts_the_door()
    assert look(side).left_at is not None


def test_while_the_engagement_runs_nobody_looks(side: ClientSide) -> None:
    with pytest.raises(Conflict, match="not-ended"):
        look(side)


def test_what_is_stated_is_stated_once(over: ClientSide) -> None:
    over.shuts_the_door()
    left = look(over)
    entries = on_the_trail(over.aws, over.id)
    assert look(over) == left
    assert on_the_trail(over.aws, over.id) == entries


def test_an_engagement_that_is_reopened_has_not_been_left(over: ClientSide) -> None:
    over.shuts_the_door()
    look(over)
    reopen_engagement(over.ports, over.lead, over.id, why="more work")
    assert over.place.left_at is None
    over.do_as_the_page_says()
    over.check()
    over.vend()


@pytest.mark.parametrize("fault", [f for f in STS_FAULTS if f != "denied"])
def test_no_answer_is_no_refusal(over: ClientSide, sts: Any, fault: str) -> None:
    over.shuts_the_door()
    with failing(sts, "AssumeRole", STS_FAULTS[fault]), pytest.raises(Unavailable):
        look(over)
    assert told(over)[-1].outcome is Outcome.FAILED
    assert over.place.left_at is None


def test_a_refusal_that_is_our_own_states_nothing(over: ClientSide) -> None:
    """The operator has taken the client off the broker's list; the role would let it in."""
    other = a_broker(over.aws, *listing("arn:aws:iam::876543210987:role/Theirs"))
    with pytest.raises(Unavailable):
        look_whether_shut(replace(over.ports, sts=other), over.lead, over.id)
    assert told(over)[-1].details == {"not_permitted_to_ask": over.role().arn}
    assert over.place.left_at is None


def test_an_edit_meanwhile_leaves_nothing_stated(over: ClientSide) -> None:
    """What was seen was seen of other facts: somebody reopens it while the roles are tried."""
    over.shuts_the_door()
    asked = over.ports.sts.probe

    class Reopening:
        """The Sts port, with a lead who reopens the engagement meanwhile."""

        def probe(self, *args: Any, **more: Any) -> Any:
            if over.place.closed_at is not None:
                reopen_engagement(over.ports, over.lead, over.id, why="more work")
            return asked(*args, **more)

        def may_ask(self, role_arn: str) -> bool:
            return True

    ports = replace(one_by_one(over.ports), sts=Reopening())  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="changed-meanwhile"):
        look_whether_shut(ports, over.lead, over.id)
    assert over.place.left_at is None
