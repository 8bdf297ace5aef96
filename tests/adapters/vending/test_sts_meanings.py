"""What AWS STS says besides a session, and what that means for a vend: did AWS issue anything?"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.vending.sts import AwsSts
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe

TERMS = Terms(
    role_arn="arn:aws:iam::987654321098:role/Role",
    external_id="daypass-x",
    duration=900,
    source_identity=None,
    tags=(),
    session_policy=None,
)
FIRST, SECOND = {"RetryAttempts": 0}, {"RetryAttempts": 1}
NOTHING_ISSUED, MAYBE = AwsRefused, Unavailable


def saying(error: Exception) -> AwsSts:
    class Sts:
        def assume_role(self, **_: Any) -> Any:
            raise error

    return AwsSts(Sts, lambda *_, **__: None, "arn:aws:iam::123456789012:role/daypass-broker")


def told(code: str, status: int | None, tries: dict[str, Any]) -> ClientError:
    metadata = tries | ({"HTTPStatusCode": status} if status else {})
    answer = {"Error": {"Code": code, "Message": "as told"}, "ResponseMetadata": metadata}
    return ClientError(answer, "AssumeRole")


@pytest.mark.parametrize(
    ("code", "status", "tries", "error", "reason"),
    [
        ("AccessDenied", 403, FIRST, NOTHING_ISSUED, Reason.ROLE_REFUSED_DAYPASS),
        ("AccessDenied", 403, {}, NOTHING_ISSUED, Reason.ROLE_REFUSED_DAYPASS),
        ("ValidationError", 400, FIRST, NOTHING_ISSUED, Reason.AWS_REJECTED),
        ("RegionDisabledException", 403, FIRST, NOTHING_ISSUED, Reason.AWS_REJECTED),
        ("AnythingElse", 499, FIRST, NOTHING_ISSUED, Reason.AWS_REJECTED),
        # Asked too much, whichever try it was.
        ("Throttling", 400, FIRST, MAYBE, Reason.AWS_THROTTLED),
        ("Throttling", 400, SECOND, MAYBE, Reason.AWS_THROTTLED),
        ("ThrottlingException", 400, FIRST, MAYBE, Reason.AWS_THROTTLED),
        ("RequestLimitExceeded", 503, FIRST, MAYBE, Reason.AWS_THROTTLED),
        # Our own credentials, or STS itself.
        ("ExpiredToken", 403, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("InvalidClientTokenId", 403, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("SignatureDoesNotMatch", 403, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("RequestExpired", 400, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("InternalFailure", 500, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("AccessDenied", 500, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        ("AccessDenied", None, FIRST, MAYBE, Reason.AWS_UNREACHABLE),
        # What is said to the second try is not about the first, whose answer was lost.
        ("AccessDenied", 403, SECOND, MAYBE, Reason.AWS_UNREACHABLE),
        ("ValidationError", 400, SECOND, MAYBE, Reason.AWS_UNREACHABLE),
    ],
)
def test_a_vend_takes_only_aws_own_word_for_it_that_nothing_was_issued(
    code: str,
    status: int | None,
    tries: dict[str, Any],
    error: type[DaypassError],
    reason: Reason,
) -> None:
    with pytest.raises(error) as raised:
        saying(told(code, status, tries)).issue(TERMS, "alice.v1")
    assert type(raised.value) is error
    assert raised.value.reason is reason


def test_without_an_answer_sts_may_have_issued_the_session() -> None:
    with pytest.raises(Unavailable) as raised:
        saying(EndpointConnectionError(endpoint_url="https://sts")).issue(TERMS, "alice.v1")
    assert raised.value.reason is Reason.AWS_UNREACHABLE


def test_an_answer_that_says_nothing_of_itself_leaves_it_open() -> None:
    bare = ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
    with pytest.raises(Unavailable):
        saying(bare).issue(TERMS, "alice.v1")


@pytest.mark.parametrize("error", [{"Code": "ValidationError"},
                                   {"Code": "ValidationError", "Message": None}])  # fmt: skip
def test_an_error_without_a_text_says_nothing_to_a_probe(error: dict[str, Any]) -> None:
    sts = saying(ClientError({"Error": error}, "AssumeRole"))
    response = sts.probe(a_probe(TERMS.role_arn, "x"))
    assert response is ProbeOutcome.UNKNOWN
