"""A form that gives one session, on DynamoDB: however it is sent, it gives one at most."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, DaypassError, Unavailable
from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.sign_in import UsedForm
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from chalicelib.entrypoints.web.actions.requests.sessions import VendForm
from chalicelib.entrypoints.web.request import WebRequest
from tests.adapters.faults import FAULTS, dynamodb_error, failing, losing_answer
from tests.adapters.scene import all_at_once, outcomes
from tests.builders import a_member, a_token, a_web_session

FORM = "f0" * 16
SENDINGS = ("get-credentials", "open-aws-console") * 3
Send = Callable[..., Any]


def sender(aws, member):
    """Return a function that sends the form in the member's browser of this name. The member may
    enter the engagement of the same name."""

    def send(action="get-credentials", browser=""):
        session = a_web_session(member, member + browser)
        web = WebRequest(
            ports=aws.ports,
            caller=Caller(a_member(member), a_token(member)),
            session=session,
            csrf="",
            base_url="",
            path="",
            now=aws.ports.now(),
        )
        form = VendForm(engagement=member, role="readonly", form=FORM)
        return ACTIONS[action].perform(web, form)

    return send


@pytest.fixture
def send(aws, engagement_id):
    return sender(aws, engagement_id)


def is_used(aws, member):
    return aws.ports.state.get(UsedForm, a_web_session(member, member).hash, FORM) is not None


@pytest.mark.parametrize("round_number", range(3))
def test_of_several_sendings_at_once_one_gets_a_session(contended_aws, engagement_id, round_number):
    send = sender(contended_aws, engagement_id)
    results = all_at_once([lambda action=action: send(action) for action in SENDINGS])
    refusals = [result for result in results if isinstance(result, DaypassError)]
    assert len(refusals) == len(SENDINGS) - 1
    assert {refusal.reason for refusal in refusals} == {Reason.WEB_FORM_SENT}
    assert outcomes(contended_aws, engagement_id) == [Outcome.INTENDED, Outcome.ISSUED]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_form_gives_nothing_while_its_use_cannot_be_stored(
    aws, engagement_id, send, dynamodb, fault
):
    with failing(dynamodb, "PutItem", FAULTS[fault]), pytest.raises(Unavailable):
        send()
    assert (outcomes(aws, engagement_id), is_used(aws, engagement_id)) == ([], False)
    assert send()


def test_a_form_gives_nothing_while_dynamodb_reports_conflicts(aws, engagement_id, send, dynamodb):
    conflict = lambda: dynamodb_error("TransactionConflictException")  # noqa: E731
    with (
        failing(dynamodb, "PutItem", conflict, times=1_000_000) as calls,
        pytest.raises(Unavailable),
    ):
        send()
    assert len(calls) > 1
    assert outcomes(aws, engagement_id) == []
    with failing(dynamodb, "PutItem", conflict, times=1):
        assert send()


def test_a_form_whose_use_is_stored_and_whose_answer_is_lost_gives_nothing(
    aws, engagement_id, send, dynamodb
):
    """The SDK asks again, and finds the form used. Daypass cannot tell its own use from another
    request's, so this form never gives a session."""
    with losing_answer(dynamodb) as puts, pytest.raises(Conflict) as refusal:
        send()
    assert refusal.value.reason is Reason.WEB_FORM_SENT
    assert puts == [200, 400]
    assert (outcomes(aws, engagement_id), is_used(aws, engagement_id)) == ([], True)
