"""The manifest of the Slack app and the pages about Slack agree with the code."""

import re
import shutil
import subprocess

import pytest
import yaml

import app
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.commands import parse_command
from chalicelib.usecases.slack.commands import COMMANDS
from local.documents.slack_commands import replace_command_table
from tests.fakes import NOON
from tests.running import ROOT, read_file
from tests.test_docs import DOCUMENTS

PAGE = read_file("docs/slack.md")
REFERENCE = read_file("docs/reference/slack-commands.md")
SETUP = read_file("docs/slack-setup.md")
MANIFEST = yaml.safe_load(read_file("docs/slack-manifest.yaml"))
(SLASH_COMMAND,) = MANIFEST["features"]["slash_commands"]
PLACEHOLDER = "https://daypass.example.com/api"


# --- the manifest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        (MANIFEST["display_information"]["name"], 35),
        (MANIFEST["display_information"]["description"], 140),
        (SLASH_COMMAND["command"], 32),
        (SLASH_COMMAND["description"], 2000),
        (SLASH_COMMAND["usage_hint"], 1000),
    ],
)
def test_the_manifest_keeps_to_slacks_limits(text, longest):
    assert 0 < len(text) <= longest


def test_the_manifest_has_only_fields_that_slack_documents():
    """See "App manifest reference" (docs.slack.dev)."""
    fields = {"_metadata", "display_information", "features", "oauth_config", "settings"}
    assert MANIFEST.keys() == fields
    assert MANIFEST["_metadata"] == {"major_version": 2}
    assert re.fullmatch("#[0-9a-f]{6}", MANIFEST["display_information"]["background_color"])
    fields = {"command", "url", "description", "usage_hint", "should_escape"}
    assert SLASH_COMMAND.keys() == fields


def test_the_app_has_only_the_scopes_that_it_needs_and_its_urls_are_routes():
    settings = MANIFEST["settings"]
    assert MANIFEST["oauth_config"] == {"scopes": {"bot": ["commands", "incoming-webhook"]}}
    assert settings["token_rotation_enabled"] is False
    assert "event_subscriptions" not in settings
    assert SLASH_COMMAND["should_escape"] is True  # a mention arrives as an ID
    for url in (SLASH_COMMAND["url"], settings["interactivity"]["request_url"]):
        assert "POST" in app.app.routes[url.removeprefix(PLACEHOLDER)]


(WRITE_MANIFEST,) = re.findall(r"^ +(sed .*?slack-manifest.yaml)$", SETUP, re.MULTILINE | re.DOTALL)
SHELLS = [shell for shell in ("sh", "bash", "zsh") if shutil.which(shell)]


def print_manifest(shell, **environment):
    return subprocess.run(
        [shell, "-c", WRITE_MANIFEST],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_manifest_with_the_deployed_address(shell):
    address = "https://a1b2.execute-api.eu-central-1.amazonaws.com/api"

    process = print_manifest(shell, DAYPASS=address)

    assert (process.returncode, process.stderr) == (0, "")
    assert PLACEHOLDER not in process.stdout.partition("_metadata")[2]
    (command,) = yaml.safe_load(process.stdout)["features"]["slash_commands"]
    assert command["url"] == f"{address}/v1/slack/commands"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("environment", [{}, {"DAYPASS": ""}], ids=["unset", "empty"])
def test_without_an_address_the_command_prints_no_manifest_and_says_what_is_missing(
    shell, environment
):
    process = print_manifest(shell, **environment)

    assert process.returncode != 0
    assert process.stdout == ""
    assert "DAYPASS: Set it to the address that make deploy printed" in process.stderr


# --- the pages ----------------------------------------------------------------------------------


def test_nothing_claims_that_no_secret_passes_through_slack():
    """An access link is a secret: for five minutes, its bearer is the member."""
    claim = re.compile(r"no secret (ever )?passes|never sees anything that opens")
    for path in (*DOCUMENTS, *ROOT.glob("chalicelib/**/*.py")):
        text = " ".join(read_file(path).split())
        assert not claim.search(text), path


def test_the_reference_lists_every_command_as_help_does():
    assert replace_command_table(REFERENCE) == REFERENCE, "run `make slack-table`"
    assert all(
        f"| `/daypass {command.usage}` | {command.summary} |\n" in REFERENCE for command in COMMANDS
    )


def test_every_example_of_a_command_on_the_page_can_be_parsed():
    mentioned = re.findall(r"`/daypass ([a-z][^`]*)`", PAGE + SETUP)
    usages = {usage for command in COMMANDS for usage in (command.name, command.usage)}
    examples = [text for text in mentioned if text not in usages]
    assert examples
    for text in examples:
        parse_command(text, NOON, COMMANDS)  # raises ValueError if it is not a command


@pytest.mark.parametrize("page", [PAGE, SETUP], ids=["slack", "slack-setup"])
def test_every_reason_among_the_problems_exists(page):
    table = page.partition("## If something goes wrong\n")[2].partition("\n## ")[0]
    reasons = re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)
    assert reasons
    assert set(reasons) <= set(Reason)
