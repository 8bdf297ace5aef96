"""Sweep finds a drifted role within a day, and Daypass vends nothing from it."""

from msgspec.structs import replace

from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import DAY, DRIFTED, a_drift, a_sweep

SAFE = FakeRole(EXTERNAL_ID)
NO_ACCESS = CHECKS[Check.RIGHT_ID].failed
OTHER_CASE = ". The trust policy lists the external ID in a different letter case."
REGION_OFF = "AWS STS is turned off in Daypass's region"
# How the client changed the role, and parts of the alert's text.
DRIFTS = {
    "external ID no longer required": (
        replace(SAFE, requires_external_id=False), [CHECKS[Check.NO_ID].failed],
    ),
    "external ID in another letter case": (
        FakeRole(EXTERNAL_ID.upper()), [NO_ACCESS, OTHER_CASE],
    ),
    "role deleted": (None, [f"{NO_ACCESS} Most likely cause:"]),
    "region turned off": (replace(SAFE, region_disabled=True), [f"{NO_ACCESS} {REGION_OFF}"]),
}  # fmt: skip


@every("trust, texts", DRIFTS.values())
def test_a_drifted_role_is_no_longer_vended_from(trust, texts):
    sweeping = a_drift()
    sweeping.world.roles |= {ROLE_ARN: trust} if trust else {}

    summary = sweeping.run()

    assert sweeping.vends() is Reason.ROLE_UNVERIFIED
    (alert,) = sweeping.world.alerts
    assert (alert.alert, alert.engagement, alert.role, alert.at) == (*DRIFTED, NOON)
    assert all(text in alert.text for text in (*texts, "Daypass issues no sessions of this"))
    assert EXTERNAL_ID not in alert.text
    assert (summary.checked, summary.drifted, summary.unchecked) == (4, 1, 0)


def test_a_fixed_role_is_vended_from_again_and_can_drift_again():
    sweeping = a_sweep()
    for _ in range(2):
        trust = sweeping.world.roles.pop(ROLE_ARN)
        sweeping.run_later(days=1)
        sweeping.world.roles[ROLE_ARN] = trust
        sweeping.run_later(days=1)
        assert sweeping.vends() is None

    assert sweeping.notifications() == [DRIFTED, DRIFTED]


def test_a_safe_role_with_a_lower_grade_has_not_drifted():
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = replace(SAFE, allows_tags=False, max_session_duration=900)

    sweeping.run()

    assert sweeping.vends() is None
    assert not sweeping.notifications()


@every("verification", [None, a_verification(results={})])
def test_only_a_role_that_may_not_exist_yet_is_not_probed(verification):
    sweeping = a_sweep()
    role = a_role(verification=verification)
    sweeping.world.add(role)
    sts = Probing(sweeping.world)

    sweeping.run(sts=sts)

    assert (ROLE_ARN in {probe.role_arn for probe in sts.sent}) is (verification is not None)
    assert (sweeping.role() == role) is (verification is None)
    assert not sweeping.notifications()


def test_an_engagement_that_begins_later_is_checked_before_it_begins():
    sweeping = a_drift()
    sweeping.world.add(an_engagement(starts_at=NOON + DAY))

    sweeping.run()

    assert sweeping.notifications() == [DRIFTED]
