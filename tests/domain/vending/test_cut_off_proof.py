"""The stored proof of a cut-off role, and the requests of a check to the job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CANARY_NAME
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.plan import (
    Step,
    find_step,
    not_in_force_any_more,
    request_check,
    with_method,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.usecases.vending.cut_offs.look import build_canary_terms
from tests.builders import (
    ROLE_ARN,
    a_role,
    a_seen_cut_off,
    a_verification,
    an_engagement,
    results,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.rows import every

HOUR = timedelta(hours=1)
BRAKE_ID = "daypass-brake"
BRAKED = an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=BRAKE_ID)
WITHOUT = an_engagement()
TRUST = [check for check in CutOffCheck if check is not CutOffCheck.BRAKE]
ALL = dict.fromkeys(TRUST, Result.PASSED)
DENY_ALL = CutOffMethod.DENY_ALL


def a_proof(**changes: Any) -> CutOffProof:
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


def stored(*cut_offs: CutOff, **changes: Any) -> RoleCutOffs:
    fields: dict[str, Any] = {
        "canary": "cafe",
        "canary_seen_at": NOON,
        "brake_seen_at": NOON,
        "versions": ("v2",),
        "tried_at": NOON,
        "try_count": 3,
    }
    return role_cut_offs(*cut_offs, **(fields | changes))


def request(
    earlier: RoleCutOffs | None, *, may_drill: bool = True, is_full: bool = True
) -> RoleCutOffs | None:
    return request_check(earlier, BRAKED, a_role(), NOON, may_drill=may_drill, is_full=is_full)


@every("check", TRUST)
def test_a_proof_needs_every_check_of_the_cut_off_role(check: CutOffCheck) -> None:
    without = {each: result for each, result in ALL.items() if each is not check}
    assert a_proof().is_proven
    for changed in ({**ALL, check: Result.FAILED}, without):
        assert not a_proof(results=changed).is_proven
    assert a_proof(results={**ALL, check: Result.FAILED}).failed_checks == (check,)


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (a_proof(), True),
        (a_proof(role_arn=f"{ROLE_ARN}2"), False),
        (a_proof(method=DENY_ALL), False),
        (a_proof(external_id="daypass-other"), False),
    ],
)
def test_a_proof_holds_for_what_it_tested(proof: CutOffProof, *, expected: bool) -> None:
    assert proof.is_current(BRAKED, a_role()) is expected


def test_a_first_drill_creates_the_roles_item_which_is_then_listed() -> None:
    drill = request(None)
    assert drill is not None
    assert (drill.role_arn, drill.method, drill.version) == (ROLE_ARN, CutOffMethod.BRAKE, 1)
    assert (drill.drill_requested_at, drill.look_requested_at) == (NOON, None)
    assert drill.list_key == "acme-prod#readonly"
    assert replace(drill, drill_requested_at=None).list_key == ""
    assert replace(drill, drill_requested_at=None, look_requested_at=NOON).list_key
    assert request(None, is_full=False) == drill
    assert request(None, may_drill=False) is None


BUSY: dict[str, RoleCutOffs] = {
    "a drill": stored(drill_requested_at=NOON - HOUR),
    "a look": stored(look_requested_at=NOON - HOUR),
    "to write": stored(a_seen_cut_off(status=CutOffStatus.REQUESTED)),
    "to see": stored(a_seen_cut_off(status=CutOffStatus.WRITTEN)),
    "over": stored(a_seen_cut_off(needed_until=NOON)),
    "to release": stored(denies=True),
    "an attempt": stored(writing="cafe"),
}


@pytest.mark.parametrize("name", BUSY)
def test_nothing_is_requested_while_something_else_comes_first(name: str) -> None:
    assert request(BUSY[name]) is request(BUSY[name], is_full=False) is None


@pytest.mark.parametrize("name", BUSY)
def test_a_requested_look_waits_for_everything_else(name: str) -> None:
    earlier = replace(BUSY[name], look_requested_at=NOON)
    step = find_step(earlier, NOON + HOUR, has_looked_for_client=True)
    assert (step is Step.LOOK_AS_REQUESTED) is (name in ("a drill", "a look"))


def test_a_check_keeps_what_is_stored_of_the_brake() -> None:
    at_once = {"tried_at": None, "try_count": 0, "version": 2, "look_requested_at": NOON}
    assert request(stored()) == replace(stored(), drill_requested_at=NOON, **at_once)
    assert request(stored(), is_full=False) == replace(stored(), **at_once)
    assert request(stored(), may_drill=False) == replace(stored(), **at_once)
    for unseen in (stored(canary_seen_at=None), stored(problem=CutOffProblem.NOT_PERMITTED)):
        drill = request(unseen, is_full=False)
        assert drill is not None
        assert drill.drill_requested_at == NOON


def test_while_the_brake_denies_sessions_a_check_only_looks() -> None:
    looking = request(stored(a_seen_cut_off(), denies=True))
    assert looking is not None
    assert (looking.look_requested_at, looking.drill_requested_at) == (NOON, None)


@pytest.mark.parametrize(
    "earlier",
    [stored(role_arn=f"{ROLE_ARN}2"), stored(a_seen_cut_off(), role_arn=f"{ROLE_ARN}2")],
    ids=["no cut-off", "a cut-off of the former role"],
)
def test_a_drill_of_another_role_forgets_the_former_brake(earlier: RoleCutOffs) -> None:
    drill = request(earlier)
    assert drill is not None
    assert (drill.role_arn, drill.method) == (ROLE_ARN, CutOffMethod.BRAKE)
    assert (drill.canary, drill.canary_seen_at, drill.versions) == ("", None, ())
    assert (drill.brake_seen_at, drill.look_requested_at) == (None, None)
    assert (drill.tried_at, drill.try_count, drill.drill_requested_at) == (None, 0, NOON)
    assert [each.role_arn for each in drill.cut_offs] == [earlier.role_arn] * len(drill.cut_offs)
    assert request(earlier, is_full=False) == drill
    assert request(earlier, may_drill=False) is None


def test_a_former_method_shows_nothing_about_the_present_one() -> None:
    for former in (stored(method=DENY_ALL), stored(method=DENY_ALL, drill_requested_at=NOON)):
        drill = request(former)
        assert drill is not None
        assert (drill.method, drill.canary) == (CutOffMethod.BRAKE, "")
        assert (drill.drill_requested_at, drill.look_requested_at) == (NOON, None)
    changed = with_method(stored(drill_requested_at=NOON), DENY_ALL)
    assert (changed.canary, changed.drill_requested_at) == ("", None)
    assert find_step(changed, NOON, has_looked_for_client=False) is None
    kept = stored(a_seen_cut_off(), denies=True)
    assert with_method(kept, DENY_ALL) == kept


SHUT = stored(method=DENY_ALL, shut_at=NOON - HOUR)
LOOKED_AT: dict[str, tuple[RoleCutOffs | None, bool]] = {
    "none": (None, False),
    "a shut role": (SHUT, True),
    "a shut role, with a cut-off": (replace(SHUT, cut_offs=(a_seen_cut_off(),)), False),
    "another shut role": (replace(SHUT, role_arn=f"{ROLE_ARN}2"), False),
    "an open role": (replace(SHUT, shut_at=None), False),
}


@every("name", LOOKED_AT)
def test_a_shut_role_is_looked_at_also_without_a_method(name: str) -> None:
    earlier, expected = LOOKED_AT[name]
    looking = request_check(earlier, WITHOUT, a_role(), NOON, may_drill=False, is_full=True)
    assert (looking is not None) is expected
    assert looking is None or looking.drill_requested_at is None


def test_a_repair_writes_every_cut_off_again_that_is_not_over() -> None:
    over = a_seen_cut_off(id="over", needed_until=NOON)
    former = a_seen_cut_off(role_arn=f"{ROLE_ARN}2")
    repair = not_in_force_any_more(stored(over, former, a_seen_cut_off()), NOON)
    assert repair.cut_offs[:2] == (over, former)
    again = repair.cut_offs[2]
    assert again.status is CutOffStatus.REQUESTED
    assert again.problem is repair.problem is CutOffProblem.NOT_IN_FORCE
    assert (again.written_at, again.seen_at) == (None, None)
    assert again.is_pending(NOON)
    assert (repair.canary, repair.canary_seen_at, repair.drill_requested_at) == ("", None, NOON)
    assert (repair.tried_at, repair.try_count, repair.versions) == (None, 0, ("v2",))


def test_a_canary_names_no_member() -> None:
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
