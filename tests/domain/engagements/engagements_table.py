"""Rules of engagements, grants and roles: the input, and the result."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from tests.builders import (
    AFTER,
    a_grant,
    a_role,
    a_verification,
    an_engagement,
    an_override,
    results,
)
from tests.domain.rows import Row
from tests.fakes import HOUR, NOON, TICK

OTHER_ARN = "arn:aws:iam::987654321098:role/Other"

OPEN = [
    Row("open", True, an_engagement(), NOON),
    Row("closed in the future", False, an_engagement(closed_at=AFTER), NOON),
    Row("begins now", True, an_engagement(starts_at=NOON), NOON),
    Row("begins in an instant", False, an_engagement(starts_at=NOON + TICK), NOON),
    Row("ends now", False, an_engagement(ends_at=NOON), NOON),
]
OVER = [
    Row("open", False, an_engagement(), NOON),
    Row("closed", True, an_engagement(closed_at=NOON), NOON),
    Row("revoked", True, an_engagement(revoked_at=NOON), NOON),
    Row("ends now", True, an_engagement(ends_at=NOON), NOON),
]
ACCEPTED = [
    Row("one", ("one",), an_engagement(external_id="one")),
    Row("with a next ID", ("one", "next"),
        an_engagement(external_id="one", next_external_id="next")),
]  # fmt: skip
CURRENT = [
    Row("current", True, a_grant(), NOON),
    Row("revoked", False, a_grant(revoked_at=NOON - TICK), NOON),
    Row("begins now", True, a_grant(starts_at=NOON), NOON),
    Row("begins in an instant", False, a_grant(starts_at=NOON + TICK), NOON),
    Row("ends now", False, a_grant(ends_at=NOON), NOON),
]
OVERRIDDEN = [
    Row("never", False, a_role(), NOON),
    Row("until later", True, a_role(override=an_override()), NOON),
    Row("until now", False, a_role(override=an_override(until=NOON)), NOON),
    Row("for another ARN", False, a_role(arn=OTHER_ARN, override=an_override()), NOON),
]

ROTATED = an_engagement(
    external_id="daypass-other", previous_external_id=a_verification().external_id
)
GOOD_ENOUGH = a_verification(
    results=results(
        "source-identity", "session-tags", "full-hour", "former-external-id", without=()
    )
)
NO_LETTERS = a_verification(results=results(without=("other-letter-case",)))


def unverified(name: str, *failed: str) -> Row:
    proof = a_verification(results=results(*failed, without=()))
    return Row(name, None, a_role(verification=proof), an_engagement())


PROVEN = [
    Row("proven", a_verification(), a_role(), an_engagement()),
    Row("safe, optional checks failed", GOOD_ENOUGH,
        a_role(verification=GOOD_ENOUGH), an_engagement()),
    Row("there is no other letter case", NO_LETTERS,
        a_role(verification=NO_LETTERS), an_engagement()),
    unverified("accepts a near miss", "near-miss"),
    Row("the previous external ID", None, a_role(), ROTATED),
]  # fmt: skip

NOT_SAFE = a_verification(results=results("no-external-id"))
LAST_CHECK = [
    Row("proven", a_verification(), a_role(), an_engagement()),
    Row("not safe", NOT_SAFE, a_role(verification=NOT_SAFE), an_engagement()),
    Row("never verified", None, a_role(verification=None), an_engagement()),
    Row("another ARN", None, a_role(arn=OTHER_ARN), an_engagement()),
    Row("another external ID", None, a_role(), an_engagement(external_id="daypass-other")),
]


def reported(
    name: str, expected: object, ends: tuple[int, ...], previous: int | None, end: int
) -> Row:
    """Return a row: the client reports an end in hours, after Daypass requested these."""
    at = [NOON + hour * HOUR for hour in ends]
    before = None if previous is None else NOON + previous * HOUR
    role = a_role(requested_ends=tuple(at), previous_policy_end=before)
    return Row(name, expected, role, NOON + end * HOUR)


def ends(*hours: int, previous: int | None) -> dict[str, object]:
    """Return the role's ends after the report."""
    at = tuple(NOON + hour * HOUR for hour in hours)
    before = None if previous is None else NOON + previous * HOUR
    return {"requested_ends": at, "previous_policy_end": before}


REPORTED = [
    reported("never requested", ends(1, 2, previous=None), (1, 2), None, 3),
    reported("the first", ends(1, 2, previous=5), (1, 2), 5, 1),
    reported("one that it had before", ends(2, previous=None), (5, 2), 2, 2),
    reported("a later one after an earlier", ends(2, 3, previous=1), (1, 2, 3), None, 2),
    reported("an earlier one after a later", ends(1, previous=None), (2, 1), None, 1),
    reported("the earliest before it", ends(4, previous=1), (3, 1, 2, 4), None, 4),
    reported("the one before all", ends(2, previous=0), (1, 2), 0, 2),
    reported("a later one before all", ends(2, previous=1), (1, 2), 5, 2),
]

RULES = [
    (Engagement.is_open, OPEN, 6),
    (Engagement.is_over, OVER, 4),
    (Engagement.external_ids.fget, ACCEPTED, 2),
    (Grant.is_current, CURRENT, 6),
    (Role.with_reported_policy_end, REPORTED, 4),
    (Role.passed_verification, PROVEN, 3),
    (Role.current_verification, LAST_CHECK, 4),
    (Role.is_overridden, OVERRIDDEN, 4),
]
