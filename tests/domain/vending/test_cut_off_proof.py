"""The stored proof of a cut-off, and the requests to write the brake again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CANARY_NAME
from chalicelib.domain.vending.cut_off.canaries import build_canary_terms
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.drills import (
    has_brake_in_account,
    may_be_rewritten,
    request_drill,
    request_repair,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Check, Result
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

HOUR = timedelta(hours=1)
BRAKE_ID = "daypass-brake"
BRAKED = an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=BRAKE_ID)
ALL = dict.fromkeys(CutOffCheck, Result.PASSED)


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
        "versions": ("v2",),
        "tried_at": NOON,
        "try_count": 3,
    }
    return role_cut_offs(*cut_offs, **(fields | changes))


@pytest.mark.parametrize("check", CutOffCheck)
def test_a_proof_needs_every_check_of_its_method(check: CutOffCheck) -> None:
    without = {each: result for each, result in ALL.items() if each is not check}
    needs_it = check is not CutOffCheck.BRAKE
    assert a_proof().is_proven
    for changed in ({**ALL, check: Result.FAILED}, without):
        assert not a_proof(results=changed).is_proven
        assert a_proof(method=CutOffMethod.DENY_ALL, results=changed).is_proven is not needs_it
    assert a_proof(results={**ALL, check: Result.FAILED}).failed_checks == (check,)


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (a_proof(), True),
        (a_proof(role_arn=f"{ROLE_ARN}2"), False),
        (a_proof(method=CutOffMethod.DENY_ALL), False),
        (a_proof(external_id="daypass-other"), False),
    ],
)
def test_a_proof_holds_for_what_it_tested(proof: CutOffProof, *, expected: bool) -> None:
    assert proof.is_current(BRAKED, a_role()) is expected


def test_a_first_drill_creates_the_roles_item_which_is_then_listed() -> None:
    drill = request_drill(None, BRAKED, a_role(), NOON)
    assert drill is not None
    assert (drill.role_arn, drill.method, drill.drill_requested_at) == (
        ROLE_ARN,
        CutOffMethod.BRAKE,
        NOON,
    )
    assert drill.list_key == "acme-prod#readonly"
    assert replace(drill, drill_requested_at=None).list_key == ""


@pytest.mark.parametrize(
    "earlier",
    [
        stored(drill_requested_at=NOON - HOUR),
        stored(drill_requested_at=NOON - HOUR, method=CutOffMethod.DENY_ALL),
        stored(a_seen_cut_off(status=CutOffStatus.REQUESTED)),
        stored(a_seen_cut_off(status=CutOffStatus.WRITTEN)),
        stored(a_seen_cut_off(), denies=True),
        stored(a_seen_cut_off(needed_until=NOON)),
        stored(writing="cafe"),
    ],
    ids=["a drill", "a former drill", "to write", "to see", "denied", "over", "an attempt"],
)
def test_no_drill_is_requested_while_something_else_comes_first(earlier: RoleCutOffs) -> None:
    assert request_drill(earlier, BRAKED, a_role(), NOON) is None


def test_a_drill_keeps_what_is_stored_of_the_brake() -> None:
    drill = request_drill(stored(), BRAKED, a_role(), NOON)
    assert drill == replace(
        stored(), drill_requested_at=NOON, tried_at=None, try_count=0, version=2
    )


@pytest.mark.parametrize(
    "earlier",
    [stored(role_arn=f"{ROLE_ARN}2"), stored(a_seen_cut_off(), role_arn=f"{ROLE_ARN}2")],
    ids=["no cut-off", "a cut-off of the former role"],
)
def test_a_drill_of_another_role_forgets_the_former_brake(earlier: RoleCutOffs) -> None:
    drill = request_drill(earlier, BRAKED, a_role(), NOON)
    assert drill is not None
    assert (drill.role_arn, drill.method) == (ROLE_ARN, CutOffMethod.BRAKE)
    assert (drill.canary, drill.canary_seen_at, drill.versions) == ("", None, ())
    assert (drill.tried_at, drill.try_count, drill.drill_requested_at) == (None, 0, NOON)
    assert [each.role_arn for each in drill.cut_offs] == [earlier.role_arn] * len(drill.cut_offs)


def test_a_drill_uses_the_engagements_present_method() -> None:
    drill = request_drill(stored(method=CutOffMethod.DENY_ALL), BRAKED, a_role(), NOON)
    assert drill is not None
    assert drill.method is CutOffMethod.BRAKE


def test_a_repair_leaves_the_cut_offs_of_a_former_role_as_they_are() -> None:
    by_client = a_seen_cut_off(role_arn=f"{ROLE_ARN}2")
    assert request_repair(stored(by_client), NOON).cut_offs == (by_client,)


def test_a_repair_writes_every_cut_off_again_that_is_not_over() -> None:
    over = a_seen_cut_off(id="over", needed_until=NOON)
    repair = request_repair(stored(over, a_seen_cut_off()), NOON)
    first, second = repair.cut_offs
    assert first == over
    assert second.status is CutOffStatus.REQUESTED
    assert second.problem is CutOffProblem.NOT_IN_FORCE
    assert (second.written_at, second.seen_at) == (None, None)
    assert second.is_pending(NOON)
    assert (repair.canary, repair.canary_seen_at, repair.drill_requested_at) == ("", None, NOON)
    assert (repair.tried_at, repair.try_count, repair.versions) == (None, 0, ("v2",))


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (None, False),
        (stored(), True),
        (stored(canary=""), False),
        (stored(role_arn=f"{ROLE_ARN}2"), False),
        (stored(method=CutOffMethod.DENY_ALL), False),
    ],
)
def test_only_a_written_brake_of_the_same_role_can_be_looked_at(
    earlier: RoleCutOffs | None, *, expected: bool
) -> None:
    assert has_brake_in_account(earlier, a_role()) is expected


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


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (stored(), False),
        (stored(a_seen_cut_off()), False),
        (stored(drill_requested_at=NOON), True),
        (stored(a_seen_cut_off(status=CutOffStatus.REQUESTED)), True),
        (stored(a_seen_cut_off(status=CutOffStatus.WRITTEN)), True),
        (stored(a_seen_cut_off(needed_until=NOON)), True),
        (stored(denies=True), True),
        (stored(a_seen_cut_off(), denies=True), False),
        (stored(writing="cafe"), True),
    ],
    ids=[
        "released",
        "seen",
        "a drill",
        "to be written",
        "to be seen",
        "over",
        "to be released",
        "in force",
        "an attempt",
    ],
)
def test_the_job_may_write_while_something_is_pending(
    earlier: RoleCutOffs, *, expected: bool
) -> None:
    assert may_be_rewritten(earlier, NOON) is expected
