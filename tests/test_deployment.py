"""What the deployment's files say fits what the code counts on."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import package
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.intents import LONGEST_VEND
from chalicelib.entrypoints.http.problems import GATEWAY
from chalicelib.usecases.notifications.channel_run import LONGEST_RUN
from chalicelib.usecases.notifications.trail_reader import TIME_FOR_ONE
from chalicelib.usecases.verification.check_role import TIME_TO_BEGIN
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE
from tests.entrypoints.http.contract import REGISTRY

ROOT = Path(__file__).parent.parent / ".chalice"
CONFIG = json.loads((ROOT / "config.json").read_text(encoding="utf-8"))
RESOURCES: dict[str, Any] = package.app()["Resources"]
REST_API: dict[str, Any] = RESOURCES["RestAPI"]["Properties"]
ANSWERS: dict[str, Any] = REST_API["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]


def test_no_vend_outlives_what_the_list_of_sessions_allows_for() -> None:
    """A function that is ended in the middle of a vend can have asked STS at its last moment."""
    assert timedelta(seconds=CONFIG["lambda_timeout"]) < LONGEST_VEND


def test_the_function_answers_before_api_gateway_gives_up() -> None:
    """ "Quotas for REST APIs" (API Gateway Developer Guide): an integration has 29 seconds."""
    assert CONFIG["lambda_timeout"] < 29


def test_what_a_request_begins_to_check_it_ends_before_the_function_is_ended() -> None:
    """Of a role it is little known how long it takes: five times what it usually does."""
    usually = timedelta(seconds=2)
    assert TIME_TO_BEGIN + 5 * usually <= timedelta(seconds=CONFIG["lambda_timeout"])


def test_what_nobody_waits_for_alone_has_more_time() -> None:
    """Enough for several roles in which nothing answers; and no vend runs in their functions."""
    own = CONFIG["stages"]["prod"]["lambda_functions"]
    assert {name: item["lambda_timeout"] for name, item in own.items()} == {
        "sweep": 600,
        "prober": 120,
        "slack_work": 120,
        "notify": 55,
    }
    assert own["sweep"]["lambda_timeout"] >= 5 * TIME_FOR_A_ROLE


def test_of_two_runs_that_tell_people_the_first_has_ended_when_the_next_one_begins() -> None:
    """And one of which nothing is heard for longer than it has is not at work any more."""
    timeout = CONFIG["stages"]["prod"]["lambda_functions"]["notify"]["lambda_timeout"]
    assert TIME_FOR_ONE < timeout < 60 < LONGEST_RUN.total_seconds()


FUNCTIONS = [name for name, one in RESOURCES.items() if "Role" in one.get("Properties", {})]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_log_of_its_own(function: str) -> None:
    properties = RESOURCES[f"{function}Logs"]["Properties"]
    assert properties["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{function}}}"}


LOGS = [name for name, one in RESOURCES.items() if one.get("Type") == "AWS::Logs::LogGroup"]


@pytest.mark.parametrize("log", LOGS)
def test_a_log_is_kept_for_a_year_whatever_becomes_of_the_stack(log: str) -> None:
    kept = RESOURCES[log]
    assert kept["Properties"]["RetentionInDays"] == 365
    assert kept["UpdateReplacePolicy"] == "Retain"
    # But not of a deployment that AWS CloudFormation takes back: nothing has run in it.
    assert kept["DeletionPolicy"] == "RetainExceptOnCreate"


# "Variables for access logging for API Gateway" (API Gateway Developer Guide). None of these holds
# what somebody has typed: neither the path, in which links are, nor the message about a header.
WRITTEN_DOWN = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "address": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "refused_as": "$context.error.responseType",
    "by_waf": "$context.wafResponseCode",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
}


def test_the_access_log_has_the_routes_pattern_and_nothing_that_a_caller_chooses() -> None:
    setting = REST_API["AccessLogSetting"]
    assert json.loads(setting["Format"]) == WRITTEN_DOWN
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}


def test_the_rate_rule_is_made_unless_it_is_left_out_and_shows_nobodys_paths() -> None:
    assert package.app()["Parameters"]["RateLimit"]["Default"] == "1000"
    assert package.app()["Conditions"]["LimitsTheRate"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "RateLimit"}, "0"]}]
    }
    rule, association = RESOURCES["RateRule"], RESOURCES["RateRuleAssociation"]
    assert rule["Condition"] == association["Condition"] == "LimitsTheRate"
    (only,) = rule["Properties"]["Rules"]
    assert only["Action"] == {"Block": {}}
    assert only["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "RateLimit"}
    for item in (only, rule["Properties"]):
        assert item["VisibilityConfig"]["SampledRequestsEnabled"] is False


@pytest.mark.parametrize(
    ("limit", "taken"), [("0", True), ("9", False), ("10", True), ("1000", True), ("-1", False)]
)
def test_a_rate_limit_is_what_aws_waf_takes(limit: str, *, taken: bool) -> None:
    pattern = package.app()["Parameters"]["RateLimit"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, limit)) is taken


def test_permissions_are_written_and_not_guessed() -> None:
    assert CONFIG["autogen_policy"] is False
    assert CONFIG["manage_iam_role"] is False


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_api_gateway_says_by_itself_is_said_as_the_api_says_it(kind: str) -> None:
    answer = ANSWERS[kind]
    body = json.loads(answer["responseTemplates"]["application/json"])
    assert body["status"] == int(answer["statusCode"])
    assert body["reason"] in [reason.value for reason in Reason]
    assert GATEWAY[body["status"]] == body["reason"]
    problem = {"$ref": "urn:daypass#/components/schemas/Problem"}
    Draft202012Validator(problem, registry=REGISTRY).validate(body)
