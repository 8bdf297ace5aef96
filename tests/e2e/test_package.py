"""The deployment, as it is built: complete, small, compiled, and nothing in it that is not ours."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from chalicelib.settings import BadSettings, settings
from tests.running import ROOT


@pytest.fixture(scope="module")
def package() -> ModuleType:
    spec = importlib.util.spec_from_file_location("package", ROOT / ".chalice" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


@pytest.fixture(scope="module")
def build(package: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target: Path = tmp_path_factory.mktemp("build") / "made"
    package.main(target)
    return target


def run_in(build: Path, program: str, **environment: str) -> str:
    """Run a program with nothing but the standard library and what was packaged."""
    isolated = f"import sys; sys.path.insert(0, {str(build / 'function')!r}); {program}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", isolated],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "daypass",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "DAYPASS_STATE_TABLE": "daypass-state",
    "DAYPASS_TRAIL_TABLE": "daypass-trail",
    "DAYPASS_ACCOUNT_ID": "123456789012",
    "DAYPASS_PARTITION": "aws",
    "DAYPASS_FIRM_NAME": "Example Consulting",
    "DAYPASS_TEMPLATE_BUCKET": "daypass-templates-123456789012-eu-central-1",
}


def test_the_api_starts_from_the_package_alone(build: Path) -> None:
    program = (
        "import app; e = {'requestContext': {'resourcePath': '/healthz', 'httpMethod': 'GET'},"
        " 'headers': {}, 'pathParameters': None, 'multiValueQueryStringParameters': None,"
        " 'body': None, 'stageVariables': None}; print(app.app(e, None)['body'])"
    )
    assert run_in(build, program, **ENVIRONMENT).splitlines()[-1] == '{"status":"ok"}'


def test_the_first_leads_function_starts_without_the_app(build: Path) -> None:
    program = (
        "from chalicelib.entrypoints.people.operator import first_lead; "
        "print(first_lead({}, None)['reason'], 'app' in sys.modules)"
    )
    assert run_in(build, program, **ENVIRONMENT) == "missing-field False"


def test_the_compiled_files_are_used(build: Path) -> None:
    program = "import botocore.session as s, app; print(s.__cached__ and s.__spec__.cached)"
    cached = run_in(build, program, **ENVIRONMENT)
    assert Path(cached).exists()


def test_what_is_packaged_runs_on_any_processor(build: Path) -> None:
    names = [path.suffix for path in (build / "function").rglob("*")]
    assert not {".so", ".c", ".pyd", ".dylib"} & set(names)


def test_a_compiled_package_that_is_not_the_pinned_one_is_refused(
    package: ModuleType, tmp_path: Path
) -> None:
    other = tmp_path / "markupsafe"
    other.mkdir()
    (other / "_speedups.so").touch()
    (other / "__init__.py").write_text("print('not the pinned one')")
    with pytest.raises(SystemExit, match="markupsafe is not the one"):
        package.leave_pure(tmp_path)


def test_a_page_is_rendered_from_the_package_alone(build: Path) -> None:
    program = (
        "from chalicelib.entrypoints.pages.render import page;"
        " import markupsafe._native;"
        " print(page('problem.html', 404, heading='<b>', detail='', request_id='7',"
        " back='').body)"
    )
    assert "<h1>&lt;b&gt;</h1>" in run_in(build, program)


def test_only_the_services_that_are_called_are_in_it(build: Path) -> None:
    data = build / "function" / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == {
        "dynamodb",
        "iam",
        "s3",
        "sts",
    }


@pytest.mark.parametrize("service", ["iam", "s3", "sts"])
def test_what_a_vend_never_needs_can_be_called_as_well(build: Path, service: str) -> None:
    """The clients that are made only when they are asked for: the session goes to another STS."""
    program = (
        "from chalicelib import bootstrap; p = bootstrap.ports(); "
        f"print(p.sts._clients({service!r}).meta.service_model.service_name)"
    )
    assert run_in(build, program, **ENVIRONMENT) == service


@pytest.mark.parametrize("stray", ["tests/", "local/", "boto3/", "docs/", ".chalice/", "README"])
def test_what_is_not_deployed_is_not_in_it(build: Path, stray: str) -> None:
    with zipfile.ZipFile(build / "deployment.zip") as packed:
        assert not [name for name in packed.namelist() if name.startswith(stray)]


def test_every_function_runs_as_the_broker_and_knows_its_account(build: Path) -> None:
    template = yaml.safe_load((build / "sam.yaml").read_text(encoding="utf-8"))
    functions: list[Any] = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert len(functions) == 4
    for function in functions:
        assert function["Role"]["Fn::Sub"].endswith("role/daypass-broker")
        variables = function["Environment"]["Variables"]
        assert variables["DAYPASS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
        assert set(variables) >= {name for name in ENVIRONMENT if name.startswith("DAYPASS_")}


def test_the_sweep_runs_every_hour_and_has_time(build: Path) -> None:
    template = yaml.safe_load((build / "sam.yaml").read_text(encoding="utf-8"))
    sweep, api = (template["Resources"][name]["Properties"] for name in ("Sweep", "APIHandler"))
    (event,) = sweep["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}
    assert (sweep["Timeout"], api["Timeout"]) == (300, 25)
    program = (
        f"from {sweep['Handler'].rpartition('.')[0]} import sweep; "
        "print(callable(sweep), 'app' in sys.modules)"
    )
    assert run_in(build, program, **ENVIRONMENT) == "True False"


def test_the_firms_name_is_asked_for_and_may_be_left_empty(build: Path) -> None:
    template = yaml.safe_load((build / "sam.yaml").read_text(encoding="utf-8"))
    asked = template["Parameters"]["FirmName"]
    assert (asked["Type"], asked["Default"]) == ("String", "")
    told = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert told["DAYPASS_FIRM_NAME"] == {"Ref": "FirmName"}


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
    build: Path, name: str, *, taken: bool
) -> None:
    template = yaml.safe_load((build / "sam.yaml").read_text(encoding="utf-8"))
    asked = template["Parameters"]["FirmName"]
    by_cloudformation = bool(
        len(name) <= asked["MaxLength"] and re.fullmatch(asked["AllowedPattern"], name)
    )
    try:
        by_the_function = settings(ENVIRONMENT | {"DAYPASS_FIRM_NAME": name}).firm_name == name
    except BadSettings:
        by_the_function = False
    assert (by_cloudformation, by_the_function) == (taken, taken)


def test_cfn_lint_is_content(build: Path) -> None:
    lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [lint, build / "sam.yaml", ROOT / ".chalice" / "foundation.yaml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
