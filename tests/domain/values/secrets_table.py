"""Validity and lifetimes of links and codes: one row for each condition."""

from datetime import timedelta

from chalicelib.domain.one_time_secrets import Lifetime, OneTimeSecret, SecretProblem, StoredSecret
from chalicelib.domain.reasons import Reason
from tests.builders import AFTER, a_link, an_access_link
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)

VALIDITY = [
    Row("valid", None, a_link(), NOON),
    Row("revoked in the future", SecretProblem.REVOKED, a_link(revoked_at=AFTER), NOON),
    Row("expires now", SecretProblem.EXPIRED, a_link(expires_at=NOON), NOON),
]  # fmt: skip
SINGLE_USE = [
    Row("not used", None, an_access_link(), NOON),
    Row("used", SecretProblem.USED, an_access_link(used_at=NOON), NOON),
    Row("revoked", SecretProblem.REVOKED, an_access_link(revoked_at=NOON), NOON),
    Row("expires now", SecretProblem.EXPIRED, an_access_link(expires_at=NOON), NOON),
]  # fmt: skip

ONE_TO_THREE_HOURS = Lifetime(
    default=timedelta(hours=2),
    longest=timedelta(hours=3),
    shortest=timedelta(hours=1),
    refusal="From one hour to three.",
)
NO_MINIMUM = Lifetime(default=timedelta(1), longest=timedelta(1), refusal="A day at most.")


def expiring(
    name: str, expected: object, expires_in: timedelta | None, life: Lifetime = ONE_TO_THREE_HOURS
) -> Row:
    expires_at = None if expires_in is None else NOON + expires_in
    return Row(name, expected, life, NOON, expires_at)


LIFETIMES = [
    expiring("the default", NOON + timedelta(hours=2), None),
    expiring("the longest allowed", NOON + timedelta(hours=3), timedelta(hours=3)),
    expiring("longer than allowed", Reason.BAD_VALUE, timedelta(hours=3) + TICK),
    expiring("the shortest allowed", NOON + timedelta(hours=1), timedelta(hours=1)),
    expiring("shorter than allowed", Reason.BAD_VALUE, timedelta(hours=1) - TICK),
    expiring("for an instant", NOON + TICK, TICK, NO_MINIMUM),
    expiring("until now", Reason.BAD_VALUE, timedelta(), NO_MINIMUM),
]

RULES = [
    (StoredSecret.find_problem, VALIDITY, 3),
    (OneTimeSecret.find_problem, SINGLE_USE, 1),
    (Lifetime.choose_end, LIFETIMES, 4),
]
