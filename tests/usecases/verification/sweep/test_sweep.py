"""Sweep finds a drifted role within a day, and Daypass vends nothing from it."""

from msgspec.structs import replace

from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.usecases.verification.sweep import RunEnd
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_verification,
    an_engagement,
    an_override,
)
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import DAY, a_sweep

SAFE = FakeRole(EXTERNAL_ID)
DRIFTED = ("role-drifted", "acme-prod", "readonly")

# The client's change, and a part of the alert's text.
DRIFTS = {
    "external ID no longer required": (
        lambda world: world.roles.update({ROLE_ARN: replace(SAFE, requires_external_id=False)}),
        "can assume the role WITHOUT an external ID",
    ),
    "external ID in another letter case": (
        lambda world: world.roles.update({ROLE_ARN: FakeRole(EXTERNAL_ID.upper())}),
        "The trust policy lists the external ID in a different letter case.",
    ),
    "role deleted": (
        lambda world: world.roles.pop(ROLE_ARN),
        "cannot assume the role with the right external ID",
    ),
    "region turned off": (
        lambda world: world.roles.update({ROLE_ARN: replace(SAFE, region_disabled=True)}),
        "turned off in Daypass's region",
    ),
}


@every("drift", DRIFTS)
def test_a_drifted_role_is_no_longer_vended_from(drift):
    change, text = DRIFTS[drift]
    sweeping = a_sweep()
    assert sweeping.vends() is None
    change(sweeping.world)

    summary = sweeping.run()

    assert sweeping.vends() is Reason.ROLE_UNVERIFIED
    (alert,) = sweeping.world.alerts
    assert (alert.alert, alert.engagement, alert.role, alert.at) == (*DRIFTED, NOON)
    assert text in alert.text
    assert "Daypass issues no sessions of this" in alert.text
    assert EXTERNAL_ID not in alert.text
    proof = sweeping.role().verification
    first = next(check for check in Check if proof.results.get(check) is Result.FAILED)
    assert CHECKS[first].failed in alert.text
    certain = drift in ("external ID in another letter case", "region turned off")
    assert not (certain and "Most likely" in alert.text)
    assert (summary.checked, summary.drifted, summary.unchecked) == (4, 1, 0)


def test_a_fixed_role_is_vended_from_again_and_can_drift_again():
    sweeping = a_sweep()
    for _ in range(2):
        trust = sweeping.world.roles.pop(ROLE_ARN)
        sweeping.world.later(days=1)
        sweeping.run()
        sweeping.world.roles[ROLE_ARN] = trust
        sweeping.world.later(days=1)
        sweeping.run()
        assert sweeping.vends() is None

    assert sweeping.notifications() == [DRIFTED, DRIFTED]


def test_a_safe_role_with_a_lower_grade_has_not_drifted():
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = replace(SAFE, allows_tags=False, max_session_duration=900)

    sweeping.run()

    assert sweeping.vends() is None
    assert not sweeping.notifications()


def test_an_unanswered_probe_disproves_nothing_and_does_not_stop_the_run():
    sweeping = a_sweep()
    before = sweeping.role()
    sts = Probing(sweeping.world, lambda sent: ProbeOutcome.UNKNOWN if sent.number == 3 else None)

    summary = sweeping.run(sts=sts)

    assert sweeping.role() == before
    assert sweeping.vends() is None
    assert sweeping.notifications() == [("daily-check", "acme-prod", "readonly")]
    assert sweeping.checked() == ["hooli", "initech", "globex"]
    assert (summary.checked, summary.unchecked, summary.ended) == (3, 1, RunEnd.ALL_DONE)


@every(
    "role, is_probed",
    [
        (a_role(verification=None), False),
        (a_role(verification=a_verification(results={})), True),
        (a_role(verification=None, override=an_override()), True),
        (a_role(verification=None, override=an_override(until=NOON)), False),
        (a_role(ended_at=BEFORE, verification=None), False),
    ],
)
def test_a_role_that_may_not_exist_yet_is_not_probed(role, *, is_probed):
    sweeping = a_sweep()
    sweeping.world.add(role)
    sts = Probing(sweeping.world)

    sweeping.run(sts=sts)

    assert (ROLE_ARN in {probe.role_arn for probe in sts.sent}) is is_probed
    assert not sweeping.notifications()
    if not is_probed:
        assert sweeping.role() == role


def test_an_engagement_that_begins_later_is_checked_before_it_begins():
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(starts_at=NOON + DAY))
    del sweeping.world.roles[ROLE_ARN]

    sweeping.run()

    assert sweeping.notifications() == [DRIFTED]
