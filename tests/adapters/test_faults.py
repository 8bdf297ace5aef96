"""Bad days: every call of a vend fails in every way that AWS knows, on the real adapters."""

import json
from datetime import timedelta

import msgspec
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.domain.engagements.approved_grants import NUMBERS
from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import next_version
from local import sample_accounts
from tests.adapters.faults import (
    FAULTS,
    STS_FAULTS,
    Raw,
    failing,
    losing_answer,
    noted_calls,
)
from tests.adapters.scene import outcomes, trail_of, try_to_vend
from tests.builders import a_request_id, an_approved_grant
from tests.rows import every

# Each call of DynamoDB's that a vend makes, and how many of its kind come before.
READ, INTENT = ("BatchGetItem", 0), ("PutItem", 0)
READ_AGAIN, OUTCOME = ("BatchGetItem", 1), ("PutItem", 1)


def put_on_request(aws, engagement_id):
    """Let the member vend by an approved request only, the last of three."""
    state, now = aws.ports.state, aws.ports.now()
    grant = state.get(Grant, engagement_id, engagement_id)
    assert grant is not None
    hours = [timedelta(hours=number) for number in (1, 2, 3)]
    access = [
        an_approved_grant(
            engagement_id,
            engagement=engagement_id,
            number=number,
            request=a_request_id(engagement_id, int(number)),
            starts_at=now - hour,
            ends_at=now + hour,
            revoked_at=None if number == "3" else now,
        )
        for number, hour in zip(NUMBERS, hours, strict=True)
    ]
    state.apply([next_version(grant, on_request=frozenset({"readonly"})), *access])


@pytest.mark.parametrize("is_on_request", [False, True], ids=["by the grant", "by a request"])
def test_a_vend_makes_one_call_to_sts_and_four_to_dynamodb(
    aws, engagement_id, dynamodb, sts, *, is_on_request
):
    if is_on_request:
        put_on_request(aws, engagement_id)
    with noted_calls(dynamodb, sts) as items:
        try_to_vend(aws, engagement_id)
    assert items == ["BatchGetItem", "PutItem", "AssumeRole", "BatchGetItem", "PutItem"]
    assert outcomes(aws, engagement_id) == [Outcome.INTENDED, Outcome.ISSUED]
    by = trail_of(aws, engagement_id)[0].details.get("request")
    assert by == (a_request_id(engagement_id, 3) if is_on_request else None)


@every("fault", FAULTS)
@every(
    "step, expected",
    [
        (READ, []),
        (INTENT, []),
        (READ_AGAIN, [Outcome.INTENDED]),
        (OUTCOME, [Outcome.INTENDED]),
    ],
)
def test_no_credentials_leave_when_dynamodb_fails(
    aws, engagement_id, dynamodb, sts, step, expected, fault
):
    before = outcomes(aws, engagement_id)
    with (
        noted_calls(sts) as sts_calls,
        failing(dynamodb, step[0], FAULTS[fault], after=step[1]),
        pytest.raises(Unavailable) as failure,
    ):
        try_to_vend(aws, engagement_id)
    assert failure.value.retry_after > 0
    assert outcomes(aws, engagement_id) == [*before, *expected]
    assert sts_calls == (["AssumeRole"] if step in (READ_AGAIN, OUTCOME) else [])


@every("step", [READ, INTENT, READ_AGAIN, OUTCOME])
def test_a_passing_fault_is_retried(aws, engagement_id, dynamodb, step):
    operation, after = step
    before = outcomes(aws, engagement_id)
    with failing(dynamodb, operation, FAULTS["broken"], times=1, after=after) as calls:
        assert try_to_vend(aws, engagement_id)
    assert len(calls) == (2 if step in (READ_AGAIN, OUTCOME) else 3)
    assert outcomes(aws, engagement_id) == [*before, Outcome.INTENDED, Outcome.ISSUED]


@pytest.mark.parametrize("nth", [0, 1], ids=["intent", "outcome"])
def test_a_lost_answer_leaves_one_entry(aws, engagement_id, dynamodb, nth):
    """The write took place, its answer was lost, and the SDK asks again."""
    with losing_answer(dynamodb, nth) as puts:
        assert try_to_vend(aws, engagement_id)
    assert puts == [[200, 400, 200], [200, 200, 400]][nth]
    assert outcomes(aws, engagement_id) == [Outcome.INTENDED, Outcome.ISSUED]


def test_a_partial_batch_read_is_unavailable(aws, engagement_id, dynamodb):
    """DynamoDB may leave keys of a batch unread; they must not pass for missing ones."""

    def partly():
        table = aws.foundation.state_table
        key = {"pk": {"S": f"ENGAGEMENT#{engagement_id}"}, "sk": {"S": f"GRANT#{engagement_id}"}}
        left = {table: {"Keys": [key], "ConsistentRead": True}}
        body = {"Responses": {table: []}, "UnprocessedKeys": left}
        return AWSResponse("", 200, {}, Raw(json.dumps(body).encode()))

    with failing(dynamodb, "BatchGetItem", partly, times=1_000_000) as calls:
        with pytest.raises(Unavailable):
            try_to_vend(aws, engagement_id)
        assert len(calls) > 3


def test_a_damaged_item_is_refused(aws, engagement_id):
    root = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    at = {
        "TableName": aws.foundation.state_table,
        "Key": {"pk": {"S": f"ENGAGEMENT#{engagement_id}"}, "sk": {"S": "ROLE#readonly"}},
    }
    whole = root.get_item(**at)["Item"]
    root.update_item(**at, UpdateExpression="REMOVE body.verification.role_arn")
    with pytest.raises(msgspec.ValidationError):
        try_to_vend(aws, engagement_id)
    assert outcomes(aws, engagement_id) == []
    # The lists of all roles are everybody's, and have to be read by other tests.
    root.put_item(TableName=aws.foundation.state_table, Item=whole)


@every("second", ["denied", "invalid", "too large", "throttled"])
def test_a_refused_retry_does_not_prove_that_the_first_attempt_failed(
    aws, engagement_id, sts, second
):
    """The first may have been carried out, and its answer lost on the way."""
    before = outcomes(aws, engagement_id)
    with (
        failing(sts, "AssumeRole", STS_FAULTS[second]),
        failing(sts, "AssumeRole", STS_FAULTS["no answer"], times=1),
        pytest.raises(Unavailable),
    ):
        try_to_vend(aws, engagement_id)
    assert outcomes(aws, engagement_id) == [*before, Outcome.INTENDED, Outcome.WITHHELD]
