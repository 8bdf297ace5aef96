"""API checks with responses, and the expected verdict on each."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.prober.checks import (
    OTHER_ENGAGEMENT_CHECK,
    ApiCheck,
    ApiResponse,
    CheckCaller,
    CheckVerdict,
)
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row

NO_TOKEN_CHECK = ApiCheck(
    name="no token",
    caller=CheckCaller.NO_TOKEN,
    method="GET",
    path="/",
    status=401,
    reason="token-missing",
)


def response(status: int, reason: str = "", **fields: Any) -> ApiResponse:
    return ApiResponse(status=status, reason=reason, **fields)


def no_token(name: str, expected: CheckVerdict, status: int, reason: str = "") -> Row:
    return Row(name, expected, (NO_TOKEN_CHECK, response(status, reason)))


def member(name: str, expected: CheckVerdict, status: int, reason: str = "") -> Row:
    return Row(name, expected, (OTHER_ENGAGEMENT_CHECK, response(status, reason)))


VERDICTS = [
    no_token("as expected", CheckVerdict.AS_EXPECTED, 401, "token-missing"),
    no_token("200", CheckVerdict.WRONGLY_ALLOWED, 200),
    no_token("201", CheckVerdict.WRONGLY_ALLOWED, 201),
    no_token("a redirect", CheckVerdict.WRONGLY_ALLOWED, 399),
    no_token("the request is invalid", CheckVerdict.WRONGLY_ALLOWED, 400, "missing-field"),
    no_token("not permitted", CheckVerdict.WRONGLY_ALLOWED, 403, "lead-only"),
    no_token("not found", CheckVerdict.WRONGLY_ALLOWED, 404, "no-such-member"),
    no_token("conflict", CheckVerdict.WRONGLY_ALLOWED, 409, "last-lead"),
    no_token("no such route", CheckVerdict.INCONCLUSIVE, 404, "no-such-route"),
    no_token("a 400 from API Gateway", CheckVerdict.INCONCLUSIVE, 400, "bad-request"),
    no_token("403 without a reason of Daypass", CheckVerdict.INCONCLUSIVE, 403),
    no_token("another authentication failure", CheckVerdict.INCONCLUSIVE, 401, "token-expired"),
    no_token("throttled", CheckVerdict.INCONCLUSIVE, 429, "too-many-requests"),
    no_token("internal error", CheckVerdict.INCONCLUSIVE, 500, "internal-error"),
    no_token(
        "the expected reason with another status", CheckVerdict.INCONCLUSIVE, 500, "token-missing"
    ),
    no_token("no response", CheckVerdict.INCONCLUSIVE, 0),
    no_token("an interim response", CheckVerdict.INCONCLUSIVE, 199),
    member("as expected", CheckVerdict.AS_EXPECTED, 403, "not-a-member"),
    member("a session", CheckVerdict.WRONGLY_ALLOWED, 201),
    member("the grant has ended", CheckVerdict.INCONCLUSIVE, 403, "grant-not-current"),
    *(
        member(f"AWS was called: {reason}", CheckVerdict.WRONGLY_ALLOWED, 502, reason)
        for reason in ("role-refused-daypass", "aws-rejected", "aws-throttled", "aws-unreachable")
    ),
    member("the records are unavailable", CheckVerdict.INCONCLUSIVE, 503, "records-unavailable"),
    member("the token has expired", CheckVerdict.INCONCLUSIVE, 401, "token-expired"),
    member("not found", CheckVerdict.INCONCLUSIVE, 404, "no-such-engagement"),
]

ANSWERED = [
    Row("no response", expected=False, arguments=(response(0),)),
    Row("an interim response", expected=False, arguments=(response(199),)),
    Row("200", expected=True, arguments=(response(200),)),
    Row("a refusal", expected=True, arguments=(response(403),)),
    Row("the last refusal", expected=True, arguments=(response(499),)),
    Row("a server error", expected=False, arguments=(response(500),)),
    Row("throttled", expected=False, arguments=(response(429),)),
]

REFUSED = response(403, Reason.NOT_A_MEMBER, shape="one")
DISTINGUISHABLE = [
    Row("alike", expected=False, arguments=(REFUSED, REFUSED)),
    Row("another shape", expected=True, arguments=(REFUSED, response(403, shape="two"))),
    Row("another status", expected=True, arguments=(REFUSED, response(404, shape="one"))),
    Row("no response to the first", expected=False, arguments=(response(0), REFUSED)),
    Row(
        "no response to the second", expected=False, arguments=(REFUSED, response(503, shape="two"))
    ),
]

ACCOUNT = "444455556666"


def session(status: int, arn: str) -> ApiResponse:
    return response(status, extracted={"assumed_role_arn": arn})


SESSION_IN = [
    Row(
        "in the account",
        expected=True,
        arguments=(ACCOUNT, session(201, f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s")),
    ),
    Row(
        "another status", expected=False, arguments=(ACCOUNT, session(200, f"a:b:c:d:{ACCOUNT}:f"))
    ),
    Row(
        "another account",
        expected=False,
        arguments=(ACCOUNT, session(201, "a:b:c:d:111122223333:f")),
    ),
    Row(
        "the account elsewhere in the ARN",
        expected=False,
        arguments=(ACCOUNT, session(201, f"a:b:c:{ACCOUNT}:e:{ACCOUNT}")),
    ),
    Row("no ARN", expected=False, arguments=(ACCOUNT, response(201))),
]
