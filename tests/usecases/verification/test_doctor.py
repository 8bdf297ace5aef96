"""Why AWS refuses us: further probes are sent only where it does, and the likeliest comes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.values import Item
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check, ProbeOutcome
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.verification.verify import verify
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.domain.verification.diagnosis_table import IMPORTED, NEVER_ACCEPTED, NO_LONGER_ACCEPTED
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.probing import Probing, Says, Sent, nothing

SAFE = FakeRole(EXTERNAL_ID)
ANOTHER = FakeRole("daypass-other")
NEXT, FORMER = "daypass-next", "daypass-former"
UNDER_WAY = an_engagement(next_external_id=NEXT, previous_external_id=FORMER)
WITH_PATH = "arn:aws:iam::987654321098:role/team/audit/ContractorRole"
NEVER = a_role(verification=None)


@dataclass
class Visit:
    """What a verification of `readonly` asked, and what it made of it."""

    scene: Scene = field(default_factory=a_scene)

    def of(self, trust: FakeRole | None, *items: Item, says: Says = nothing) -> tuple[Cause, ...]:
        world = self.scene.world
        world.add(*items)
        world.roles.pop(ROLE_ARN)
        if trust is not None:
            world.roles[ROLE_ARN] = trust
        self.sts = Probing(world, says)
        ports = replace(self.scene.ports, sts=self.sts)
        role = verify(ports, self.scene.caller(), "acme-prod", "readonly")
        assert role.verification is not None
        return role.verification.causes


def causes(trust: FakeRole | None, *items: Item) -> tuple[Cause, ...]:
    return Visit().of(trust, *items)


@pytest.mark.parametrize(
    "trust", [replace(SAFE, demands_external_id=False), replace(SAFE, region_disabled=True)]
)
def test_nor_is_one_that_does_not_refuse_us(trust: FakeRole) -> None:
    visit = Visit()
    visit.of(trust, UNDER_WAY, NEVER)
    assert {NEXT, FORMER}.isdisjoint(one.external_id for one in visit.sts.sent)
    assert visit.sts.asked_about_us == []


def test_a_role_that_refuses_us_is_tried_with_what_else_it_may_know() -> None:
    visit = Visit()
    place, role = UNDER_WAY, a_role(arn=WITH_PATH, verification=None)
    visit.of(None, place, role)
    further = [(one.role_arn, one.external_id, one.variant) for one in visit.sts.sent[-12:]]
    assert further == [
        *((ROLE_ARN, EXTERNAL_ID, variant) for variant in VARIANTS),
        *((WITH_PATH, NEXT, variant) for variant in VARIANTS),
        *((WITH_PATH, FORMER, variant) for variant in VARIANTS),
    ]
    assert visit.sts.asked_about_us == [WITH_PATH]


def test_and_with_nothing_that_there_is_not() -> None:
    visit = Visit()
    assert visit.of(None, NEVER) == NEVER_ACCEPTED
    assert len(visit.sts.sent) == CALLS_PER_FULL_CHECK - len(VARIANTS)
    assert visit.sts.asked_about_us == [ROLE_ARN]


def test_the_role_is_there_without_the_path() -> None:
    scene = a_scene()
    visit = Visit(scene)
    assert visit.of(SAFE, a_role(arn=WITH_PATH, verification=None)) == (Cause.PATH,)


@pytest.mark.parametrize(
    ("trust", "cause"),
    [
        (FakeRole(NEXT), Cause.NEXT_ID_ONLY),
        (FakeRole(FORMER), Cause.PREVIOUS_ID_ONLY),
        (FakeRole(EXTERNAL_ID.swapcase()), Cause.OTHER_CASE),
    ],
)
def test_an_external_id_that_gets_in_instead_is_what_it_is(trust: FakeRole, cause: Cause) -> None:
    assert causes(trust, UNDER_WAY, NEVER) == (cause,)


@pytest.mark.parametrize(
    ("ours", "found"),
    [
        ("permitted", NEVER_ACCEPTED),
        ("not known", NEVER_ACCEPTED),
        ("forbidden", (Cause.OUR_PERMISSION,)),
    ],
)
def test_only_what_is_known_of_our_own_side_is_said_of_it(
    ours: str, found: tuple[Cause, ...]
) -> None:
    scene = a_scene()
    scene.world.may_ask = {"permitted": True, "forbidden": False}.get(ours)
    assert Visit(scene).of(ANOTHER, UNDER_WAY, NEVER) == found


@pytest.mark.parametrize(
    "answer", [ProbeOutcome.UNKNOWN, ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED]
)
def test_a_further_probe_that_is_not_let_in_says_nothing(answer: ProbeOutcome) -> None:
    def says(sent: Sent) -> ProbeOutcome | None:
        return answer if sent.external_id in (NEXT, FORMER) else None

    assert Visit().of(ANOTHER, UNDER_WAY, NEVER, says=says) == NEVER_ACCEPTED


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_that_is_let_in_in_any_dress_says_it(variant: ProbeVariant) -> None:
    def says(sent: Sent) -> ProbeOutcome | None:
        return (
            ProbeOutcome.ACCEPTED if (sent.external_id, sent.variant) == (NEXT, variant) else None
        )

    assert Visit().of(ANOTHER, UNDER_WAY, NEVER, says=says) == (Cause.NEXT_ID_ONLY,)


MOVED = "arn:aws:iam::987654321098:role/Moved"


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (None, NEVER_ACCEPTED),
        (a_verification(), NO_LONGER_ACCEPTED),
        (a_verification(external_id="daypass-before"), NO_LONGER_ACCEPTED),
        (a_verification(results=results(Check.WRONG_ID)), NEVER_ACCEPTED),
        (a_verification(role_arn=MOVED), NEVER_ACCEPTED),
    ],
    ids=["never", "proven", "with an ID before", "was not safe", "another role was proven"],
)
def test_a_role_that_has_let_us_in_before_is_refusing_us_for_other_causes(
    before: None, found: tuple[Cause, ...]
) -> None:
    assert causes(None, a_role(verification=before)) == found


def test_a_role_that_let_somebody_else_of_ours_in_has_to_be_told_of_the_broker() -> None:
    assert causes(None, an_engagement(external_id_imported=True), NEVER) == IMPORTED


NO_IDENTITY = replace(SAFE, allows_source_identity=False)
NO_TAGS = replace(SAFE, allows_tags=False)
NEITHER = replace(NO_IDENTITY, allows_tags=False)


@pytest.mark.parametrize(
    ("trust", "before", "found"),
    [
        (NO_IDENTITY, results(), (Cause.SOURCE_IDENTITY,)),
        (NO_TAGS, results(), (Cause.TAGS,)),
        (NEITHER, results(), (Cause.SOURCE_IDENTITY, Cause.TAGS)),
        (NEITHER, results(Check.TAGS), (Cause.SOURCE_IDENTITY,)),
        (NEITHER, results(Check.SOURCE_IDENTITY), (Cause.TAGS,)),
        (NEITHER, results(Check.SOURCE_IDENTITY, Check.TAGS), ()),
        (NEITHER, results(Check.NO_ID), ()),
        (SAFE, results(), ()),
    ],
)
def test_what_the_role_took_before_and_takes_no_more_is_told(
    trust: FakeRole, before: dict[Check, object], found: tuple[Cause, ...]
) -> None:
    assert causes(trust, a_role(verification=a_verification(results=before))) == found


def test_that_a_role_had_worked_is_not_forgotten_with_the_next_check() -> None:
    scene = a_scene()
    del scene.world.roles[ROLE_ARN]
    told = []
    for _ in range(3):
        role = verify(scene.ports, scene.caller(), "acme-prod", "readonly")
        assert role.verification is not None
        told.append(role.verification.causes)
    assert told[0][0] is Cause.ROLE_MISSING
    assert told == [told[0]] * 3


@pytest.mark.parametrize(("end", "is_first"), [(NOON, True), (NOON + timedelta(seconds=1), False)])
def test_an_end_that_daypass_asked_for_and_that_has_passed_comes_first(
    end: datetime, *, is_first: bool
) -> None:
    found = causes(None, a_role(requested_ends=(end,)))
    assert (found[0] is Cause.END_DATE) is is_first
