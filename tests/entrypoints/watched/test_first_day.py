"""No alarm mails on the first day of a deployment. A job that stops mails soon, even one that never
ran by itself."""

from tests.entrypoints.watched.alarm_states import IN_ALARM, NO_DATA, OK, mails, next_state
from tests.entrypoints.watched.cloudwatch import ALARM, resources
from tests.entrypoints.watched.jobs import MISSED
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


def runs(start, end, *, every_minutes, deployed_by_make=True):
    """Return the invocations of a job: at once if `make deploy` invokes it, and scheduled ones."""
    scheduled = range(start + every_minutes, end, every_minutes)
    return dict.fromkeys([*([start] if deployed_by_make else []), *scheduled], 1)


@every("deployed_by_make", [True, False])
@every("name", MISSED)
def test_a_job_on_its_schedule_never_mails(name, *, deployed_by_make):
    every_minutes = MISSED[name][-1]
    for start, more in STARTS:
        end = start + 2 * DAY
        counts = runs(start, end, every_minutes=every_minutes, deployed_by_make=deployed_by_make)
        assert list(mails(ALARMS[name], counts, range(start, end), more)) == []


@every("name", sorted(ALARMS.keys() - MISSED.keys()))
def test_a_deployment_without_events_mails_no_alarm_on_the_first_day(name):
    for start, more in STARTS:
        sent = [state for _, state in mails(ALARMS[name], {}, range(start, start + DAY), more)]
        assert sent == ([OK] if "OKActions" in ALARMS[name] else [])


@every("stops_after", [0, DAY])
@every("name", MISSED)
def test_a_job_that_never_ran_by_itself_or_stops_mails_once(name, stops_after):
    alarm, (_, limit, every_minutes) = ALARMS[name], MISSED[name]
    limit, period = limit.total_seconds() / 60, alarm["Period"] / 60
    for start, more in STARTS:
        counts = runs(start, start + stops_after, every_minutes=every_minutes)
        ((minute, state),) = mails(alarm, counts, range(start, start + 2 * DAY), more)
        assert state == NO_DATA
        # CloudWatch looks at whole periods.
        assert limit - period <= minute - max(counts) <= limit + (more + 2) * period


@every("name", MISSED)
def test_missing_data_as_breaching_would_mail_on_the_first_day(name):
    """The model tells the two apart."""
    alarm = ALARMS[name] | {"TreatMissingData": "breaching"}
    first, *_ = mails(alarm, runs(0, DAY, every_minutes=MISSED[name][-1]), range(DAY))
    assert first == (0, IN_ALARM)
