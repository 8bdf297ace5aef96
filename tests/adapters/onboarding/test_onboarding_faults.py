"""Each call of the records fails in turn, and nothing is half-written."""

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.lists import list_all
from tests.adapters.faults import FAULTS, failing, losing_answer
from tests.adapters.scene import entry
from tests.builders import NOON, a_link


def next_sweep(aws):
    old = aws.ports.state.get(SweepProgress)
    return SweepProgress(done_until=NOON, version=1 + (old.version if old else 0))


CALLS = {
    "setup": ("GetItem", lambda aws, name: aws.ports.state.get(RoleSetup, name, "readonly")),
    "links": ("Query", lambda aws, name: list_all(aws.ports.state, SetupLink, engagement=name)),
    "role": ("BatchGetItem", lambda aws, name: aws.ports.state.get(Role, name, "readonly")),
    "save": ("PutItem", lambda aws, name: aws.ports.state.save(next_sweep(aws))),
    "change": (
        "TransactWriteItems",
        lambda aws, name: aws.ports.state.change(
            [a_link(name, engagement=name), RoleSetup(engagement=name, role="readonly")],
            entry(name),
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_failure_of_the_records_is_unavailable(aws, name, dynamodb, call, fault):
    operation, act = CALLS[call]
    before = aws.ports.state.get(SweepProgress)
    with failing(dynamodb, operation, FAULTS[fault]), pytest.raises(Unavailable) as failure:
        act(aws, name)
    assert failure.value.retry_after > 0
    assert aws.ports.state.get(SweepProgress) == before
    assert aws.ports.state.get(RoleSetup, name, "readonly") is None
    assert aws.ports.state.get(SetupLink, a_link(name).hash) is None


def test_a_sweep_with_a_lost_response_is_stored_and_looks_like_another_ones(aws, dynamodb):
    """Unlike a transaction, a put has no token with which DynamoDB recognises a repetition."""
    sweep = next_sweep(aws)
    with losing_answer(dynamodb), pytest.raises(FactsChanged):
        aws.ports.state.save(sweep)
    assert aws.ports.state.get(SweepProgress) == sweep
