"""The deployment, as it is built: complete, small, compiled, and nothing in it that is not ours."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import ROOT


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target: Path = tmp_path_factory.mktemp("build") / "made"
    spec = importlib.util.spec_from_file_location("package", ROOT / ".chalice" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
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
        "from chalicelib.entrypoints.operator import first_lead; "
        "print(first_lead({}, None)['reason'], 'app' in sys.modules)"
    )
    assert run_in(build, program, **ENVIRONMENT) == "missing-field False"


def test_the_compiled_files_are_used(build: Path) -> None:
    program = "import botocore.session as s, app; print(s.__cached__ and s.__spec__.cached)"
    cached = run_in(build, program, **ENVIRONMENT)
    assert Path(cached).exists()


def test_only_the_services_that_are_called_are_in_it(build: Path) -> None:
    data = build / "function" / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"dynamodb", "sts"}


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
    assert len(functions) == 3
    for function in functions:
        assert function["Role"]["Fn::Sub"].endswith("role/daypass-broker")
        variables = function["Environment"]["Variables"]
        assert variables["DAYPASS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
        assert set(variables) >= {name for name in ENVIRONMENT if name.startswith("DAYPASS_")}


def test_cfn_lint_is_content(build: Path) -> None:
    lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [lint, build / "sam.yaml", ROOT / ".chalice" / "foundation.yaml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
