"""API checks with responses, and the expected verdict on each."""

from typing import Any

from chalicelib.domain.prober.checks import (
    OTHER_ENGAGEMENT_CHECK,
    ApiCheck,
    ApiResponse,
    CheckCaller,
    CheckVerdict,
    are_distinguishable,
    is_session_in,
    judge_response,
    was_answered,
)
from tests.domain.rows import Row, no, yes

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
    return Row(name, expected, NO_TOKEN_CHECK, response(status, reason))


def member(name: str, expected: CheckVerdict, status: int, reason: str = "") -> Row:
    return Row(name, expected, OTHER_ENGAGEMENT_CHECK, response(status, reason))


VERDICTS = [
    no_token("as expected", "as-expected", 401, "token-missing"),
    no_token("200", "wrongly-allowed", 200),
    no_token("not found", "wrongly-allowed", 404, "no-such-member"),
    no_token("a 400 from API Gateway", "inconclusive", 400, "bad-request"),
    no_token("the expected reason with another status", "inconclusive", 500, "token-missing"),
    no_token("an interim response", "inconclusive", 199),
    member("as expected", "as-expected", 403, "not-a-member"),
    *(
        member(f"AWS was called: {reason}", "wrongly-allowed", 502, reason)
        for reason in ("role-refused-daypass", "aws-rejected", "aws-throttled", "aws-unreachable")
    ),
    member("not found", "inconclusive", 404, "no-such-engagement"),
]

ANSWERED = [
    no("no response", response(0)),
    yes("200", response(200)),
    no("a server error", response(500)),
    no("throttled", response(429)),
]

REFUSED = response(403, "not-a-member", shape="one")
DISTINGUISHABLE = [
    no("alike", REFUSED, REFUSED),
    yes("another status", REFUSED, response(404, shape="one")),
    no("no response to the first", response(0), REFUSED),
    no("no response to the second", REFUSED, response(503, shape="two")),
]

ACCOUNT = "444455556666"


def session(status: int, arn: str) -> ApiResponse:
    return response(status, extracted={"assumed_role_arn": arn})


SESSION_IN = [
    yes("in the account", ACCOUNT, session(201, f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s")),
    no("another status", ACCOUNT, session(200, f"a:b:c:d:{ACCOUNT}:f")),
    no("no ARN", ACCOUNT, response(201)),
]

RULES = [
    (judge_response, VERDICTS, 12),
    (was_answered, ANSWERED, 4),
    (is_session_in, SESSION_IN, 3),
    (are_distinguishable, DISTINGUISHABLE, 5),
]
