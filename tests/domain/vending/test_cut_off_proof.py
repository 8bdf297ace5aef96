"""The stored proof of a cut-off role, and the requests of a check to the job."""

from datetime import timedelta

from msgspec.structs import asdict, replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CANARY_NAME
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.brake_version import is_widened
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_ALL_NAMES,
    MAX_CUT_OFFS,
    CutOffProblem,
    CutOffStatus,
)
from chalicelib.domain.vending.cut_off.limits import add_cut_off
from chalicelib.domain.vending.cut_off.plan import (
    find_step,
    request_check,
    request_repair,
    with_method,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.usecases.vending.cut_offs.look import build_canary_terms
from tests.builders import (
    NOON,
    ROLE_ARN,
    a_cut_off,
    a_role,
    a_seen_cut_off,
    a_verification,
    an_engagement,
    results,
    role_cut_offs,
)
from tests.golden import hold_against_file
from tests.rows import every

HOUR = timedelta(hours=1)
BRAKE_ID = "daypass-brake"
BRAKED = an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=BRAKE_ID)
WITHOUT = an_engagement()
TRUST = [check for check in CutOffCheck if check is not CutOffCheck.BRAKE]
ALL = dict.fromkeys(TRUST, Result.PASSED)
DENY_ALL = CutOffMethod.DENY_ALL


def a_proof(**changes):
    fields = {
        "engagement": "acme-prod",
        "role": "readonly",
        "checked_at": NOON,
        "role_arn": ROLE_ARN,
        "method": CutOffMethod.BRAKE,
        "external_id": BRAKE_ID,
        "results": ALL,
    }
    return CutOffProof(**(fields | changes))


def stored(*cut_offs, **changes):
    fields = {
        "canary": "cafe",
        "canary_seen_at": NOON,
        "brake_seen_at": NOON,
        "versions": ("v2",),
        "tried_at": NOON,
        "try_count": 3,
    }
    return role_cut_offs(*cut_offs, **(fields | changes))


@every("check", TRUST)
def test_a_proof_needs_every_check_of_the_cut_off_role(check):
    without = {each: result for each, result in ALL.items() if each is not check}
    assert a_proof().is_proven
    for changed in ({**ALL, check: Result.FAILED}, without):
        assert not a_proof(results=changed).is_proven
    assert a_proof(results={**ALL, check: Result.FAILED}).failed_checks == (check,)


@every(
    "proof, expected",
    [
        (a_proof(), True),
        (a_proof(role_arn=f"{ROLE_ARN}2"), False),
        (a_proof(method=DENY_ALL), False),
        (a_proof(external_id="daypass-other"), False),
    ],
)
def test_a_proof_holds_for_what_it_tested(proof, *, expected):
    assert proof.is_current(BRAKED, a_role()) is expected


BUSY = {
    "a drill": stored(drill_requested_at=NOON - HOUR),
    "a look": stored(look_requested_at=NOON - HOUR),
    "to write": stored(a_seen_cut_off(status=CutOffStatus.REQUESTED)),
    "to see": stored(a_seen_cut_off(status=CutOffStatus.WRITTEN)),
    "over": stored(a_seen_cut_off(needed_until=NOON)),
    "to release": stored(denies=True),
    "an attempt": stored(writing="cafe"),
}


@every("name", BUSY)
def test_a_requested_look_waits_for_everything_else(name):
    earlier = replace(BUSY[name], look_requested_at=NOON)
    step = find_step(earlier, NOON + HOUR, has_looked_for_client=True)
    assert (step == "look-as-requested") is (name in ("a drill", "a look"))


OTHER_ROLE = {"role_arn": f"{ROLE_ARN}2"}
EARLIER = BUSY | {
    "no cut-off": None,
    "a brake": stored(),
    "a brake that no canary saw": stored(canary_seen_at=None),
    "a brake with a problem": stored(problem=CutOffProblem.NOT_PERMITTED),
    "a brake that denies sessions": stored(a_seen_cut_off(), denies=True),
    "another role's": stored(**OTHER_ROLE),
    "another role's, with a cut-off": stored(a_seen_cut_off(**OTHER_ROLE), **OTHER_ROLE),
    "the former method's": stored(method=DENY_ALL),
    "a drill of the former method": stored(method=DENY_ALL, drill_requested_at=NOON),
}
SHUT = stored(method=DENY_ALL, shut_at=NOON - HOUR)
WITHOUT_METHOD = {
    "no cut-off": None,
    "a shut role": SHUT,
    "a shut role, with a cut-off": replace(SHUT, cut_offs=(a_seen_cut_off(),)),
    "another shut role": replace(SHUT, role_arn=f"{ROLE_ARN}2"),
    "an open role": replace(SHUT, shut_at=None),
}
CHECKS = {
    "a full check": {"may_drill": True, "is_full": True},
    "a daily check": {"may_drill": True, "is_full": False},
    "a check that may not drill": {"may_drill": False, "is_full": True},
}


def changed(before, after):
    """Return the fields that differ from those before, or from an item without cut-offs."""
    if after is before:
        return "nothing"
    was = asdict(before or role_cut_offs())
    return ", ".join(
        f"{name} {[each.id for each in value] if name == 'cut_offs' else value or 'none'}"
        for name, value in asdict(after).items()
        if value != was[name]
    )


