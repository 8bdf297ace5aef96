"""The settings of `make deploy`, and the templates' parameters that they set."""

import os
import re
import subprocess
import sys
from pathlib import Path

import package
import pytest

from operating import parameters
from operating.aws_cli import find_region_problem
from operating.console import Stop
from operating.destroy import build_deploy_command
from tests.rows import every
from tests.running import ROOT

TEMPLATES = (package.foundation(), package.app())
VENV = Path(sys.executable).parent.parent
PARAMETERS = {name for each in TEMPLATES for name in parameters.list_settings(each).values()}


@every(
    "parameter, setting",
    [
        ("FirmName", "FIRM_NAME"),
        ("OtherAccounts", "OTHER_ACCOUNTS"),
        ("AlarmEmail", "ALARM_EMAIL"),
        ("OrganizationId", "ORG_ID"),
        ("WithSlack", "SLACK"),
    ],
)
def test_a_parameters_setting_has_its_name(parameter, setting):
    assert parameter in PARAMETERS
    assert parameters.setting_name(parameter) == setting


def test_make_help_lists_the_setting_of_every_parameter_and_none_that_is_refused(monkeypatch):
    process = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = re.findall(r"^([A-Z_]+) ", process.stdout, re.MULTILINE)
    assert {parameters.setting_name(name) for name in PARAMETERS} <= set(listed)
    assert len(listed) == len(set(listed))
    monkeypatch.setenv(parameters.TYPED_SETTINGS_VARIABLE, " ".join(listed))
    assert list(parameters.find_unknown_settings()) == []


COMMANDS = [
    *("deploy", "destroy", "doctor", "enrol-prober", "first-lead", "permissions"),
    *("recover-lead", "slack-secrets"),
]


