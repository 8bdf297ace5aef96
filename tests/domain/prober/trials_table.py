"""What an answer to something that must be refused shows."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.prober.checks import (
    NOT_MINE,
    ApiCheck,
    ApiResponse,
    CheckCaller,
    CheckVerdict,
)
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row

NOBODYS = ApiCheck(
    name="no token",
    who=CheckCaller.NOBODY,
    method="GET",
    path="/",
    status=401,
    reason="token-missing",
)


def told(status: int, reason: str = "", **more: Any) -> ApiResponse:
    return ApiResponse(status=status, reason=reason, **more)


def to_nobody(says: str, answer: CheckVerdict, status: int, reason: str = "") -> Row:
    return Row(says, answer, (NOBODYS, told(status, reason)))


def to_the_member(says: str, answer: CheckVerdict, status: int, reason: str = "") -> Row:
    return Row(says, answer, (NOT_MINE, told(status, reason)))


JUDGED = [
    to_nobody("as it must be", CheckVerdict.RIGHT, 401, "token-missing"),
    to_nobody("an answer", CheckVerdict.GIVEN, 200),
    to_nobody("something new", CheckVerdict.GIVEN, 201),
    to_nobody("a way somewhere else", CheckVerdict.GIVEN, 399),
    to_nobody("what is wrong with the request", CheckVerdict.GIVEN, 400, "missing-field"),
    to_nobody("that it may not", CheckVerdict.GIVEN, 403, "lead-only"),
    to_nobody("that it is not there", CheckVerdict.GIVEN, 404, "no-such-member"),
    to_nobody("that it does not fit", CheckVerdict.GIVEN, 409, "last-lead"),
    to_nobody("that there is no such route", CheckVerdict.UNCLEAR, 404, "no-such-route"),
    to_nobody("API Gateway's own 400", CheckVerdict.UNCLEAR, 400, "bad-request"),
    to_nobody("no word of ours", CheckVerdict.UNCLEAR, 403),
    to_nobody(
        "another reason of those who are not known", CheckVerdict.UNCLEAR, 401, "token-expired"
    ),
    to_nobody("too many requests", CheckVerdict.UNCLEAR, 429, "too-many-requests"),
    to_nobody("a bug", CheckVerdict.UNCLEAR, 500, "internal-error"),
    to_nobody("the right reason with another status", CheckVerdict.UNCLEAR, 500, "token-missing"),
    to_nobody("nothing", CheckVerdict.UNCLEAR, 0),
    to_nobody("an interim answer", CheckVerdict.UNCLEAR, 199),
    to_the_member("as it must be", CheckVerdict.RIGHT, 403, "not-a-member"),
    to_the_member("a session", CheckVerdict.GIVEN, 201),
    to_the_member("that the grant has ended", CheckVerdict.UNCLEAR, 403, "grant-not-current"),
    *(
        to_the_member(f"that AWS was asked: {reason}", CheckVerdict.GIVEN, 502, reason)
        for reason in ("role-refused-us", "aws-rejected", "aws-throttled", "aws-unreachable")
    ),
    to_the_member(
        "that the records do not answer", CheckVerdict.UNCLEAR, 503, "records-unavailable"
    ),
    to_the_member("that its token has expired", CheckVerdict.UNCLEAR, 401, "token-expired"),
    to_the_member("that it is not there", CheckVerdict.UNCLEAR, 404, "no-such-engagement"),
]

ANSWERED = [
    Row("nothing", answer=False, given=(told(0),)),
    Row("an interim answer", answer=False, given=(told(199),)),
    Row("an answer", answer=True, given=(told(200),)),
    Row("a refusal", answer=True, given=(told(403),)),
    Row("the last refusal", answer=True, given=(told(499),)),
    Row("a failure", answer=False, given=(told(500),)),
    Row("too many requests", answer=False, given=(told(429),)),
]

REFUSED = told(403, Reason.NOT_A_MEMBER, shape="one")
APART = [
    Row("alike", answer=False, given=(REFUSED, REFUSED)),
    Row("another shape", answer=True, given=(REFUSED, told(403, shape="two"))),
    Row("another status", answer=True, given=(REFUSED, told(404, shape="one"))),
    Row("the first not answered", answer=False, given=(told(0), REFUSED)),
    Row("the second not answered", answer=False, given=(REFUSED, told(503, shape="two"))),
]

OURS = "444455556666"


def session(status: int, arn: str) -> ApiResponse:
    return told(status, kept={"assumed_role_arn": arn})


IS_IN = [
    Row("ours", answer=True, given=(OURS, session(201, f"arn:aws:sts::{OURS}:assumed-role/R/s"))),
    Row("with another status", answer=False, given=(OURS, session(200, f"a:b:c:d:{OURS}:f"))),
    Row("another's", answer=False, given=(OURS, session(201, "a:b:c:d:111122223333:f"))),
    Row("elsewhere in the ARN", answer=False, given=(OURS, session(201, f"a:b:c:{OURS}:e:{OURS}"))),
    Row("no ARN", answer=False, given=(OURS, told(201))),
]
