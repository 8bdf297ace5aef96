"""The app's built template: the functions' roles, environments, schedules and parameters, their
alarms, and the actions that an operator needs for it."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import package
import pytest
import yaml

from chalicelib.settings import find_setting_problem
from local import functions
from operating.doctor.required_actions import (
    ACTIONS_BY_TYPE,
    ACTIONS_BY_TYPE_FOR_CLIENT_MAIL,
    ACTIONS_BY_TYPE_FOR_EVENT_BUS,
    ACTIONS_BY_TYPE_FOR_RATE_LIMIT,
)
from tests.e2e.package.building import ENVIRONMENT, FUNCTION
from tests.entrypoints.watched.cloudwatch import ALARM, Metric, metric_of
from tests.entrypoints.watched.jobs import MISSED
from tests.rows import every
from tests.running import ROOT, read_file


def test_the_template_names_the_python_that_the_zip_is_for(build):
    runtimes = {function["Runtime"] for function in build.resources(FUNCTION).values()}
    assert runtimes == {f"python{package.RUNTIME}"}


# They call the API over HTTP like any client, and have no other access to Daypass.
API_CLIENTS = {"Prober", "EnrolProber"}


def test_every_function_runs_as_its_role_and_knows_its_account(build):
    deployed = build.resources(FUNCTION)
    publish = deployed.pop("Publish")
    assert publish["Role"] == {"Fn::GetAtt": ["PublishRole", "Arn"]}
    assert publish["Environment"]["Variables"] == {"DAYPASS_EVENT_BUS": {"Ref": "EventBus"}}
    assert deployed.keys() == functions.roles().keys()
    for name, function in deployed.items():
        assert function["Role"]["Fn::Sub"].endswith(f":role/{functions.roles()[name]}")
        if name in API_CLIENTS:
            continue
        variables = function["Environment"]["Variables"]
        assert variables["DAYPASS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
        assert set(variables) >= {name for name in ENVIRONMENT if name.startswith("DAYPASS_")}


@pytest.mark.parametrize("name", sorted(API_CLIENTS))
def test_the_probers_environment_has_the_api_and_no_table(build, name):
    function = build.template()["Resources"][name]["Properties"]
    assert function["Role"]["Fn::Sub"].endswith("role/daypass-prober")
    variables = function["Environment"]["Variables"]
    api = variables.pop("DAYPASS_API_URL")["Fn::Sub"]
    assert api + "/" == build.template()["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].replace(
        "amazonaws.com", "${AWS::URLSuffix}"
    )
    assert variables == {
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
        "DAYPASS_CANARY_ACCOUNT": {"Ref": "CanaryAccount"},
    }


def test_the_prober_runs_every_five_minutes_and_starts_without_the_app(build):
    prober = build.template()["Resources"]["Prober"]["Properties"]
    (event,) = prober["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}}
    module = prober["Handler"].rpartition(".")[0]
    program = (
        "from types import SimpleNamespace;"
        f"from {module} import prober, enrol_prober;"
        "enrolled = enrol_prober({}, None)['reason'];"
        "from chalicelib import bootstrap;"
        "ports = bootstrap.prober_ports();"
        "print(enrolled, type(ports.secrets._client).__name__, 'app' in sys.modules)"
    )
    environment = {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "DAYPASS_API_URL": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    }
    assert build.run(program, **environment) == "missing-field SSM False"


def test_the_stack_outputs_the_apis_address(build):
    """`make deploy` prints it without its last slash."""
    assert build.template()["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].endswith("/api/")


@every(
    "name, schedule, seconds",
    [("Sweep", "rate(1 hour)", 720), ("Watch", "rate(5 minutes)", None), ("APIHandler", None, 25)],
)
def test_a_job_runs_on_its_schedule_and_starts_without_the_app(build, name, schedule, seconds):
    function = build.template()["Resources"][name]["Properties"]
    assert seconds in (None, function["Timeout"])
    if schedule is None:
        return
    (event,) = function["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": schedule}}
    module, _, handler = function["Handler"].rpartition(".")
    program = f"from {module} import {handler}; print(callable({handler}), 'app' in sys.modules)"
    assert build.run(program, **ENVIRONMENT) == "True False"


FOUNDATION = yaml.safe_load(read_file(".chalice/foundation.yaml"))
OF_BOTH = ("OtherAccounts", "OrganizationId")
FIRM_PARAMETERS = {
    "FirmName": "DAYPASS_FIRM_NAME",
    "FirmContact": "DAYPASS_FIRM_CONTACT",
    "OtherAccounts": "DAYPASS_OTHER_ACCOUNTS",
    "OrganizationId": "DAYPASS_ORGANIZATION_ID",
}


def test_what_is_said_of_the_firm_is_optional(build):
    template = build.template()
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    for parameter, variable in FIRM_PARAMETERS.items():
        declared = template["Parameters"][parameter]
        assert (declared["Type"], declared["Default"]) == ("String", "")
        assert variables[variable] == {"Ref": parameter}
        if parameter in OF_BOTH:
            pattern = FOUNDATION["Parameters"][parameter]["AllowedPattern"]
            assert declared["AllowedPattern"] == pattern


VALID = {
    "FirmName": ("", "Söhne & Töchter (Łódź)", "x" * 80),
    "FirmContact": ("", "aws-access@example.com", "o.brien+aws_1@mail.example.co.uk"),
    "OtherAccounts": (
        *("", "222233334444", "222233334444,333344445555"),
        ",".join(["222233334444"] * 50),
    ),
    "OrganizationId": ("", "o-a1b2c3d4e5"),
    "EventBus": (
        "",
        "arn:aws:events:eu-central-1:123456789012:event-bus/siem",
        "arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/default",
    ),
}
INVALID = {
    "FirmName": (
        *("x" * 81, "two\nlines", "two\rlines", "delete\x7f", "next\x85line"),
        "line\u2028separator",
    ),
    "FirmContact": (
        *("aws-access", "aws-access@localhost", "Ada <ada@example.com>", '"ada"@example.com'),
        *("ada@example.com?subject=x", "ada@example.com, bob@example.com", "ada@example.com\n"),
        *("javascript:alert(1)", "a" * 65 + "@example.com"),
    ),
    "OtherAccounts": (
        *("222233334444, 333344445555", "22223333444"),
        ",".join(["222233334444"] * 51),
    ),
    "OrganizationId": ("a1b2c3d4e5",),
    "EventBus": (
        *("siem", "*", "arn:aws:events:eu-central-1:123456789012:event-bus/*"),
        "arn:aws:events:eu-central-1:123456789012:rule/siem",
        "arn:aws:sns:eu-central-1:123456789012:event-bus/siem",
        "arn:aws:events:eu-central-1:123456789012:event-bus/siem\n",
    ),
}


@every("parameter", [*FIRM_PARAMETERS, "EventBus"])
def test_cloudformation_and_the_function_accept_the_same_values(build, parameter):
    declared = build.template()["Parameters"][parameter]
    variable = FIRM_PARAMETERS.get(parameter, "DAYPASS_EVENT_BUS")
    for value in (*VALID[parameter], *INVALID[parameter]):
        by_function = find_setting_problem(variable, value) is None
        by_cloudformation = len(value) <= declared.get("MaxLength", 4096) and bool(
            re.fullmatch(declared["AllowedPattern"], value)
        )
        assert (by_cloudformation, by_function) == (value in VALID[parameter],) * 2, value


def test_cfn_lint_finds_nothing(build):
    lint = Path(sys.executable).parent / "cfn-lint"
    process = subprocess.run(
        [lint, build.folder / "sam.yaml", ROOT / ".chalice" / "foundation.yaml"],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout


@every("metric", ["Errors", "Throttles"])
def test_one_alarm_watches_all_functions_of_the_account(build, metric):
    watched = [metric_of(alarm) for alarm in build.resources(ALARM).values()]
    assert watched.count(Metric("AWS/Lambda", metric)) == 1


def test_every_job_has_an_alarm_on_its_invocations(build):
    scheduled = {
        name for name, function in build.resources(FUNCTION).items() if "Events" in function
    }
    assert {job for job, *_ in MISSED.values()} == scheduled


def test_bounces_reach_the_topic_whose_policy_names_their_configuration_set(build):
    resources = build.template()["Resources"]
    name = resources["ClientMails"]["Properties"]["Name"]
    feedback = resources["ClientMailFeedback"]["Properties"]["EventDestination"]
    assert {"bounce", "complaint"} < set(feedback["MatchingEventTypes"])
    topic = feedback["SnsDestination"]["TopicARN"]["Fn::Sub"].rpartition(":")[2]
    policy = FOUNDATION["Resources"]["TopicsPolicy"]["Properties"]
    topics = [FOUNDATION["Resources"][each["Ref"]]["Properties"] for each in policy["Topics"]]
    assert topic in [each["TopicName"] for each in topics]
    sources = policy["PolicyDocument"]["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"]
    assert sources[1]["Fn::Sub"].endswith(f":configuration-set/{name}")
    conditions = {resources[each]["Condition"] for each in ("ClientMails", "ClientMailFeedback")}
    assert conditions == {"HasClientMail"}


def test_the_apis_alarm_has_its_name_and_its_stage(build):
    api = build.template()["Resources"]["RestAPI"]["Properties"]
    dimensions = {("ApiName", api["DefinitionBody"]["info"]["title"]), ("Stage", api["StageName"])}
    expected = Metric("AWS/ApiGateway", "5XXError", frozenset(dimensions))
    assert expected in [metric_of(alarm) for alarm in build.resources(ALARM).values()]


def test_merging_templates_refuses_a_repeated_name(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("Resources: {One: {}, Two: {}}\nParameters: {P: {}}", encoding="utf-8")
    second.write_text("Resources: {Three: {}}\nConditions: {C: {}}", encoding="utf-8")
    assert package.merge_templates([first, second]) == {
        "Resources": {"One": {}, "Two": {}, "Three": {}},
        "Parameters": {"P": {}},
        "Conditions": {"C": {}},
    }
    second.write_text("Resources: {Two: {}}", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"second.yaml repeats Two"):
        package.merge_templates([first, second])


def types(build):
    resources = [
        *build.template()["Resources"].values(),
        *package.foundation()["Resources"].values(),
    ]
    events = [
        event["Type"]
        for resource in resources
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Schedule"
    ]
    return {resource["Type"] for resource in resources} | set(events)


# By the condition of the template with which a deployment creates these types.
OPTIONAL_ACTIONS = {
    "LimitsTheRate": ACTIONS_BY_TYPE_FOR_RATE_LIMIT,
    "HasClientMail": ACTIONS_BY_TYPE_FOR_CLIENT_MAIL,
    "HasEventBus": ACTIONS_BY_TYPE_FOR_EVENT_BUS,
}


def test_every_type_of_resource_has_its_required_actions(build):
    """Add the actions that an operator needs to create a new type."""
    assert {*ACTIONS_BY_TYPE, *chain.from_iterable(OPTIONAL_ACTIONS.values())} == types(build)
    template = build.template()["Resources"].values()
    for condition, actions in OPTIONAL_ACTIONS.items():
        optional = {item["Type"] for item in template if item.get("Condition") == condition}
        assert set(actions) == optional - ACTIONS_BY_TYPE.keys()


def test_required_actions_belong_to_the_service_of_their_arn():
    by_type = (ACTIONS_BY_TYPE, *OPTIONAL_ACTIONS.values())
    for actions in chain.from_iterable(each.values() for each in by_type):
        assert actions.arn == "*" or actions.arn.split(":")[2] == actions.service
