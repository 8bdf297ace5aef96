"""The states of an engagement, and the limit of its length: the input, and the result."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from typing import Any

from chalicelib.domain.engagements.life import (
    LONGEST_ENGAGEMENT,
    EngagementState,
    ends_soon,
    find_state,
    lasts_too_long,
)
from chalicelib.domain.engagements.roles import Role
from tests.builders import AFTER, BEFORE, a_grant, a_role, a_verification, an_engagement, results
from tests.domain.rows import Row
from tests.fakes import DAY, NOON, TICK

SOON = NOON + 14 * DAY
UNPROVEN = a_role(verification=None)
FAILED = a_role(verification=a_verification(results=results("no-external-id")))
ENDED = a_role(verification=FAILED.verification, ended_at=NOON)
OTHER_ID = "f" * 32
USED = [a_grant(revoked_at=NOON - TICK), a_grant("bob")]
UNUSED = [a_grant(revoked_at=NOON - TICK), a_grant("bob", starts_at=NOON + TICK)]
INVITED, FAILING, PROVEN, ACTIVE, ENDING, OVER, LEFT, FROZEN, UNKNOWN = EngagementState


def state(
    name: str,
    expected: EngagementState,
    *,
    roles: tuple[Role, ...] = (UNPROVEN, a_role()),
    grants: Any = USED,
    **engagement: Any,
) -> Row:
    return Row(name, expected, an_engagement(**engagement), roles, grants, NOON)


ENDS_SOON = [
    Row("more than 14 days are left", False, an_engagement(ends_at=SOON + TICK), NOON),
    Row("14 days are left", True, an_engagement(ends_at=SOON), NOON),
    Row("past its end", False, an_engagement(ends_at=NOON), NOON),
]
STATES = [
    state("no role", INVITED, roles=()),
    state("no role has been checked, and the end is near", INVITED, roles=(UNPROVEN,),
        ends_at=SOON),
    state("a role was checked, and none passed", FAILING, roles=(UNPROVEN, FAILED)),
    state("the role that failed was ended", INVITED, roles=(UNPROVEN, ENDED)),
    state("the check was of another external ID", INVITED, roles=(FAILED,), external_id=OTHER_ID),
    state("a role passed, and no grant is current", PROVEN, grants=UNUSED),
    state("a role passed, and the engagement begins in an instant", PROVEN, starts_at=NOON + TICK),
    state("a role passed, and the engagement begins now", ACTIVE, starts_at=NOON),
    state("active, and 14 days are left", ENDING, ends_at=SOON),
    state("over before a role passed", OVER, roles=(UNPROVEN,), closed_at=NOON),
    state("past its end, and every role refused Daypass", LEFT, ends_at=BEFORE,
        access_removed_at=NOON),
]  # fmt: skip


def length(name: str, expected: object, **fields: Any) -> Row:
    return Row(name, expected, an_engagement(**fields), NOON)


LIMIT = NOON + LONGEST_ENGAGEMENT
LENGTHS = [
    length("new, and two years long", False, starts_at=NOON, ends_at=LIMIT),
    length("new, and an instant longer", True, starts_at=NOON, ends_at=LIMIT + TICK),
    length("new, begun before, and two years are left", False, starts_at=BEFORE, ends_at=LIMIT),
    length("new, begun before, and more is left", True, starts_at=BEFORE, ends_at=LIMIT + TICK),
    length("new, begins later, and two years long", False,
        starts_at=AFTER, ends_at=AFTER + LONGEST_ENGAGEMENT),
    length("new, begins later, and an instant longer", True,
        starts_at=AFTER, ends_at=AFTER + LONGEST_ENGAGEMENT + TICK),
    length("renewed for two years from now", False, ends_at=LIMIT),
    length("renewed for an instant longer", True, ends_at=LIMIT + TICK),
    length("begins earlier", False, starts_at=BEFORE - TICK),
]  # fmt: skip

RULES = [
    (ends_soon, ENDS_SOON, 5),
    (find_state, STATES, 10),
    (lasts_too_long, LENGTHS, 2),
]
