"""No alarm mails on the first day of a deployment. A job that stops mails soon, even one that never
ran by itself."""

import pytest

from tests.entrypoints.watched.alarm_states import IN_ALARM, NO_DATA, OK, mails, next_state
from tests.entrypoints.watched.cloudwatch import ALARM, resources
from tests.entrypoints.watched.jobs import EVERY, MISSED
from tests.rows import every

ALARMS = resources(ALARM)
DAY = 24 * 60
# A deployment's minute of the hour, and by how many periods AWS's range exceeds the alarm's.
STARTS = [(start, more) for start in (0, 1, 29, 58, 59) for more in (0, 2)]
ABOVE = {"EvaluationPeriods": 3, "Threshold": 1} | {
    "ComparisonOperator": "GreaterThanOrEqualToThreshold"
}
RETAINED = "the state before"


@every(
    "points, treatments",
    [
        # The table of "Configuring how CloudWatch alarms treat missing data". X breaches.
        ("0-X-X", (OK, OK, OK, OK)),
        ("----0", (OK, OK, OK, OK)),
        ("-----", (NO_DATA, RETAINED, IN_ALARM, OK)),
        ("0XX-X", (IN_ALARM, IN_ALARM, IN_ALARM, IN_ALARM)),
        ("--X--", (IN_ALARM, RETAINED, IN_ALARM, OK)),
    ],
)
def test_the_model_has_cloudwatchs_table(points, treatments):
    values = [{"0": 0.0, "X": 1.0, "-": None}[each] for each in points]
    for treatment, expected in zip(
        ("missing", "ignore", "breaching", "notBreaching"), treatments, strict=True
    ):
        alarm = ABOVE | {"TreatMissingData": treatment}
        assert next_state(alarm, values, RETAINED) == expected


def runs(start, minutes, *, every_minutes=None, deployed_by_make=True):
    """Return the invocations of a job: at once if `make deploy` invokes it, and scheduled ones."""
    scheduled = range(start + every_minutes, minutes, every_minutes) if every_minutes else ()
    return dict.fromkeys([*([start] if deployed_by_make else []), *scheduled], 1)


@every("name", sorted(MISSED))
@pytest.mark.parametrize("deployed_by_make", [True, False])
def test_a_job_on_its_schedule_never_mails(name, *, deployed_by_make):
    for start, more in STARTS:
        end = start + 2 * DAY
        counts = runs(start, end, every_minutes=EVERY[name], deployed_by_make=deployed_by_make)
        assert list(mails(ALARMS[name], counts, range(start, end), more)) == []


@every("name", sorted(ALARMS.keys() - MISSED.keys()))
def test_a_deployment_without_events_mails_no_alarm_on_the_first_day(name):
    for start, more in STARTS:
        sent = [state for _, state in mails(ALARMS[name], {}, range(start, start + DAY), more)]
        assert sent == ([OK] if "OKActions" in ALARMS[name] else [])


@every("name", sorted(MISSED))
def test_a_job_that_never_ran_by_itself_mails_once(name):
    alarm, (_, limit) = ALARMS[name], MISSED[name]
    for start, more in STARTS:
        sent = list(mails(alarm, runs(start, start), range(start, start + DAY), more))
        assert [state for _, state in sent] == [NO_DATA]
        # CloudWatch looks at whole periods.
        longest = limit.total_seconds() / 60 + (more + 2) * alarm["Period"] / 60
        assert sent[0][0] - start <= longest


@every("name", sorted(MISSED))
def test_a_job_that_stops_mails_once(name):
    alarm, (_, limit) = ALARMS[name], MISSED[name]
    for start, more in STARTS:
        counts = runs(start, start + DAY, every_minutes=EVERY[name])
        sent = list(mails(alarm, counts, range(start, start + 2 * DAY), more))
        assert [state for _, state in sent] == [NO_DATA]
        stopped = max(counts)
        assert limit.total_seconds() / 60 - alarm["Period"] / 60 <= sent[0][0] - stopped
        longest = limit.total_seconds() / 60 + (more + 2) * alarm["Period"] / 60
        assert sent[0][0] - stopped <= longest


@every("name", sorted(MISSED))
def test_missing_data_as_breaching_would_mail_on_the_first_day(name):
    """The model tells the two apart."""
    alarm = ALARMS[name] | {"TreatMissingData": "breaching"}
    sent = list(mails(alarm, runs(0, DAY, every_minutes=EVERY[name]), range(DAY)))
    assert sent[0] == (0, IN_ALARM)
