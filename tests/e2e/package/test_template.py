"""The app's template, as it is built: whom the functions run as, what they are told, on what."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from chalicelib.settings import fault
from local import functions
from tests.e2e.package.building import ENVIRONMENT, Build
from tests.running import ROOT


def test_the_template_names_the_python_that_the_zip_is_for(
    build: Build, package: ModuleType
) -> None:
    propertieses = [
        resource["Properties"]
        for resource in build.template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert {function["Runtime"] for function in propertieses} == {f"python{package.RUNTIME}"}


# They ask the API as anybody would, and have no other way into Daypass.
FROM_OUTSIDE = {"Prober", "EnrolProber"}


def test_every_function_runs_as_its_role_and_knows_its_account(build: Build) -> None:
    by_name = {
        name: resource["Properties"]
        for name, resource in build.template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert by_name.keys() == functions.roles().keys()
    for name, function in by_name.items():
        assert function["Role"]["Fn::Sub"].endswith(f":role/{functions.roles()[name]}")
        if name in FROM_OUTSIDE:
            continue
        variables = function["Environment"]["Variables"]
        assert variables["DAYPASS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
        assert set(variables) >= {name for name in ENVIRONMENT if name.startswith("DAYPASS_")}


@pytest.mark.parametrize("name", sorted(FROM_OUTSIDE))
def test_the_prober_is_told_where_the_api_is_and_of_no_table(build: Build, name: str) -> None:
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


def test_the_prober_asks_every_five_minutes_and_starts_without_the_app(build: Build) -> None:
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
    fields = {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "DAYPASS_API_URL": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    }
    assert build.run(program, **fields) == "missing-field SSM False"


def test_the_stack_says_where_the_api_is(build: Build) -> None:
    """`make deploy` prints it. The address ends with a slash, and docs/using.md takes it off."""
    assert build.template()["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].endswith("/api/")


def test_the_sweep_runs_every_hour_and_has_time(build: Build) -> None:
    template = build.template()
    sweep, api = (template["Resources"][name]["Properties"] for name in ("Sweep", "APIHandler"))
    (event,) = sweep["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}
    assert (sweep["Timeout"], api["Timeout"]) == (600, 25)
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


def test_the_firms_name_and_address_are_asked_for_and_may_be_left_empty(build: Build) -> None:
    template = build.template()
    firm_name = template["Parameters"]["FirmName"]
    assert (firm_name["Type"], firm_name["Default"]) == ("String", "")
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert variables["DAYPASS_FIRM_NAME"] == {"Ref": "FirmName"}
    assert template["Parameters"]["FirmContact"]["Default"] == ""
    assert variables["DAYPASS_FIRM_CONTACT"] == {"Ref": "FirmContact"}


@pytest.mark.parametrize(
    ("contact", "taken"),
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
def test_cloudformation_and_the_function_take_the_same_addresses(
    build: Build, contact: str, *, taken: bool
) -> None:
    firm_contact = build.template()["Parameters"]["FirmContact"]
    by_the_function = fault("DAYPASS_FIRM_CONTACT", contact) is None
    assert (bool(re.fullmatch(firm_contact["AllowedPattern"], contact)), by_the_function) == (
        taken,
        taken,
    )


def test_the_firms_other_accounts_and_its_organization_are_asked_for(build: Build) -> None:
    template = build.template()
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    for variable, parameter in OURS.items():
        assert template["Parameters"][parameter]["Default"] == ""
        assert variables[variable] == {"Ref": parameter}


FOUNDATION = yaml.safe_load((ROOT / ".chalice" / "foundation.yaml").read_text(encoding="utf-8"))
OURS = {"DAYPASS_OTHER_ACCOUNTS": "OtherAccounts", "DAYPASS_ORGANIZATION_ID": "OrganizationId"}


@pytest.mark.parametrize(
    ("variable", "value", "taken"),
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
def test_cloudformation_and_the_function_take_the_same_accounts_and_organizations(
    build: Build, variable: str, value: str, *, taken: bool
) -> None:
    request = build.template()["Parameters"][OURS[variable]]
    assert request["AllowedPattern"] == FOUNDATION["Parameters"][OURS[variable]]["AllowedPattern"]
    by_the_function = fault(variable, value) is None
    assert (bool(re.fullmatch(request["AllowedPattern"], value)), by_the_function) == (taken, taken)


@pytest.mark.parametrize(
    ("name", "taken"),
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
def test_cloudformation_and_the_function_take_the_same_names_of_a_firm(
    build: Build, name: str, *, taken: bool
) -> None:
    template = build.template()
    firm_name = template["Parameters"]["FirmName"]
    by_cloudformation = bool(
        len(name) <= firm_name["MaxLength"] and re.fullmatch(firm_name["AllowedPattern"], name)
    )
    by_the_function = fault("DAYPASS_FIRM_NAME", name) is None
    assert (by_cloudformation, by_the_function) == (taken, taken)


def test_cfn_lint_is_content(build: Build) -> None:
    lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [lint, build.folder / "sam.yaml", ROOT / ".chalice" / "foundation.yaml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
