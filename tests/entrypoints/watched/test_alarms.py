"""What happens raises the alarms that it should, and no other."""

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
OURS = {name for name, alarm in ALARMS.items() if alarm["Namespace"] == "Daypass"}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_happens_counts_towards_its_alarms_and_no_other(
    api: Api, output: Output, name: str
) -> None:
    happen, alarms = HAPPENINGS[name]
    happen(api)
    assert raised_by(output.lines()) == alarms
    assert "secret" not in output.text


def test_everything_that_an_alarm_looks_at_can_happen() -> None:
    assert set().union(*(alarms for _, alarms in HAPPENINGS.values())) == OURS


# "Lambda metrics" (Lambda Developer Guide), "API Gateway metrics" (API Gateway Developer Guide).
OF_AWS = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
}


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - OURS))
def test_an_alarm_on_a_metric_of_aws_names_it_as_aws_does(name: str) -> None:
    metric = metric_of(ALARMS[name])
    assert {key for key, _ in metric.dimensions} == OF_AWS[metric.namespace, metric.name]


def test_what_a_filter_counts_is_looked_at_by_an_alarm() -> None:
    looked_at = {metric_of(alarm) for alarm in ALARMS.values()}
    for one in resources(FILTER).values():
        (made,) = one["MetricTransformations"]
        assert Metric(made["MetricNamespace"], made["MetricName"]) in looked_at


JOBS = {
    "SweepMissed": ("Sweep", timedelta(hours=3)),
    "WatchMissed": ("Watch", timedelta(minutes=20)),
    "NotifyMissed": ("Notify", timedelta(minutes=20)),
    "ProberMissed": ("Prober", timedelta(minutes=20)),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_says_nothing_is_one_that_did_not_run(name: str) -> None:
    alarm = ALARMS[name]
    job, patience = JOBS[name]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": job}}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == patience.total_seconds()
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - JOBS.keys()))
def test_of_what_never_happens_nobody_is_told(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Statistic"] == "Sum"
    assert alarm["Threshold"] >= 1
    # "PutMetricAlarm" (CloudWatch API Reference): an alarm looks back a day at most.
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400


PATIENT = {"RefusedVends": 50, "UnknownTokens": 20, "ApiServerErrors": 5}


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_waits_for_as_many_as_its_description_says(name: str) -> None:
    alarm = ALARMS[name]
    count = PATIENT.get(name, 1)
    assert alarm["Threshold"] == count
    words = {50: "Fifty", 20: "Twenty", 5: "Five"}
    assert alarm["AlarmDescription"].startswith(words.get(count, ""))


# Of what people wait to be over, they get a mail when it is: one more for each whenever the app is
# created, since an alarm that begins to know how it stands says so.
WAITED_FOR = {"ApiServerErrors", "RecordsUnavailable", "ProberWronglyAllowed", *JOBS}


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_is_told_on_the_foundations_topic_by_a_name_of_its_own(name: str) -> None:
    names = [alarm["AlarmName"]["Fn::Sub"] for alarm in ALARMS.values()]
    assert len(set(names)) == len(names)
    topic = resources("AWS::SNS::Topic", "foundation.yaml")["AlarmTopic"]
    arn = f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{topic['TopicName']}"
    assert ALARMS[name]["AlarmActions"] == [{"Fn::Sub": arn}]
    over = [{"Fn::Sub": arn}] if name in WAITED_FOR else []
    assert ALARMS[name].get("OKActions", []) == over
