"""When a link or a code is good, how long one may live: one row for each fact that decides."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.one_time_secrets import Lifetime, SecretProblem
from chalicelib.domain.reasons import Reason
from tests.builders import AFTER, a_link, an_access_link
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)

KEPT = [
    Row("open", None, (a_link(), NOON)),
    Row("revoked", SecretProblem.REVOKED, (a_link(revoked_at=NOON - TICK), NOON)),
    Row("revoked in the future", SecretProblem.REVOKED, (a_link(revoked_at=AFTER), NOON)),
    Row("expires in an instant", None, (a_link(expires_at=NOON + TICK), NOON)),
    Row("expires now", SecretProblem.EXPIRED, (a_link(expires_at=NOON), NOON)),
    Row("expired", SecretProblem.EXPIRED, (a_link(expires_at=NOON - TICK), NOON)),
    Row(
        "revoked, and expired since", SecretProblem.REVOKED,
        (a_link(revoked_at=NOON, expires_at=NOON), NOON),
    ),
]  # fmt: skip
ONE_TIME = [
    Row("not used", None, (an_access_link(), NOON)),
    Row("used", SecretProblem.USED, (an_access_link(used_at=NOON), NOON)),
    Row("revoked", SecretProblem.REVOKED, (an_access_link(revoked_at=NOON), NOON)),
    Row("expires now", SecretProblem.EXPIRED, (an_access_link(expires_at=NOON), NOON)),
    Row("used, and revoked since", SecretProblem.USED,
        (an_access_link(used_at=NOON, revoked_at=NOON), NOON)),
]  # fmt: skip

LIFE = Lifetime(
    default=timedelta(hours=2),
    longest=timedelta(hours=3),
    shortest=timedelta(hours=1),
    refusal="From one hour to three.",
)
OF_ANY_LENGTH = Lifetime(default=timedelta(1), longest=timedelta(1), refusal="A day at most.")


def living(says: str, answer: object, expires_in: timedelta | None, life: Lifetime = LIFE) -> Row:
    expires_at = None if expires_in is None else NOON + expires_in
    return Row(says, answer, (life, NOON, expires_at))


LIVES = [
    living("as usual", NOON + timedelta(hours=2), None),
    living("as long as can be", NOON + timedelta(hours=3), timedelta(hours=3)),
    living("longer", Reason.BAD_VALUE, timedelta(hours=3) + TICK),
    living("as short as can be", NOON + timedelta(hours=1), timedelta(hours=1)),
    living("shorter", Reason.BAD_VALUE, timedelta(hours=1) - TICK),
    living("for an instant", NOON + TICK, TICK, OF_ANY_LENGTH),
    living("until now", Reason.BAD_VALUE, timedelta(), OF_ANY_LENGTH),
]
