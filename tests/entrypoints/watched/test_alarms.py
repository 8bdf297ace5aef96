"""Each event raises exactly its alarms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api
from tests.entrypoints.watched.cloudwatch import (
    ALARM,
    FILTER,
    Metric,
    metric_of,
    raised_by,
    resources,
)
from tests.entrypoints.watched.happenings import HAPPENINGS

ALARMS = resources(ALARM)
DAYPASS_ALARMS = {name for name, alarm in ALARMS.items() if alarm["Namespace"] == "Daypass"}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_an_event_raises_exactly_its_alarms(api: Api, output: Output, name: str) -> None:
    act, alarms = HAPPENINGS[name]
    act(api)
    assert raised_by(output.lines()) == alarms
    assert "secret" not in output.text


def test_every_alarm_has_an_event() -> None:
    assert set().union(*(alarms for _, alarms in HAPPENINGS.values())) == DAYPASS_ALARMS


# "Lambda metrics" (Lambda Developer Guide), "API Gateway metrics" (API Gateway Developer Guide).
AWS_DIMENSIONS = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
}


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - DAYPASS_ALARMS))
def test_an_alarm_on_an_aws_metric_has_its_dimensions(name: str) -> None:
    metric = metric_of(ALARMS[name])
    assert {key for key, _ in metric.dimensions} == AWS_DIMENSIONS[metric.namespace, metric.name]


def test_each_metric_filter_has_an_alarm() -> None:
    watched = {metric_of(alarm) for alarm in ALARMS.values()}
    for filter_ in resources(FILTER).values():
        (transformation,) = filter_["MetricTransformations"]
        assert Metric(transformation["MetricNamespace"], transformation["MetricName"]) in watched


JOBS = {
    "SweepMissed": ("Sweep", timedelta(hours=3)),
    "WatchMissed": ("Watch", timedelta(minutes=20)),
    "NotifyMissed": ("Notify", timedelta(minutes=20)),
    "ProberMissed": ("Prober", timedelta(minutes=20)),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_without_invocations_raises_an_alarm(name: str) -> None:
    alarm = ALARMS[name]
    job, patience = JOBS[name]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": job}}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == patience.total_seconds()
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - JOBS.keys()))
def test_missing_data_raises_no_alarm(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Statistic"] == "Sum"
    assert alarm["Threshold"] >= 1
    # "PutMetricAlarm" (CloudWatch API Reference): an alarm looks back a day at most.
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400


PATIENT = {"RefusedVends": 50, "UnknownTokens": 20, "ApiServerErrors": 5}


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_the_threshold_is_that_of_the_description(name: str) -> None:
    alarm = ALARMS[name]
    count = PATIENT.get(name, 1)
    assert alarm["Threshold"] == count
    numerals = {50: "Fifty", 20: "Twenty", 5: "Five"}
    assert alarm["AlarmDescription"].startswith(numerals.get(count, ""))


# For these, people also get a mail when the alarm is over. Each deployment sends one for each of
# them, because a new alarm reports its first state.
WAITED_FOR = {"ApiServerErrors", "RecordsUnavailable", "ProberWronglyAllowed", *JOBS}


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_each_alarm_has_a_unique_name_and_the_foundations_topic(name: str) -> None:
    names = [alarm["AlarmName"]["Fn::Sub"] for alarm in ALARMS.values()]
    assert len(set(names)) == len(names)
    topic = resources("AWS::SNS::Topic", "foundation.yaml")["AlarmTopic"]
    arn = f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic['TopicName']}"
    assert ALARMS[name]["AlarmActions"] == [{"Fn::Sub": arn}]
    ok_actions = [{"Fn::Sub": arn}] if name in WAITED_FOR else []
    assert ALARMS[name].get("OKActions", []) == ok_actions
