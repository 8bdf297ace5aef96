"""Each alarm has a paragraph that says what to do, with queries that find what is written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.routes import ROUTES
from tests.domain.notifications.tables import ALERTS
from tests.entrypoints.watched.cloudwatch import ALARM, resources
from tests.running import ROOT

ALARMS = resources(ALARM)
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
PARAGRAPHS = {
    re.sub(r"[^a-z0-9 -]", "", part.partition("\n")[0].lower()).replace(" ", "-"): part
    for part in RUNBOOKS.split("\n## ")[1:]
}
NAMED = {
    name: alarm["AlarmDescription"].rpartition(" docs/runbooks.md#")[2]
    for name, alarm in ALARMS.items()
}


def test_every_alarm_names_its_paragraph_and_every_paragraph_has_an_alarm() -> None:
    assert set(NAMED.values()) == PARAGRAPHS.keys()


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_a_paragraph_says_what_it_means_where_to_look_what_to_do_and_when_it_is_over(
    paragraph: str,
) -> None:
    parts = re.findall(r"^\*\*(\w+)[.*]", PARAGRAPHS[paragraph], re.MULTILINE)
    assert parts == ["Means", "Look", "Do", "Over"]
    look = PARAGRAPHS[paragraph].partition("**Look.**")[2].partition("**Do.**")[0]
    assert "```insights" in look or "```sh" in look


def test_a_link_within_the_runbooks_leads_to_a_paragraph() -> None:
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOKS)) <= PARAGRAPHS.keys()


def test_the_routes_that_the_runbooks_name_are_there() -> None:
    named = set(re.findall(r"`((?:GET|POST|PATCH) /[^`?]*)", RUNBOOKS))
    assert named
    assert named <= {f"{route.method} {route.path}" for route in ROUTES}


QUERIES = re.findall(r"^```insights\n(.*?)^```$", RUNBOOKS, re.MULTILINE | re.DOTALL)
# "Supported logs and discovered fields" (CloudWatch Logs User Guide).
OF_EVERY_LINE = {"@timestamp", "@message", "@log"}


def test_a_query_asks_for_what_the_lines_have(lines: list[dict[str, Any]]) -> None:
    known = {name for line in lines for name in line} | OF_EVERY_LINE
    known |= {f"lines.{n}" for n in range(8)}
    assert len(QUERIES) > 15
    for query in QUERIES:
        commands = [part.strip() for part in query.split("|\n")[0].split("\n| ")]
        asked: set[str] = set()
        for command in commands:
            word, _, rest = command.partition(" ")
            assert word in ("fields", "filter", "sort", "stats", "limit"), query
            if word == "fields":
                asked |= set(re.split(r",\s*", rest.strip()))
            if word == "filter":
                asked |= set(re.findall(r"([@\w.]+) (?:=|>=|in|like)", rest))
            if word == "stats":
                counted, _, by = rest.partition(" by ")
                assert re.fullmatch(r"count\(\*\) as \w+", counted), query
                asked |= {one for one in re.split(r",\s*", by) if not one.startswith("bin(")}
        assert asked <= known, query


def test_a_query_looks_for_what_is_written(lines: list[dict[str, Any]]) -> None:
    """Every word that a filter compares with is the value of that very field somewhere."""
    for query in QUERIES:
        for name, one, several in re.findall(r'(\w+) (?:= "([^"]+)"|in \[([^\]]+)\])', query):
            for value in [one] if one else re.findall(r'"([^"]+)"', several):
                if name == "correlation_id":
                    continue  # whoever asks puts in their own
                assert any(line.get(name) == value for line in lines), (name, value)


def test_every_reason_and_every_alert_that_is_named_is_one() -> None:
    known = {*Reason, *ALERTS, "out-of-time", "all-done"}
    for command in re.findall(r"^\| filter .+$", RUNBOOKS, re.MULTILINE):
        for value in re.findall(r'(?:reason|news|ended) = "([^"]+)"', command):
            assert value in known
