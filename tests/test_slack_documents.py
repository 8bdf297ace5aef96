"""What is said of Slack is so: its app's manifest, and the page on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

import app
from chalicelib.domain.slack.grammar import COMMANDS, Asked, parse, usage
from tests.fakes import NOON
from tests.test_docs import ROOT

PAGE = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(
    (ROOT / "docs" / "slack-manifest.yaml").read_text(encoding="utf-8")
)
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
def test_the_manifest_keeps_to_slacks_limits(text: str, longest: int) -> None:
    assert 0 < len(text) <= longest


def test_the_manifest_has_nothing_that_slack_does_not_know() -> None:
    """The names are those of "App manifest reference" (docs.slack.dev)."""
    assert MANIFEST.keys() == {
        "_metadata",
        "display_information",
        "features",
        "oauth_config",
        "settings",
    }
    assert MANIFEST["_metadata"] == {"major_version": 2}
    assert re.fullmatch("#[0-9a-f]{6}", MANIFEST["display_information"]["background_color"])
    assert SLASH_COMMAND.keys() == {
        "command",
        "url",
        "description",
        "usage_hint",
        "should_escape",
    }


def test_the_app_may_do_no_more_than_it_has_to() -> None:
    assert MANIFEST["oauth_config"] == {"scopes": {"bot": ["commands", "incoming-webhook"]}}
    assert MANIFEST["settings"]["token_rotation_enabled"] is False
    assert "event_subscriptions" not in MANIFEST["settings"]


def test_a_mention_arrives_as_an_id() -> None:
    assert SLASH_COMMAND["should_escape"] is True


@pytest.mark.parametrize(
    "url", [SLASH_COMMAND["url"], MANIFEST["settings"]["interactivity"]["request_url"]]
)
def test_slack_is_sent_to_a_route_that_there_is(url: str) -> None:
    assert "POST" in app.app.routes[url.removeprefix(PLACEHOLDER)]


# --- the page -----------------------------------------------------------------------------------


def test_the_page_lists_every_command_as_help_does() -> None:
    listed = re.findall(r"^\| `/daypass ([^`]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    assert listed == [(usage(of), of.summary) for of in COMMANDS]


def test_every_command_that_the_page_names_can_be_typed() -> None:
    named = re.findall(r"`/daypass ([a-z][^`]*)`", PAGE)
    shapes = {shape for of in COMMANDS for shape in (of.name, usage(of))}
    typed = [text for text in named if text not in shapes]
    assert typed
    assert [text for text in typed if not isinstance(parse(text, NOON), Asked)] == []
