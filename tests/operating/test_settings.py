"""What is typed after `make deploy`, and which parameter of which template it becomes."""

from __future__ import annotations

import re
import subprocess

import pytest

from operating import parameters, templates
from operating.destroy import again
from operating.telling import Stop
from tests.running import ROOT

TEMPLATES = (templates.foundation(), templates.app())
PARAMETERS = {name for template in TEMPLATES for name in template["Parameters"]}


@pytest.mark.parametrize(
    ("parameter", "setting"),
    [
        ("FirmName", "FIRM_NAME"),
        ("OtherAccounts", "OTHER_ACCOUNTS"),
        ("AlarmEmail", "ALARM_EMAIL"),
        ("OrganizationId", "ORG_ID"),
        ("WithSlack", "SLACK"),
    ],
)
def test_a_parameter_is_told_by_its_name(parameter: str, setting: str) -> None:
    assert parameter in PARAMETERS
    assert parameters.setting(parameter) == setting


def test_make_help_lists_the_setting_of_every_parameter() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = re.findall(r"^([A-Z_]+) ", told.stdout, re.MULTILINE)
    assert {parameters.setting(name) for name in PARAMETERS} <= set(listed)
    assert len(listed) == len(set(listed))


def test_make_help_lists_no_setting_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    typed = " ".join(f"{name}=1" for name in re.findall(r"^([A-Z_]+) ", told.stdout, re.MULTILINE))
    monkeypatch.setenv("MAKEFLAGS", f" -- {typed}")
    parameters.refuse_unknown(*TEMPLATES)


@pytest.mark.parametrize(
    ("makeflags", "unknown"),
    [
        ("", None),
        ("s", None),
        ("s -- FIRM_NAME=Example", None),
        (r" -- FIRM_NAME=A\ FIRM=B YES=1", None),  # a blank that was typed in a value
        (" -- YES=1 FIRM=B", "FIRM"),
        (" -- OTHER_ACOUNTS=222233334444", "OTHER_ACOUNTS"),
        (" -- region=eu-central-1", "region"),
    ],
)
def test_what_nothing_takes_is_refused(
    monkeypatch: pytest.MonkeyPatch, makeflags: str, unknown: str | None
) -> None:
    monkeypatch.setenv("MAKEFLAGS", makeflags)
    if unknown is None:
        parameters.refuse_unknown(*TEMPLATES)
    else:
        with pytest.raises(Stop, match=f"There is no setting {unknown}\\."):
            parameters.refuse_unknown(*TEMPLATES)


def test_what_is_not_told_is_no_parameter_and_what_is_told_empty_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIRM_NAME", raising=False)
    monkeypatch.setenv("FIRM_CONTACT", "")
    monkeypatch.setenv("OTHER_ACCOUNTS", "222233334444")
    assert parameters.told(templates.app()) == {"FirmContact": "", "OtherAccounts": "222233334444"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("FIRM_NAME", "x" * 81),
        ("FIRM_NAME", "two\nlines"),
        ("FIRM_CONTACT", "nobody"),
        ("FIRM_CONTACT", "somebody@example.com\n"),
        ("OTHER_ACCOUNTS", "222233334444 333344445555"),
    ],
)
def test_what_aws_cloudformation_would_refuse_is_refused_first(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    with pytest.raises(Stop, match=f"^{setting} cannot be "):
        parameters.told(templates.app())


@pytest.mark.parametrize(
    ("had", "typed"),
    [
        ({}, "make deploy"),
        ({"FirmName": "Example", "FirmContact": ""}, "make deploy FIRM_NAME=Example"),
        ({"FirmName": "O'Reilly & Co"}, """make deploy 'FIRM_NAME=O'"'"'Reilly & Co'"""),
        ({"FirmName": "Cash $ Co"}, "make deploy 'FIRM_NAME=Cash $$ Co'"),
    ],
)
def test_the_command_that_deploys_it_again_can_be_pasted(had: dict[str, str], typed: str) -> None:
    assert again(had) == typed
