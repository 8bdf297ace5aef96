"""The next step on the client's page, and the order of the steps."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.onboarding.next_step import NextStep, StepKind, choose_next_step
from chalicelib.domain.verification.proof import Check
from tests.builders import NOON, a_role, a_verification, an_engagement, results
from tests.rows import every

OPEN, OVER = an_engagement(), an_engagement(closed_at=NOON)
NEXT, PREVIOUS = an_engagement(next_external_id="aa"), an_engagement(previous_external_id="aa")
FACTS = {
    "good": {},
    "fair": {"verification": a_verification(results=results(Check.TAGS))},
    "bad": {"verification": a_verification(results=results(Check.NO_ID))},
    "old": {"verification": a_verification(external_id="daypass-other")},
    "old-bad": {
        "verification": a_verification(external_id="daypass-other", results=results(Check.NO_ID))
    },
    "new": {"verification": None},
    "ended": {"ended_at": NOON, "verification": None},
}
GOOD, FAIR, BAD, OLD, OLD_BAD, NEW, ENDED = FACTS


def roles_of(*names, outdated=""):
    """Return roles a, b and so on of these kinds. The trust policies of those in `outdated` end
    before the engagement."""
    roles = [a_role(name, **FACTS[kind]) for name, kind in zip("abc", names, strict=False)]
    ends = (OPEN.ends_at - timedelta(days=1), OPEN.ends_at)
    late = {"requested_ends": ends, "previous_policy_end": None}
    return tuple(replace(role, **late) if role.name in outdated else role for role in roles)


ROTATE, FIX, RENEW, SET_UP = StepKind.ROTATE, StepKind.FIX, StepKind.RENEW, StepKind.SET_UP
TABLE = {
    "no role is requested": (OPEN, (), StepKind.NO_ROLES, ""),
    "an ended role only": (OPEN, roles_of(ENDED), StepKind.NO_ROLES, ""),
    "all is well": (OPEN, roles_of(GOOD, GOOD, ENDED), StepKind.DONE, "ab"),
    "one could be better": (OPEN, roles_of(GOOD, FAIR), StepKind.IMPROVE, "b"),
    "one was never checked": (OPEN, roles_of(FAIR, NEW), SET_UP, "b"),
    "one was changed after its check": (OPEN, roles_of(FAIR, OLD), StepKind.CHECK_AGAIN, "b"),
    "one failed and was changed": (OPEN, roles_of(OLD_BAD, GOOD), StepKind.CHECK_AGAIN, "a"),
    "a first check comes before another": (OPEN, roles_of(OLD, NEW), SET_UP, "b"),
    "one fails": (OPEN, roles_of(GOOD, BAD), FIX, "b"),
    "the next external ID": (NEXT, roles_of(GOOD, GOOD), ROTATE, "ab"),
    "the previous external ID": (PREVIOUS, roles_of(FAIR), ROTATE, "a"),
    "a rotation comes before a first check": (NEXT, roles_of(GOOD, NEW), ROTATE, "ab"),
    "a policy ends early": (OPEN, roles_of(GOOD, GOOD, outdated="b"), RENEW, "b"),
    "one that was changed after its check": (OPEN, roles_of(OLD, outdated="a"), RENEW, "a"),
    "one that nobody has checked": (OPEN, roles_of(NEW, outdated="a"), SET_UP, "a"),
    "a failure comes before it": (OPEN, roles_of(BAD, GOOD, outdated="b"), FIX, "a"),
    "it comes before a rotation": (NEXT, roles_of(GOOD, GOOD, outdated="b"), RENEW, "b"),
}


@every("engagement, roles, kind, names", TABLE.values())
def test_the_next_step(engagement, roles, kind, names):
    for removal_checked in (False, True):
        step = choose_next_step(engagement, roles, NOON, removal_checked=removal_checked)
        assert step == NextStep(kind=kind, roles=tuple(names))
        done = {StepKind.NO_ROLES, StepKind.IMPROVE, StepKind.DONE}
        assert step.is_for_client is (kind not in done)
        assert all(name in step.text for name in names) or kind is StepKind.DONE


@every("roles", [roles_of(GOOD, ENDED), roles_of(BAD, NEW), roles_of(OLD, outdated="a")])
@every(
    "removed, removal_checked, kind",
    [
        (False, False, StepKind.REMOVE),
        (False, True, StepKind.REMOVE_AGAIN),
        (True, True, StepKind.REMOVED),
        (True, False, StepKind.REMOVED),
    ],
)
def test_after_the_end_the_only_step_is_removing_the_access(
    roles, kind, *, removed, removal_checked
):
    over = replace(OVER, access_removed_at=NOON if removed else None)
    for engagement in (over, replace(over, next_external_id="aa")):
        step = choose_next_step(engagement, roles, NOON, removal_checked=removal_checked)
        assert step == NextStep(kind=kind, roles=tuple(role.name for role in roles))
        assert step.is_for_client is not removed


def test_there_is_a_row_for_every_kind_of_step():
    after_the_end = {StepKind.REMOVE, StepKind.REMOVE_AGAIN, StepKind.REMOVED}
    assert {row[2] for row in TABLE.values()} | after_the_end == set(StepKind)
