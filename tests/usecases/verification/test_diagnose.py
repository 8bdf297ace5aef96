"""Why AWS refuses Daypass. Further probes are sent only if it does; likely causes come first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.values import Item
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import FORMS, ProbeForm
from chalicelib.domain.verification.proof import Check, ProbeOutcome
from chalicelib.usecases.verification.verify import verify_role
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
from tests.rows import every
from tests.usecases.verification.probing import Probing, Script, Sent, no_script

SAFE = FakeRole(EXTERNAL_ID)
ANOTHER = FakeRole("daypass-other")
NEXT, FORMER = "daypass-next", "daypass-former"
UNDER_WAY = an_engagement(next_external_id=NEXT, previous_external_id=FORMER)
WITH_PATH = "arn:aws:iam::987654321098:role/team/audit/ContractorRole"
NEVER = a_role(verification=None)


@dataclass
class Visit:
    """A check of `readonly`: the probes that it sent, and the causes that it found."""

    scene: Scene = field(default_factory=a_scene)

    def of(
        self, trust: FakeRole | None, *items: Item, script: Script = no_script
    ) -> tuple[Cause, ...]:
        world = self.scene.world
        world.add(*items)
        world.roles.pop(ROLE_ARN)
        if trust is not None:
            world.roles[ROLE_ARN] = trust
        self.sts = Probing(world, script)
        ports = replace(self.scene.ports, sts=self.sts)
        role = verify_role(ports, self.scene.caller(), "acme-prod", "readonly")
        return role.verification.causes


def causes(trust: FakeRole | None, *items: Item) -> tuple[Cause, ...]:
    return Visit().of(trust, *items)


def test_without_other_ids_the_causes_are_likely() -> None:
    assert causes(None, NEVER) == NEVER_ACCEPTED


def test_a_role_without_the_path_is_found() -> None:
    scene = a_scene()
    visit = Visit(scene)
    assert visit.of(SAFE, a_role(arn=WITH_PATH, verification=None)) == (Cause.PATH,)


@every(
    "trust, cause",
    [
        (FakeRole(NEXT), Cause.NEXT_ID_ONLY),
        (FakeRole(FORMER), Cause.PREVIOUS_ID_ONLY),
        (FakeRole(EXTERNAL_ID.swapcase()), Cause.OTHER_CASE),
    ],
)
def test_another_accepted_external_id_is_the_certain_cause(trust: FakeRole, cause: Cause) -> None:
    assert causes(trust, UNDER_WAY, NEVER) == (cause,)


def test_a_simulated_denial_blames_daypass_own_permissions() -> None:
    scene = a_scene()
    scene.world.may_assume = False
    assert Visit(scene).of(ANOTHER, UNDER_WAY, NEVER) == (Cause.BROKER_PERMISSION,)


@every("form", FORMS)
def test_a_further_probe_that_is_accepted_in_any_form_names_the_cause(form: ProbeForm) -> None:
    def script(sent: Sent) -> ProbeOutcome | None:
        return ProbeOutcome.ACCEPTED if (sent.external_id, sent.form) == (NEXT, form) else None

    assert Visit().of(ANOTHER, UNDER_WAY, NEVER, script=script) == (Cause.NEXT_ID_ONLY,)


MOVED = "arn:aws:iam::987654321098:role/Moved"


@every(
    "before, expected",
    [
        (None, NEVER_ACCEPTED),
        (a_verification(), NO_LONGER_ACCEPTED),
        (a_verification(external_id="daypass-before"), NO_LONGER_ACCEPTED),
        (a_verification(results=results(Check.WRONG_ID)), NEVER_ACCEPTED),
        (a_verification(role_arn=MOVED), NEVER_ACCEPTED),
    ],
)
def test_the_causes_depend_on_whether_the_role_accepted_daypass_before(
    before: None, expected: tuple[Cause, ...]
) -> None:
    assert causes(None, a_role(verification=before)) == expected


def test_an_imported_role_most_likely_names_another_principal() -> None:
    assert causes(None, an_engagement(external_id_imported=True), NEVER) == IMPORTED


NO_IDENTITY = replace(SAFE, allows_source_identity=False)
NO_TAGS = replace(SAFE, allows_tags=False)
NEITHER = replace(NO_IDENTITY, allows_tags=False)


@every(
    "trust, before, expected",
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
def test_an_attribute_that_is_no_longer_accepted_is_named(
    trust: FakeRole, before: dict[Check, object], expected: tuple[Cause, ...]
) -> None:
    assert causes(trust, a_role(verification=a_verification(results=before))) == expected


def test_later_checks_still_know_that_a_role_had_worked() -> None:
    scene = a_scene()
    del scene.world.roles[ROLE_ARN]
    diagnoses = []
    for _ in range(3):
        role = scene.do(verify_role, "acme-prod", "readonly")
        diagnoses.append(role.verification.causes)
    assert diagnoses[0][0] is Cause.ROLE_MISSING
    assert diagnoses == [diagnoses[0]] * 3


@every("end, is_first", [(NOON, True), (NOON + timedelta(seconds=1), False)])
def test_a_requested_end_that_has_passed_comes_first(end: datetime, *, is_first: bool) -> None:
    expected = causes(None, a_role(requested_ends=(end,)))
    assert (expected[0] is Cause.END_DATE) is is_first
