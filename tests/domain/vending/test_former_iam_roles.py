"""A role that got another ARN: the cut-offs of its former IAM role are left to the client."""

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_CUT_OFFS,
    CutOffProblem,
    CutOffStatus,
    add_cut_off,
)
from chalicelib.domain.vending.cut_off.plan import Step
from tests.builders import ROLE_ARN, a_cut_off, a_seen_cut_off, role_cut_offs
from tests.fakes import NOON
from tests.rows import every

NEXT, FORMER = f"{ROLE_ARN}2", {"role_arn": f"{ROLE_ARN}1"}
BRAKE = CutOffMethod.BRAKE
LEFT = (CutOffProblem.OTHER_ROLE,)


def written(**changes):
    return a_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON, canary="a", **changes)


def problems(stored):
    return tuple(each.problem for each in stored.cut_offs)


def step(stored):
    return plan.find_step(stored, NOON, has_looked_for_client=True)


@every("cut_off", [a_cut_off(), written(), a_cut_off(problem=CutOffProblem.BRAKE_MISSING)])
def test_the_client_has_to_write_what_daypass_has_not_seen(cut_off):
    moved = role_cut_offs(cut_off, canary="a").for_role(NEXT, BRAKE)
    assert (problems(moved), step(moved)) == (LEFT, None)
    assert moved.cut_offs[0].role_arn == ROLE_ARN


def test_what_daypass_has_seen_stays_seen():
    moved = role_cut_offs(a_seen_cut_off()).for_role(NEXT, BRAKE)
    assert (problems(moved), step(moved)) == ((None,), None)


def test_daypass_writes_again_for_a_role_that_has_its_earlier_arn_again():
    moved = role_cut_offs(a_cut_off()).for_role(NEXT, BRAKE).for_role(ROLE_ARN, BRAKE)
    assert (problems(moved), step(moved)) == ((None,), Step.WRITE)


def test_the_brake_of_the_next_role_shows_nothing_about_the_former_one():
    moved = role_cut_offs(written()).for_role(NEXT, BRAKE)
    for change in (plan.record_seen(moved, NOON), plan.request_repair(moved, NOON)):
        assert change.cut_offs == moved.cut_offs
    seen = role_cut_offs(a_seen_cut_off()).for_role(NEXT, BRAKE)
    assert plan.request_rewrite(seen).cut_offs == seen.cut_offs


def members(count, **changes):
    """Return as many cut-offs, each of a member of its own."""
    return [a_cut_off(id=f"{n:016x}", member=f"m-{n}", **changes) for n in range(count)]


def added(cut_offs, method=BRAKE):
    stored = role_cut_offs(method=method)
    for each in cut_offs:
        stored = add_cut_off(stored, each)
    return stored


@every("first, last", [({}, FORMER), (FORMER, {})])
def test_too_many_cut_offs_of_an_iam_role_drop_none_of_another(first, last):
    """The sessions of a cut-off that is dropped would work again at the next write."""
    stored = added([*members(MAX_CUT_OFFS, **first), *members(1, **last)])
    assert {each.role_arn for each in stored.cut_offs} == {None, FORMER["role_arn"]}
    assert all(each.is_for_everyone for each in stored.cut_offs)
    assert len(stored.cut_offs) == 2
    assert stored.cut_offs[-1].role_arn == last.get("role_arn")


def test_a_few_cut_offs_of_another_iam_role_keep_their_names():
    stored = added([*members(3, **FORMER), *members(MAX_CUT_OFFS - 2)])
    assert [each.member for each in stored.cut_offs] == ["m-0", "m-1", "m-2", ""]


@every(
    "method, changes, problem",
    [
        (CutOffMethod.NONE, {}, CutOffProblem.CLIENT_MUST_WRITE),
        (BRAKE, FORMER, CutOffProblem.OTHER_ROLE),
        (BRAKE, {}, None),
        (CutOffMethod.DENY_ALL, {}, None),
    ],
)
def test_one_cut_off_for_everyone_is_left_to_the_client_where_each_was(method, changes, problem):
    stored = added(members(MAX_CUT_OFFS + 1, **changes), method)
    assert problems(stored) == (problem,)


@every("method", [BRAKE, CutOffMethod.DENY_ALL])
def test_without_a_method_the_client_has_to_write_what_daypass_could_not(method):
    failed = a_cut_off(problem=CutOffProblem.NOT_PERMITTED)
    changed = plan.with_method(role_cut_offs(failed, method=method), CutOffMethod.NONE)
    assert (problems(changed), step(changed)) == ((CutOffProblem.CLIENT_MUST_WRITE,), None)


def test_a_brake_that_denies_is_released_although_another_method_came_meanwhile():
    stored = role_cut_offs(a_seen_cut_off(), canary="a", denies=True)
    key = (stored.engagement, stored.role)
    changed = plan.prepare_for_role(stored, key, ROLE_ARN, CutOffMethod.NONE)
    assert step(replace(changed, cut_offs=())) is Step.RELEASE
