"""Errors of AWS STS during a vend: did AWS certainly issue no session?"""

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
from tests.rows import every

TERMS = Terms(
    role_arn="arn:aws:iam::987654321098:role/Role",
    external_id="daypass-x",
    duration=900,
    source_identity=None,
    tags=(),
    session_policy=None,
)
FIRST_TRY, RETRY = {"RetryAttempts": 0}, {"RetryAttempts": 1}
NOTHING_ISSUED, PERHAPS_ISSUED = AwsRefused, Unavailable


def failing_sts(error: Exception) -> AwsSts:
    class Sts:
        def assume_role(self, **_: Any) -> Any:
            raise error

    return AwsSts(Sts, lambda *_, **__: None, "arn:aws:iam::123456789012:role/daypass-broker")


def client_error(code: str, status: int | None, tries: dict[str, Any]) -> ClientError:
    metadata = tries | ({"HTTPStatusCode": status} if status else {})
    response = {"Error": {"Code": code, "Message": "any"}, "ResponseMetadata": metadata}
    return ClientError(response, "AssumeRole")


@every(
    "code, status, tries, error, reason",
    [
        ("AccessDenied", 403, FIRST_TRY, NOTHING_ISSUED, Reason.ROLE_REFUSED_DAYPASS),
        ("AccessDenied", 403, {}, NOTHING_ISSUED, Reason.ROLE_REFUSED_DAYPASS),
        ("ValidationError", 400, FIRST_TRY, NOTHING_ISSUED, Reason.AWS_REJECTED),
        ("RegionDisabledException", 403, FIRST_TRY, NOTHING_ISSUED, Reason.AWS_REJECTED),
        ("AnythingElse", 499, FIRST_TRY, NOTHING_ISSUED, Reason.AWS_REJECTED),
        # Throttled, on the first try or on a retry.
        ("Throttling", 400, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_THROTTLED),
        ("Throttling", 400, RETRY, PERHAPS_ISSUED, Reason.AWS_THROTTLED),
        ("ThrottlingException", 400, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_THROTTLED),
        ("RequestLimitExceeded", 503, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_THROTTLED),
        # A fault of Daypass's own credentials, or of STS.
        ("ExpiredToken", 403, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("InvalidClientTokenId", 403, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("SignatureDoesNotMatch", 403, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("RequestExpired", 400, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("InternalFailure", 500, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("AccessDenied", 500, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("AccessDenied", None, FIRST_TRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        # An error on a retry says nothing about the first try, whose response was lost.
        ("AccessDenied", 403, RETRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
        ("ValidationError", 400, RETRY, PERHAPS_ISSUED, Reason.AWS_UNREACHABLE),
    ],
)
def test_only_a_refusal_of_the_first_try_proves_that_aws_issued_nothing(
    code: str,
    status: int | None,
    tries: dict[str, Any],
    error: type[DaypassError],
    reason: Reason,
) -> None:
    with pytest.raises(error) as raised:
        failing_sts(client_error(code, status, tries)).issue(TERMS, "alice.v1")
    assert type(raised.value) is error
    assert raised.value.reason is reason


def test_aws_may_have_issued_a_session_if_it_does_not_answer() -> None:
    with pytest.raises(Unavailable) as raised:
        failing_sts(EndpointConnectionError(endpoint_url="https://sts")).issue(TERMS, "alice.v1")
    assert raised.value.reason is Reason.AWS_UNREACHABLE


def test_an_error_without_metadata_does_not_prove_that_aws_issued_nothing() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
    with pytest.raises(Unavailable):
        failing_sts(error).issue(TERMS, "alice.v1")


@pytest.mark.parametrize("error", [{"Code": "ValidationError"},
                                   {"Code": "ValidationError", "Message": None}])  # fmt: skip
def test_an_error_without_a_message_leaves_the_outcome_of_a_probe_unknown(
    error: dict[str, Any],
) -> None:
    sts = failing_sts(ClientError({"Error": error}, "AssumeRole"))
    assert sts.probe(a_probe(TERMS.role_arn, "x")) is ProbeOutcome.UNKNOWN
