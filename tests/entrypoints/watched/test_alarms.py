"""Each scenario raises the right alarms, and no others."""

from datetime import timedelta

from chalicelib.domain.reasons import Reason
from chalicelib.usecases.notifications.trail_run import RunEnd as NotifyEnd
from chalicelib.usecases.verification.sweep import RunEnd as SweepEnd
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.watched.cloudwatch import (
    ALARM,
    FILTER,
    Metric,
    metric_of,
    raised_by,
    resources,
)
from tests.entrypoints.watched.scenarios import SCENARIOS
from tests.rows import every

ALARMS = resources(ALARM)
DAYPASS_ALARMS = {name for name, alarm in ALARMS.items() if alarm["Namespace"] == "Daypass"}


@every("name", SCENARIOS, api=fresh_api)
def test_a_scenario_raises_its_alarms_and_no_others(api, output, name):
    output.clear()
    run, alarms = SCENARIOS[name]
    run(api)
    assert raised_by(output.lines()) == alarms
    assert "secret" not in output.text


def test_every_alarm_has_a_scenario():
    assert set().union(*(alarms for _, alarms in SCENARIOS.values())) == DAYPASS_ALARMS


# "Lambda metrics" (Lambda Developer Guide), "API Gateway metrics" (API Gateway Developer Guide).
AWS_DIMENSIONS = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
}


@every("name", sorted(ALARMS.keys() - DAYPASS_ALARMS))
def test_an_alarm_on_an_aws_metric_has_the_metrics_dimensions(name):
    metric = metric_of(ALARMS[name])
    assert {key for key, _ in metric.dimensions} == AWS_DIMENSIONS[metric.namespace, metric.name]


def test_every_metric_filter_has_an_alarm():
    watched_metrics = {metric_of(alarm) for alarm in ALARMS.values()}
    for metric_filter in resources(FILTER).values():
        (transformation,) = metric_filter["MetricTransformations"]
        metric = Metric(transformation["MetricNamespace"], transformation["MetricName"])
        assert metric in watched_metrics


JOBS = {
    "SweepMissed": ("Sweep", timedelta(hours=3)),
    "OverviewMissed": ("Overview", timedelta(hours=3)),
    "DigestMissed": ("Digest", timedelta(hours=3)),
    "WatchMissed": ("Watch", timedelta(minutes=20)),
    "CutOffMissed": ("CutOff", timedelta(minutes=10)),
    "NotifyMissed": ("Notify", timedelta(minutes=20)),
    "ProberMissed": ("Prober", timedelta(minutes=20)),
}


@every("name", JOBS)
def test_a_job_without_invocations_raises_its_alarm(name):
    alarm = ALARMS[name]
    job, period = JOBS[name]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": job}}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == period.total_seconds()
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


@every("name", sorted(ALARMS.keys() - JOBS.keys()))
def test_an_alarm_on_events_does_not_fire_without_data(name):
    alarm = ALARMS[name]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Statistic"] == "Sum"
    assert alarm["Threshold"] >= 1
    # "PutMetricAlarm" (CloudWatch API Reference): an alarm looks back a day at most.
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400


THRESHOLDS = {"RefusedVends": 50, "UnknownTokens": 20, "ApiServerErrors": 5}


@every("name", sorted(ALARMS))
def test_an_alarms_threshold_is_the_number_in_its_description(name):
    alarm = ALARMS[name]
    count = THRESHOLDS.get(name, 1)
    assert alarm["Threshold"] == count
    number_words = {50: "Fifty", 20: "Twenty", 5: "Five"}
    assert alarm["AlarmDescription"].startswith(number_words.get(count, ""))


# These alarms also mail when they return to OK. Each sends one such mail when the app is created,
# because a new alarm reports its first state.
MAILS_WHEN_OK = {"ApiServerErrors", "RecordsUnavailable", "ProberWronglyAllowed", *JOBS}


@every("name", sorted(ALARMS))
def test_an_alarm_has_a_unique_name_and_notifies_the_foundations_topic(name):
    names = [alarm["AlarmName"]["Fn::Sub"] for alarm in ALARMS.values()]
    assert len(set(names)) == len(names)
    topic = resources("AWS::SNS::Topic", "foundation.yaml")["AlarmTopic"]
    arn = f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic['TopicName']}"
    assert ALARMS[name]["AlarmActions"] == [{"Fn::Sub": arn}]
    ok_actions = [{"Fn::Sub": arn}] if name in MAILS_WHEN_OK else []
    assert ALARMS[name].get("OKActions", []) == ok_actions


def test_a_run_that_ends_early_has_no_reasons_code():
    """A run fails if it ends with the code of a reason, so an early end must not have one."""
    ends = {end.value for end in (*SweepEnd, *NotifyEnd)} - {Reason.RECORDS_UNAVAILABLE.value}
    assert not ends & {reason.value for reason in Reason}
