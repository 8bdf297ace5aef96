"""Sweep finds a drifted role within a day, also if something changes meanwhile, and Daypass vends
nothing from it. After an engagement's end it finds the remaining access."""

from msgspec.structs import replace

from chalicelib.domain.notifications.recorded import LONGEST_MESSAGE
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.schedule import find_next_due_time
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import DAY, NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    DRIFTED,
    a_drift,
    a_sweep,
    at_step,
    done_until,
    steps_of_a_run,
)

SAFE = FakeRole(EXTERNAL_ID)
NO_ACCESS = CHECKS["right-external-id"].failed
OTHER_CASE = ". The trust policy lists the external ID in a different letter case."
REGION_OFF = "AWS STS is turned off in Daypass's region"
# How the client changed the role, and parts of the alert's text.
DRIFTS = {
    "external ID no longer required": (
        replace(SAFE, requires_external_id=False), [CHECKS["no-external-id"].failed],
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

    assert sweeping.vends() == "role-unverified"
    (alert,) = sweeping.world.alerts
    assert (alert.alert, alert.engagement, alert.role, alert.at) == (*DRIFTED, NOON)
    assert all(text in alert.text for text in texts)
    assert alert.text.endswith("until the role passes a check or a lead overrides the check.")
    assert len(alert.text) <= LONGEST_MESSAGE
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


OTHER_ARN = "arn:aws:iam::987654321098:role/Other"


def edits(sweeping):
    def edit():
        old = sweeping.role()
        sweeping.world.add(replace(old, max_session=old.max_session - 1, version=old.version + 1))

    return edit


def test_a_role_edited_meanwhile_is_verified_again():
    sweeping = a_drift()
    sweeping.world.just_before("change", edits(sweeping))

    summary = sweeping.run()

    assert sweeping.notifications() == [DRIFTED]
    assert sweeping.vends() == "role-unverified"
    assert (summary.checked, summary.drifted, summary.unchecked) == (4, 1, 0)


def test_a_role_that_is_edited_all_the_time_is_notified_and_skipped():
    sweeping = a_sweep()
    edit = edits(sweeping)
    sweeping.world.before = lambda step: edit() if step == "change" else None

    summary = sweeping.run()

    assert sweeping.notifications() == [("daily-check", "acme-prod", "readonly")]
    assert "changed the engagement or a role in Daypass" in sweeping.why_unchecked()[0]
    tries = [e for e in sweeping.world.entries if e.engagement == "acme-prod"]
    assert [e.outcome for e in tries] == [*["intended"] * 2, "failed"]
    assert (summary.checked, summary.unchecked, summary.ended) == (3, 1, "all-done")


@every("changes", [{"ended_at": NOON}, {"arn": OTHER_ARN}])
def test_a_role_that_no_longer_needs_a_check_is_skipped(changes):
    sweeping = a_sweep()
    new = replace(sweeping.role(), version=2, verification=None, **changes)
    sweeping.world.just_before("change", lambda: sweeping.world.add(new))

    summary = sweeping.run()

    assert sweeping.role() == new
    assert not sweeping.notifications()
    assert (summary.checked, summary.ended) == (3, "all-done")


# A rotation of the external ID.


@every("also", ["", EXTERNAL_ID])
def test_replacing_the_external_id_early_is_no_drift(also):
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(next_external_id="daypass-next"))
    sweeping.world.roles[ROLE_ARN] = FakeRole("daypass-next", second_external_id=also)

    sweeping.run()

    assert not sweeping.notifications()
    assert sweeping.vends() is None
    engagement = sweeping.engagement
    assert (engagement.external_id, engagement.next_external_id) == ("daypass-next", None)
    assert engagement.previous_external_id == (EXTERNAL_ID if also else None)


def test_sweep_finishes_a_rotation():
    sweeping = a_sweep()
    sweeping.world.add(an_engagement(previous_external_id="daypass-former"))

    sweeping.run()

    assert sweeping.engagement.previous_external_id is None


# Two runs at once.


@every("step, name", lambda: steps_of_a_run(a_drift()))
def test_one_of_two_overlapping_runs_stops_and_all_are_checked(step, name):
    sweeping = a_drift()
    other = []
    at_step(sweeping.world, step, lambda: other.append(sweeping.run()))

    summary = sweeping.run()

    assert {summary.ended, other[0].ended} <= {"all-done", "another-run"}
    assert other[0].ended == "all-done"
    assert sweeping.checked() == BY_CHECK_TIME
    assert done_until(sweeping) == find_next_due_time("globex", NOON - DAY)
    assert set(sweeping.notifications()) == {DRIFTED}
    assert len(sweeping.notifications()) <= 2
    assert sweeping.vends() == "role-unverified"
    assert not sweeping.failures
    # It stops at once: at most the current check is made twice.
    assert summary.engagements + other[0].engagements <= len(BY_CHECK_TIME) + 1


# Sweep checks after an engagement's end that the client's roles refuse Daypass.


REMOVED = ("engagement.leave", "acme-prod", "")
REMAINS = ("still-let-in", "acme-prod", "")


@every("ended", ["ends_at", "closed_at", "revoked_at"])
def test_the_removal_of_access_is_stated_once(ended):
    sweeping = a_drift()
    sweeping.world.add(an_engagement(**{ended: NOON}))

    assert [sweeping.run_later(days=1).access_removed for _ in range(3)] == [1, 0, 0]
    assert sweeping.notifications() == [REMOVED]
    leaves = [e for e in sweeping.world.entries if e.action == "engagement.leave"]
    assert [e.actor for e in leaves if e.outcome == "done"] == [SCHEDULE]
    assert sweeping.engagement.access_removed_at == NOON + DAY


def test_remaining_access_is_notified_once_a_day():
    sweeping = a_sweep()
    sweeping.run()
    sweeping.world.add(an_engagement(ends_at=NOON))
    for _ in range(72):
        sweeping.run_later(hours=1)
    assert sweeping.notifications() == [REMAINS] * 3

    del sweeping.world.roles[ROLE_ARN]
    assert sweeping.run_later(days=1).access_removed == 1
    assert sweeping.notifications() == [*[REMAINS] * 3, REMOVED]


@every(
    "meanwhile, removed, notifications",
    [
        ({"closed_at": NOON, "client": "ACME"}, 1, REMOVED),
        ({}, 0, ("daily-check", "acme-prod", "")),
    ],
)
def test_a_change_during_the_check(meanwhile, removed, notifications):
    sweeping = a_drift()
    sweeping.world.add(an_engagement(closed_at=NOON))
    edited = an_engagement(version=2, **meanwhile)
    sweeping.world.just_before("change", lambda: sweeping.world.add(edited))

    summary = sweeping.run()

    assert (summary.access_removed, summary.unchecked, summary.checked) == (removed, 1 - removed, 3)
    assert sweeping.notifications() == [notifications]