def test_a_check_requests_what_the_file_says():
    """Nothing, while something else comes first. What is stored of the present brake stays."""
    lines = []
    for name, earlier in EARLIER.items():
        lines.append(f"=== {name}")
        for check, how in CHECKS.items():
            after = request_check(earlier, BRAKED, a_role(), NOON, **how)
            lines.append(f"{check}: {changed(earlier, after or earlier)}")
    for name, earlier in WITHOUT_METHOD.items():
        how = CHECKS["a check that may not drill"]
        after = request_check(earlier, WITHOUT, a_role(), NOON, **how)
        lines.append(f"=== without a method, {name}\n{changed(earlier, after or earlier)}")
    hold_against_file("verification/cut-off-requests.txt", "\n".join(lines))


def test_a_role_with_a_request_is_listed():
    drill = role_cut_offs(drill_requested_at=NOON)
    assert drill.list_key == "acme-prod#readonly"
    assert replace(drill, drill_requested_at=None).list_key == ""
    assert replace(drill, drill_requested_at=None, look_requested_at=NOON).list_key


def test_a_former_method_shows_nothing_about_the_present_one():
    after = with_method(stored(drill_requested_at=NOON), DENY_ALL)
    assert (after.canary, after.drill_requested_at) == ("", None)
    assert find_step(after, NOON, has_looked_for_client=False) is None
    kept = stored(a_seen_cut_off(), denies=True)
    assert with_method(kept, DENY_ALL) == kept


def test_a_repair_writes_every_cut_off_again_that_is_not_over():
    over = a_seen_cut_off(id="over", needed_until=NOON)
    former = a_seen_cut_off(role_arn=f"{ROLE_ARN}2")
    repair = request_repair(stored(over, former, a_seen_cut_off()), NOON)
    assert repair.cut_offs[:2] == (over, former)
    again = repair.cut_offs[2]
    assert again.status == "requested"
    assert again.problem == repair.problem == "not-in-force"
    assert (again.written_at, again.seen_at) == (None, None)
    assert again.is_pending(NOON)
    assert (repair.canary, repair.canary_seen_at, repair.drill_requested_at) == ("", None, NOON)
    assert (repair.tried_at, repair.try_count, repair.versions) == (None, 0, ("v2",))


def test_a_canary_names_no_member():
    terms = build_canary_terms(BRAKED, a_role())
    assert (terms.source_identity, dict(terms.tags)["DaypassMember"]) == (CANARY_NAME, CANARY_NAME)
    assert (terms.role_arn, terms.external_id, terms.duration) == (
        ROLE_ARN,
        BRAKED.external_id,
        900,
    )
    assert build_canary_terms(BRAKED, a_role(verification=None)) == terms
    plain = a_verification(results=results(Check.SOURCE_IDENTITY, Check.TAGS))
    terms = build_canary_terms(BRAKED, a_role(verification=plain))
    assert (terms.source_identity, terms.tags) == (None, ())


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
    assert (problems(moved), step(moved)) == ((None,), "write")


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


def sessions(count, member="alice", **changes):
    """Return as many cut-offs, each of a session of the member's, with a name of the longest."""
    names = (f"{member}.{n:0{53 - len(member)}x}" for n in range(count))
    return [a_cut_off(id=name, member=member, sessions=(name,), **changes) for name in names]


@every("method", CutOffMethod)
@every("changes", [{}, FORMER])
def test_no_number_of_one_members_cut_offs_is_one_of_everyone(method, changes):
    others = [*sessions(1, "bob"), *sessions(1, "carol", **changes)]
    stored = added([*others, *sessions(MAX_ALL_NAMES, **changes)], method)
    assert others == [each for each in stored.cut_offs if each.member != "alice"]
    assert not any(each.is_for_everyone for each in stored.cut_offs)
    assert not is_widened(stored, NOON)
    ended = [each for each in stored.cut_offs if not each.sessions]
    assert {each.member for each in ended} == {"alice"}
    assert {each.role_arn for each in ended} == {changes.get("role_arn")}


@every("changes", [{}, FORMER])
def test_what_shows_a_narrower_cut_off_says_nothing_about_the_wider_one(changes):
    """A write or a policy of the client's with the narrower one may be under way."""
    stored = plan.claim(added(sessions(MAX_CUT_OFFS, **changes)), "a", NOON)
    ids = {each.id for each in stored.cut_offs}
    later = NOON + timedelta(minutes=9)
    changed = add_cut_off(stored, a_cut_off(id="b", member="bob", requested_at=later, **changes))
    (wider,) = (each for each in changed.cut_offs if each.member == "alice")
    assert (wider.id in {*ids, "b"}, wider.requested_at) == (False, later)
    shown = plan.record_written(changed, ids, NOON)
    for each in ids:
        shown = plan.record_seen_of_client(shown, each, NOON)
    assert shown.cut_offs == changed.cut_offs


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
    assert (problems(changed), step(changed)) == (("client-must-write",), None)


def test_a_brake_that_denies_is_released_although_another_method_came_meanwhile():
    stored = role_cut_offs(a_seen_cut_off(), canary="a", denies=True)
    key = (stored.engagement, stored.role)
    changed = plan.prepare_for_role(stored, key, ROLE_ARN, CutOffMethod.NONE)
    assert step(replace(changed, cut_offs=())) == "release"
