"""Each scenario raises the right alarms, and no others."""

from chalicelib.domain.notifications.notification import GRAVE as GRAVE_SEVERITY
from chalicelib.domain.notifications.notification import GRAVE_ALERTS, OTHER
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.notifications.trail_run import RunEnd as NotifyEnd
from chalicelib.usecases.verification.sweep import RunEnd as SweepEnd
from tests.domain.evidence.samples import ALERTS
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.watched.cloudwatch import (
    ALARM,
    FILTER,
    Metric,
    metric_of,
    raised_by,
    resources,
)
from tests.entrypoints.watched.jobs import MISSED
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
    # Without dimensions: all functions of the account.
    ("AWS/Lambda", "Errors"): set(),
    ("AWS/Lambda", "Throttles"): set(),
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


@every("name", MISSED)
def test_a_job_without_invocations_raises_its_alarm(name):
    alarm = ALARMS[name]
    job, *_ = MISSED[name]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": job}}]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    # test_first_day.py shows when it mails.
    assert alarm["InsufficientDataActions"] == alarm["AlarmActions"]


@every("name", sorted(ALARMS.keys() - MISSED.keys()))
def test_an_alarm_on_events_does_not_fire_without_data(name):
    alarm = ALARMS[name]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Statistic"] == "Sum"
    assert alarm["Threshold"] >= 1
    # "PutMetricAlarm" (CloudWatch API Reference): an alarm looks back a day at most.
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400


THRESHOLDS = {
    "RefusedVends": (50, "Fifty"),
    "UnknownTokens": (20, "Twenty"),
    "ApiServerErrors": (5, "Five"),
}


@every("name", sorted(ALARMS))
def test_an_alarms_threshold_is_the_number_in_its_description(name):
    count, word = THRESHOLDS.get(name, (1, ""))
    assert ALARMS[name]["Threshold"] == count
    assert ALARMS[name]["AlarmDescription"].startswith(word)


# These alarms also mail when they return to OK. Each sends one such mail when the app is created,
# because a new alarm reports its first state.
MAILS_WHEN_OK = {"ApiServerErrors", "RecordsUnavailable", "ProberWronglyAllowed"}
# Someone must act at once: access was given, cannot be ended, is not recorded, or nobody has any.
GRAVE = {
    *MISSED,
    *MAILS_WHEN_OK,
    "Unrecorded",
    "CutOffLate",
    "RecoverLeadInvoked",
    "GraveAlert",
}


@every("name", sorted(ALARMS))
def test_an_alarm_has_a_unique_name_and_notifies_one_of_the_foundations_topics(name):
    names = [alarm["AlarmName"]["Fn::Sub"] for alarm in ALARMS.values()]
    assert len(set(names)) == len(names)
    topics = resources("AWS::SNS::Topic", "foundation.yaml")
    topic = topics["AlarmTopic" if name in GRAVE else "WarningTopic"]
    arn = f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic['TopicName']}"
    assert ALARMS[name]["AlarmActions"] == [{"Fn::Sub": arn}]
    ok_actions = [{"Fn::Sub": arn}] if name in MAILS_WHEN_OK else []
    assert ALARMS[name].get("OKActions", []) == ok_actions


def test_an_alert_is_as_grave_as_its_alarm():
    assert ALERTS.keys() > GRAVE_ALERTS
    dimensions = {
        name: dict(metric_of(ALARMS[name]).dimensions)["severity"]
        for name in ("GraveAlert", "OtherAlert")
    }
    assert dimensions == {"GraveAlert": GRAVE_SEVERITY, "OtherAlert": OTHER}


def test_a_run_that_ends_early_has_no_reasons_code():
    """A run fails if it ends with the code of a reason, so an early end must not have one."""
    ends = {end.value for end in (*SweepEnd, *NotifyEnd)} - {Reason.RECORDS_UNAVAILABLE.value}
    assert not ends & {reason.value for reason in Reason}
