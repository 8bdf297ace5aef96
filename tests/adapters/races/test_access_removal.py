"""After an engagement, Daypass checks on the local AWS that the client removed its access."""

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


def check_removal(side: ClientSide) -> Any:
    return check_access_removed(side.ports, side.lead, side.id)


def last_check_entries(side: ClientSide) -> list[Entry]:
    """Return the trail's entries of the last access-removal check: its intent and its outcome."""
    entries = [e for e in trail_of(side.aws, side.id) if e.action is Action.ENGAGEMENT_LEAVE]
    assert entries[-2].outcome is Outcome.INTENDED
    return entries[-2:]


@pytest.fixture
def closed(side: ClientSide) -> ClientSide:
    """A closed engagement whose client has not changed the role."""
    side.check()
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    return side


def let_expire(side: ClientSide) -> None:
    """Add an end date in the past to the trust policy."""
    policy = side.advised_policy()
    past = {"aws:CurrentTime": rfc3339(side.ports.now().replace(microsecond=0))}
    for statement in policy["Statement"]:
        statement["Condition"]["DateLessThan"] = past
    side.set_trust_policy(policy)


def accept_only(member: str) -> Callable[[ClientSide], None]:
    """Make the trust policy require the external ID and this member's session name."""

    def change(side: ClientSide) -> None:
        policy = side.advised_policy()
        on_condition(StringLike={"sts:RoleSessionName": f"{member}.*"})(policy, "")
        side.set_trust_policy(policy)

    return change


def require_another_external_id(side: ClientSide) -> None:
    policy = side.advised_policy()
    policy["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "daypass-not-ours"
    side.set_trust_policy(policy)


REMOVALS: dict[str, Callable[[ClientSide], None]] = {
    "the role is deleted": ClientSide.delete_role,
    "the trust policy accepts no one": ClientSide.close_trust_policy,
    "the end date has passed": let_expire,
    "the role requires another external ID": require_another_external_id,
    "the role accepts only someone who never had a grant": accept_only("mallory"),
}


@pytest.mark.parametrize("removal", REMOVALS)
def test_removed_access_is_confirmed(closed: ClientSide, removal: str) -> None:
    REMOVALS[removal](closed)
    engagement = check_removal(closed)
    assert engagement.access_removed_at is not None
    assert closed.engagement == engagement
    intent, result = last_check_entries(closed)
    assert result.outcome is Outcome.DONE
    assert result.details["refused_by"] == closed.role().arn == intent.details["role_arns"]


def test_a_role_that_still_accepts_daypass_is_recorded_and_access_is_not_removed(
    closed: ClientSide,
) -> None:
    before = closed.engagement
    assert check_removal(closed) == before
    assert before.access_removed_at is None
    _, result = last_check_entries(closed)
    assert result.outcome is Outcome.REFUSED
    assert result.details["still_let_in"] == closed.role().arn
    closed.close_trust_policy()
    assert check_removal(closed).access_removed_at is not None


def test_a_role_that_accepts_one_member_by_name_is_recorded_with_the_member(
    closed: ClientSide,
) -> None:
    accept_only(closed.id)(closed)  # the member has the engagement's name
    assert check_removal(closed).access_removed_at is None
    _, result = last_check_entries(closed)
    assert result.details == {"still_let_in": closed.role().arn, "let_in_as": closed.id}


@pytest.mark.parametrize("fault", [f for f in STS_FAULTS if f != "denied"])
def test_a_missing_answer_does_not_count_as_a_refusal(
    closed: ClientSide, sts: Any, fault: str
) -> None:
    closed.close_trust_policy()
    with failing(sts, "AssumeRole", STS_FAULTS[fault]), pytest.raises(Unavailable):
        check_removal(closed)
    assert last_check_entries(closed)[-1].outcome is Outcome.FAILED
    assert closed.engagement.access_removed_at is None


def test_a_refusal_by_the_brokers_own_policy_confirms_nothing(closed: ClientSide) -> None:
    """The operator removed the client from the broker's list. The role would accept the broker."""
    broker = a_broker(closed.aws, *listing("arn:aws:iam::876543210987:role/Theirs"))
    with pytest.raises(Unavailable):
        check_access_removed(replace(closed.ports, sts=broker), closed.lead, closed.id)
    assert last_check_entries(closed)[-1].details == {"not_permitted_to_ask": closed.role().arn}
    assert closed.engagement.access_removed_at is None
