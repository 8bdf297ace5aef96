"""Once an engagement is over the client's roles should refuse us: what the local AWS says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.client_side import ClientSide
from tests.adapters.faults import STS_FAULTS, failing
from tests.adapters.races.brokers import a_broker, listing
from tests.adapters.scene import trail_of
from tests.adapters.vending.trusts import on_condition


def look(side: ClientSide) -> Any:
    return check_access_removed(side.ports, side.lead, side.id)


def told(side: ClientSide) -> list[Entry]:
    """What the trail says of leaving, beginning with the intent of the last look."""
    entries = [e for e in trail_of(side.aws, side.id) if e.action is Action.ENGAGEMENT_LEAVE]
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
    policy = side.advised_policy()
    passed = {"aws:CurrentTime": rfc3339(side.ports.now().replace(microsecond=0))}
    for statement in policy["Statement"]:
        statement["Condition"]["DateLessThan"] = passed
    side.set_trust_policy(policy)


def names(member: str) -> Callable[[ClientSide], None]:
    """Its trust policy demands the external ID, and this member's name."""

    def trusts(side: ClientSide) -> None:
        policy = side.advised_policy()
        on_condition(StringLike={"sts:RoleSessionName": f"{member}.*"})(policy, "")
        side.set_trust_policy(policy)

    return trusts


def has_another_external_id(side: ClientSide) -> None:
    policy = side.advised_policy()
    policy["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "daypass-not-ours"
    side.set_trust_policy(policy)


SHUT: dict[str, Callable[[ClientSide], None]] = {
    "the role is deleted": ClientSide.delete_role,
    "its trust policy lets nobody in": ClientSide.close_trust_policy,
    "its end date has passed": ended,
    "it has another external ID by now": has_another_external_id,
    "it lets in somebody who never had a grant": names("mallory"),
}


@pytest.mark.parametrize("way", SHUT)
def test_a_client_that_shuts_us_out_has_it_stated(over: ClientSide, way: str) -> None:
    SHUT[way](over)
    left = look(over)
    assert left.access_removed_at is not None
    assert over.engagement == left
    intent, statement = told(over)
    assert statement.outcome is Outcome.DONE
    assert statement.details["refused_by"] == over.role().arn == intent.details["role_arns"]


def test_a_role_that_still_lets_us_in_is_named_and_nothing_is_stated(over: ClientSide) -> None:
    before = over.engagement
    assert look(over) == before
    assert before.access_removed_at is None
    _, statement = told(over)
    assert statement.outcome is Outcome.REFUSED
    assert statement.details["still_let_in"] == over.role().arn
    over.close_trust_policy()
    assert look(over).access_removed_at is not None


def test_a_role_that_lets_in_one_of_us_by_name_is_named_too(over: ClientSide) -> None:
    names(over.id)(over)  # the member is called as the engagement is
    assert look(over).access_removed_at is None
    _, statement = told(over)
    assert statement.details == {"still_let_in": over.role().arn, "let_in_as": over.id}


@pytest.mark.parametrize("fault", [f for f in STS_FAULTS if f != "denied"])
def test_no_answer_is_no_refusal(over: ClientSide, sts: Any, fault: str) -> None:
    over.close_trust_policy()
    with failing(sts, "AssumeRole", STS_FAULTS[fault]), pytest.raises(Unavailable):
        look(over)
    assert told(over)[-1].outcome is Outcome.FAILED
    assert over.engagement.access_removed_at is None


def test_a_refusal_that_is_our_own_states_nothing(over: ClientSide) -> None:
    """The operator has taken the client off the broker's list; the role would let it in."""
    other = a_broker(over.aws, *listing("arn:aws:iam::876543210987:role/Theirs"))
    with pytest.raises(Unavailable):
        check_access_removed(replace(over.ports, sts=other), over.lead, over.id)
    assert told(over)[-1].details == {"not_permitted_to_ask": over.role().arn}
    assert over.engagement.access_removed_at is None
