"""The deployment's files agree with the code's assumptions."""

import json
import re
from datetime import timedelta

import package
import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.vends import LONGEST_VEND
from chalicelib.entrypoints.http.problems import GATEWAY_REASONS
from chalicelib.usecases.notifications.channel_run import LONGEST_RUN
from chalicelib.usecases.notifications.trail_run import SECONDS_FOR_ONE_NOTIFICATION
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE
from chalicelib.usecases.verification.verify import TIME_TO_BEGIN
from tests.entrypoints.http.contract import REGISTRY
from tests.rows import every
from tests.running import read_file

CONFIG = json.loads(read_file(".chalice/config.json"))
RESOURCES = package.app()["Resources"]
REST_API = RESOURCES["RestAPI"]["Properties"]
GATEWAY_RESPONSES = REST_API["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]


def test_a_request_ends_before_anything_that_waits_for_it_gives_up():
    """A function that times out during a vend may have called STS at the last moment. API Gateway
    waits 29 seconds ("Quotas for REST APIs", API Gateway Developer Guide). The duration of a role's
    check is uncertain, so allow five times the usual one."""
    timeout, usual_check = timedelta(seconds=CONFIG["lambda_timeout"]), timedelta(seconds=2)
    assert timeout < LONGEST_VEND
    assert timeout < timedelta(seconds=29)
    assert TIME_TO_BEGIN + 5 * usual_check <= timeout


def test_only_functions_without_a_waiting_caller_have_longer_timeouts():
    """Sweep has time for several roles that do not respond. No vend runs in these functions."""
    functions = CONFIG["stages"]["prod"]["lambda_functions"]
    assert {name: config["lambda_timeout"] for name, config in functions.items()} == {
        "sweep": 720,
        "overview": 600,
        "digest": 300,
        "cut_off": 180,
        "prober": 120,
        "publish": 90,
        "slack_work": 120,
        "notify": 55,
        "client_decision": 15,
    }
    assert functions["sweep"]["lambda_timeout"] >= 5 * TIME_FOR_A_ROLE


def test_a_notification_run_ends_before_the_next_one_begins():
    """A run counts as ended after LONGEST_RUN, which exceeds the function's timeout."""
    timeout = CONFIG["stages"]["prod"]["lambda_functions"]["notify"]["lambda_timeout"]
    assert SECONDS_FOR_ONE_NOTIFICATION < timeout < 60 < LONGEST_RUN.total_seconds()


FUNCTIONS = [
    name for name, resource in RESOURCES.items() if "Role" in resource.get("Properties", {})
]


@every("function", FUNCTIONS)
def test_every_function_has_its_own_log(function):
    properties = RESOURCES[f"{function}Logs"]["Properties"]
    assert properties["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{function}}}"}


LOGS = [
    name for name, resource in RESOURCES.items() if resource.get("Type") == "AWS::Logs::LogGroup"
]


@every("log", LOGS)
def test_a_log_is_kept_for_a_year_or_as_set_even_without_its_stack(log):
    resource = RESOURCES[log]
    assert resource["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert package.app()["Parameters"]["LogRetentionDays"]["Default"] == "365"
    assert resource["UpdateReplacePolicy"] == "Retain"
    # A failed first deployment deletes its logs when it rolls back: no function has run in it.
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


# "Variables for access logging for API Gateway" (API Gateway Developer Guide). None of these
# holds a caller's input: neither the path, which contains links, nor the message about a header.
LOGGED_FIELDS = {
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


def test_the_access_log_has_the_routes_pattern_and_no_input_of_a_caller():
    setting = REST_API["AccessLogSetting"]
    assert json.loads(setting["Format"]) == LOGGED_FIELDS
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}


def test_the_rate_rule_is_on_by_default_and_samples_no_requests():
    assert package.app()["Parameters"]["RateLimit"]["Default"] == "1000"
    assert package.app()["Conditions"]["LimitsTheRate"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "RateLimit"}, "0"]}]
    }
    rule, association = RESOURCES["RateRule"], RESOURCES["RateRuleAssociation"]
    assert rule["Condition"] == association["Condition"] == "LimitsTheRate"
    (rate_rule,) = rule["Properties"]["Rules"]
    assert rate_rule["Action"] == {"Block": {}}
    assert rate_rule["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "RateLimit"}
    for part in (rate_rule, rule["Properties"]):
        assert part["VisibilityConfig"]["SampledRequestsEnabled"] is False


@pytest.mark.parametrize(
    ("limit", "valid"), [("0", True), ("9", False), ("10", True), ("1000", True), ("-1", False)]
)
def test_the_template_accepts_the_rate_limits_that_aws_waf_accepts(limit, *, valid):
    pattern = package.app()["Parameters"]["RateLimit"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, limit)) is valid


def test_chalice_generates_no_permissions():
    assert CONFIG["autogen_policy"] is False
    assert CONFIG["manage_iam_role"] is False


@every("kind", GATEWAY_RESPONSES)
def test_api_gateways_own_responses_have_the_apis_form(kind):
    response = GATEWAY_RESPONSES[kind]
    body = json.loads(response["responseTemplates"]["application/json"])
    assert body["status"] == int(response["statusCode"])
    assert body["reason"] in [reason.value for reason in Reason]
    assert GATEWAY_REASONS[body["status"]] == body["reason"]
    problem = {"$ref": "urn:daypass#/components/schemas/Problem"}
    Draft202012Validator(problem, registry=REGISTRY).validate(body)