def test_no_setting_that_the_documents_name_is_refused(monkeypatch):
    pages = [ROOT / "README.md", ROOT / "Makefile", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    lines = re.findall(
        rf"(?:make |^)(?:{'|'.join(COMMANDS)})\b((?:[^`\n\\]|\\\n)*)", text, re.MULTILINE
    )
    names = set(re.findall(r"\b([A-Z][A-Z_]+)=", " ".join(lines)))
    assert names >= {"FIRM_NAME", "ALARM_EMAIL", "NAME", "ID", "LOST", "OTHERS", "SLACK"}
    monkeypatch.setenv(parameters.TYPED_SETTINGS_VARIABLE, " ".join(names))
    assert list(parameters.find_unknown_settings()) == []


def typed_names(*arguments, target="doctor"):
    """Return the names of typed settings that the Makefile passes to its commands."""
    # The tests may be run by a make of their own, with settings such as PYTHON.
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    options = ["--silent", f"VENV={VENV}", f"--old-file={VENV}/.runtime", "PY=env #"]
    process = subprocess.run(
        ["make", *options, target, *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    (names,) = re.findall(
        rf"^{parameters.TYPED_SETTINGS_VARIABLE}=(.*)$", process.stdout, re.MULTILINE
    )
    return set(names.split()) - {"VENV", "PY"}


@every(
    "arguments, names",
    [
        ([], set()),
        (["FIRM_NAM=Example"], {"FIRM_NAM"}),
        (["FIRM_NAME=A FIRM=B", "YES=1"], {"FIRM_NAME", "YES"}),  # a space in a value
        (["FIRM_NAME=O'Reilly -- X=1"], {"FIRM_NAME"}),
        (["FIRM_NAME = Example"], {"FIRM_NAME"}),
        (["FIRM_NAM:=Example", "region?=eu-central-1"], {"FIRM_NAM", "region"}),
        (["-j2", "--no-print-directory", "FIRM=B"], {"FIRM"}),
    ],
)
def test_make_passes_the_typed_names_for_any_values(arguments, names):
    assert typed_names(*arguments) == names


@every("target", COMMANDS)
def test_make_passes_them_to_every_command(target):
    assert typed_names("FIRM_NAM=Example", target=target) == {"FIRM_NAM"}


@pytest.mark.parametrize(
    ("names", "sentences"),
    [
        ("", []),
        ("FIRM_NAME YES", []),
        ("FIRM_NAM", ["There is no setting FIRM_NAM. Did you mean FIRM_NAME? "]),
        (
            "OTHER_ACOUNTS X",
            ["Did you mean OTHER_ACCOUNTS? ", "There is no setting X. `make help`"],
        ),
        ("region", ["There is no setting region. Did you mean REGION? "]),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_one(monkeypatch, names, sentences):
    monkeypatch.setenv(parameters.TYPED_SETTINGS_VARIABLE, names)
    results = list(parameters.find_unknown_settings())
    assert len(results) == len(sentences)
    assert all(text in result for text, result in zip(sentences, results, strict=True))
    if sentences:
        with pytest.raises(Stop, match="There is no setting"):
            parameters.refuse_unknown_settings()
    else:
        parameters.refuse_unknown_settings()


def test_an_empty_setting_sets_its_parameter_and_a_missing_one_does_not(monkeypatch):
    monkeypatch.delenv("FIRM_NAME", raising=False)
    monkeypatch.setenv("FIRM_CONTACT", "")
    monkeypatch.setenv("OTHER_ACCOUNTS", "222233334444")
    assert parameters.read_settings_for(package.app()) == {
        "FirmContact": "",
        "OtherAccounts": "222233334444",
    }


@pytest.fixture
def no_settings(monkeypatch):
    for name in [*map(parameters.setting_name, PARAMETERS), "REGION", "PACKAGED", "ARCH"]:
        monkeypatch.delenv(name, raising=False)


INVALID = {
    "FIRM_NAME": ["x" * 81, "two\nlines"],
    "FIRM_CONTACT": ["no address", "someone@example.com\n"],
    "OTHER_ACCOUNTS": ["222233334444 333344445555"],
    "EVENT_BUS": ["siem", "arn:aws:events:eu-central-1:123456789012:event-bus/*"],
    **{name: ["me"] for name in ("ALARM_EMAIL", "WARNING_EMAIL", "NOTICE_EMAIL")},
    **{name: ["me"] for name in ("ORG_ID", "CANARY_ACCOUNT")},
    "IDENTITY_PROVIDERS": ["{", '[{"issuer": "https://login.example.com"}]'],
    "ANONYMOUS_CONCURRENCY": ["x", "5.5", "-1", "1001"],
    "RATE_LIMIT": ["9"],
    "SLACK": ["yes"],
    "PACKAGED": ["/nope"],
    "ARCH": ["arm"],
}


@every(
    "setting, value",
    [(name, value) for name, values in INVALID.items() for value in values],
    monkeypatch=pytest.MonkeyPatch.context,
)
@pytest.mark.usefixtures("no_settings")
def test_an_invalid_setting_is_refused_before_aws_is_called(monkeypatch, setting, value):
    monkeypatch.setenv(setting, value)
    (problem,) = parameters.find_setting_problems()
    assert problem.startswith(f"{setting} cannot be ")


@every(
    "region, message",
    [
        ("mars-1", "There is no AWS region mars-1. A region's name looks like eu-central-1."),
        ("eucentral-1", "There is no AWS region eucentral-1. Did you mean eu-central-1?"),
        ("eu central 1", "There is no AWS region eu central 1. Did you mean eu-central-1?"),
        ("eu-central-1", None),
        ("us-gov-west-1", None),
        ("eu-central-9", None),  # it may be newer than the SDK
    ],
)
def test_a_region_must_be_one_of_aws(region, message):
    assert find_region_problem(region) == message


@pytest.mark.usefixtures("no_settings")
def test_all_problems_are_reported_together_and_once(monkeypatch):
    environment = {
        parameters.TYPED_SETTINGS_VARIABLE: "FIRM_NAM",
        "OTHER_ACCOUNTS": "2222",  # a parameter of both templates
        "IDENTITY_PROVIDERS": "{",
        "ANONYMOUS_CONCURRENCY": "x",
        "REGION": "mars-1",
        "PACKAGED": "/nope",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    problems = parameters.find_setting_problems()
    names = [re.findall(r"[A-Z_]{5,}|mars-1", problem)[0] for problem in problems]
    *settings, region, package = names
    assert (settings, region, package) == (["FIRM_NAM", *[*environment][1:4]], "mars-1", "PACKAGED")


@pytest.mark.usefixtures("no_settings")
def test_valid_settings_have_no_problems(monkeypatch):
    environment = {
        "FIRM_NAME": "Söhne & O'Reilly",
        "FIRM_CONTACT": "aws-access@example.com",
        "ALARM_EMAIL": "",
        "ORG_ID": "o-a1b2c3d4e5",
        "IDENTITY_PROVIDERS": '[{"issuer": "https://login.example.com", "audience": "daypass"}]',
        "ANONYMOUS_CONCURRENCY": "5",
        "REGION": "eu-central-1",
        "ARCH": "x86_64",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert parameters.find_setting_problems() == []


@pytest.mark.parametrize(
    ("text", "tags", "problem"),
    [
        ("owner=platform  stage=", {"owner": "platform", "stage": ""}, ""),
        ("url=https://x.example/?a", {"url": "https://x.example/?a"}, "'url=https://x.example/?a'"),
        ("a=b=c", {"a": "b=c"}, ""),
        ("", {}, ""),
        ("owner", {"owner": ""}, "TAGS cannot have 'owner'"),
        ("aws:owner=x", {"aws:owner": "x"}, "A key cannot begin with aws:"),
        ("a=1 a=2", {"a": "2"}, "TAGS has a key twice"),
        (" ".join(f"k{n}=v" for n in range(41)), None, "TAGS can have 40 tags at most"),
    ],
)
@pytest.mark.usefixtures("no_settings")
def test_tags_are_pairs_that_every_kind_of_resource_takes(monkeypatch, text, tags, problem):
    assert parameters.read_tags() is None
    monkeypatch.setenv("TAGS", text)
    assert tags is None or parameters.read_tags() == tags
    problems = parameters.find_setting_problems()
    assert len(problems) == bool(problem)
    assert problem in " ".join(problems)


@every(
    "deployed, command",
    [
        ({}, "make deploy"),
        ({"FirmName": "Example", "FirmContact": ""}, "make deploy FIRM_NAME=Example"),
        ({"FirmName": "O'Reilly & Co"}, """make deploy 'FIRM_NAME=O'"'"'Reilly & Co'"""),
        ({"FirmName": "Cash $ Co"}, "make deploy 'FIRM_NAME=Cash $$ Co'"),
    ],
)
def test_the_command_that_deploys_it_again_can_be_pasted(deployed, command):
    assert build_deploy_command(deployed) == command
