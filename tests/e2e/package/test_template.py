"""The app's built template: the functions' roles, environments, schedules and parameters."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from chalicelib.settings import find_setting_problem
from local import functions
from tests.e2e.package.building import ENVIRONMENT, Build
from tests.running import ROOT


def test_the_template_names_the_python_that_the_zip_is_for(
    build: Build, package: ModuleType
) -> None:
    functions_properties = [
        resource["Properties"]
        for resource in build.template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert {function["Runtime"] for function in functions_properties} == {
        f"python{package.RUNTIME}"
    }


# They call the API over HTTP like any client, and have no other access to Daypass.
API_CLIENTS = {"Prober", "EnrolProber"}


def test_every_function_runs_as_its_role_and_knows_its_account(build: Build) -> None:
    deployed = {
        name: resource["Properties"]
        for name, resource in build.template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert deployed.keys() == functions.roles().keys()
    for name, function in deployed.items():
        assert function["Role"]["Fn::Sub"].endswith(f":role/{functions.roles()[name]}")
        if name in API_CLIENTS:
            continue
        variables = function["Environment"]["Variables"]
        assert variables["DAYPASS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
        assert set(variables) >= {name for name in ENVIRONMENT if name.startswith("DAYPASS_")}


@pytest.mark.parametrize("name", sorted(API_CLIENTS))
def test_the_probers_environment_has_the_api_and_no_table(build: Build, name: str) -> None:
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


def test_the_prober_runs_every_five_minutes_and_starts_without_the_app(build: Build) -> None:
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


def test_the_stack_outputs_the_apis_address(build: Build) -> None:
    """`make deploy` prints it without its last slash."""
    assert build.template()["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].endswith("/api/")


def test_the_sweep_runs_every_hour_and_has_time(build: Build) -> None:
    template = build.template()
    sweep, api = (template["Resources"][name]["Properties"] for name in ("Sweep", "APIHandler"))
    (event,) = sweep["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}
    assert (sweep["Timeout"], api["Timeout"]) == (720, 25)
    program = (
        f"from {sweep['Handler'].rpartition('.')[0]} import sweep; "
        "print(callable(sweep), 'app' in sys.modules)"
    )
    assert build.run(program, **ENVIRONMENT) == "True False"


def test_sessions_are_counted_every_five_minutes(build: Build) -> None:
    watch = build.template()["Resources"]["Watch"]["Properties"]
    (event,) = watch["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}}
    program = f"from {watch['Handler'].rpartition('.')[0]} import watch; print(callable(watch))"
    assert build.run(program, **ENVIRONMENT) == "True"


def test_the_firms_name_and_contact_are_optional_parameters(build: Build) -> None:
    template = build.template()
    firm_name = template["Parameters"]["FirmName"]
    assert (firm_name["Type"], firm_name["Default"]) == ("String", "")
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables["DAYPASS_FIRM_NAME"] == {"Ref": "FirmName"}
    assert template["Parameters"]["FirmContact"]["Default"] == ""
    assert variables["DAYPASS_FIRM_CONTACT"] == {"Ref": "FirmContact"}


@pytest.mark.parametrize(
    ("contact", "valid"),
    [
        ("", True),
        ("aws-access@example.com", True),
        ("o.brien+aws_1@mail.example.co.uk", True),
        ("aws-access", False),
        ("aws-access@localhost", False),
        ("Ada <ada@example.com>", False),
        ('"ada"@example.com', False),
        ("ada@example.com?subject=x", False),
        ("ada@example.com, bob@example.com", False),
        ("ada@example.com\n", False),
        ("javascript:alert(1)", False),
        ("a" * 65 + "@example.com", False),
    ],
)
def test_cloudformation_and_the_function_accept_the_same_addresses(
    build: Build, contact: str, *, valid: bool
) -> None:
    firm_contact = build.template()["Parameters"]["FirmContact"]
    accepted_by_function = find_setting_problem("DAYPASS_FIRM_CONTACT", contact) is None
    assert (bool(re.fullmatch(firm_contact["AllowedPattern"], contact)), accepted_by_function) == (
        valid,
        valid,
    )


def test_the_firms_other_accounts_and_organization_are_optional_parameters(build: Build) -> None:
    template = build.template()
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    for variable, parameter in FIRM_PARAMETERS.items():
        assert template["Parameters"][parameter]["Default"] == ""
        assert variables[variable] == {"Ref": parameter}


FOUNDATION = yaml.safe_load((ROOT / ".chalice" / "foundation.yaml").read_text(encoding="utf-8"))
FIRM_PARAMETERS = {
    "DAYPASS_OTHER_ACCOUNTS": "OtherAccounts",
    "DAYPASS_ORGANIZATION_ID": "OrganizationId",
}


@pytest.mark.parametrize(
    ("variable", "value", "valid"),
    [
        ("DAYPASS_OTHER_ACCOUNTS", "", True),
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444", True),
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444,333344445555", True),
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444, 333344445555", False),
        ("DAYPASS_OTHER_ACCOUNTS", "22223333444", False),
        ("DAYPASS_OTHER_ACCOUNTS", ",".join(["222233334444"] * 50), True),
        ("DAYPASS_OTHER_ACCOUNTS", ",".join(["222233334444"] * 51), False),
        ("DAYPASS_ORGANIZATION_ID", "", True),
        ("DAYPASS_ORGANIZATION_ID", "o-a1b2c3d4e5", True),
        ("DAYPASS_ORGANIZATION_ID", "a1b2c3d4e5", False),
    ],
)
def test_cloudformation_and_the_function_accept_the_same_accounts_and_organizations(
    build: Build, variable: str, value: str, *, valid: bool
) -> None:
    parameter = build.template()["Parameters"][FIRM_PARAMETERS[variable]]
    assert (
        parameter["AllowedPattern"]
        == FOUNDATION["Parameters"][FIRM_PARAMETERS[variable]]["AllowedPattern"]
    )
    accepted_by_function = find_setting_problem(variable, value) is None
    assert (bool(re.fullmatch(parameter["AllowedPattern"], value)), accepted_by_function) == (
        valid,
        valid,
    )


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("", True),
        ("Söhne & Töchter (Łódź)", True),
        ("x" * 80, True),
        ("x" * 81, False),
        ("two\nlines", False),
        ("two\rlines", False),
        ("delete\x7f", False),
        ("next\x85line", False),
        ("line\u2028separator", False),
    ],
)
def test_cloudformation_and_the_function_accept_the_same_firm_names(
    build: Build, name: str, *, valid: bool
) -> None:
    template = build.template()
    firm_name = template["Parameters"]["FirmName"]
    accepted_by_cloudformation = bool(
        len(name) <= firm_name["MaxLength"] and re.fullmatch(firm_name["AllowedPattern"], name)
    )
    accepted_by_function = find_setting_problem("DAYPASS_FIRM_NAME", name) is None
    assert (accepted_by_cloudformation, accepted_by_function) == (valid, valid)


def test_cfn_lint_finds_nothing(build: Build) -> None:
    lint = Path(sys.executable).parent / "cfn-lint"
    process = subprocess.run(
        [lint, build.folder / "sam.yaml", ROOT / ".chalice" / "foundation.yaml"],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout
