"""Each alarm has an entry in the runbooks, with queries that match the log lines."""

import re

from chalicelib.domain.notifications.notification import GRAVE_ALERTS
from chalicelib.domain.reasons import Reason
from daypass.catalogue import list_commands
from tests.domain.evidence.samples import ALERTS
from tests.entrypoints.watched.cloudwatch import ALARM, resources
from tests.rows import every
from tests.running import ROOT, read_file

ALARMS = resources(ALARM)
INDEX = read_file("docs/runbooks.md")
PAGES = {
    f"runbooks/{page.name}": read_file(page)
    for page in sorted((ROOT / "docs" / "runbooks").glob("*.md"))
}
RUNBOOKS = "\n".join([INDEX, *PAGES.values()])


def _anchor(heading):
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


ENTRIES = {
    f"{page}#{_anchor(part.partition(chr(10))[0])}": part
    for page, text in PAGES.items()
    for part in text.split("\n## ")[1:]
}
BY_NAME = {
    alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): alarm
    for alarm in ALARMS.values()
}
NAMED = {name: alarm["AlarmDescription"].rpartition(" docs/")[2] for name, alarm in BY_NAME.items()}


ALERT_ALARMS = {"grave-alert", "other-alert"}


def _listed(heading):
    """Return the names in the index's table of this heading, with their entries."""
    table = INDEX.partition(f"\n| {heading} | entry |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.+) \| \[.+\]\((.+)\) \|$", table, re.MULTILINE)
    return {name: entry for names, entry in rows for name in re.findall(r"`([^`]+)`", names)}


def _is_grave(alarm):
    return alarm["AlarmActions"][0]["Fn::Sub"].endswith(":daypass-alarms")


@every("grave, heading", [(True, "grave"), (False, "other")])
def test_the_index_lists_every_alarm_with_the_entry_that_its_description_names(grave, heading):
    names = {name for name, alarm in BY_NAME.items() if _is_grave(alarm) is grave}
    entries = {name: NAMED[name].removeprefix("runbooks.md") for name in names}
    assert _listed(heading) == entries


@every("grave, heading", [(True, "grave alert"), (False, "other alert")])
def test_the_index_lists_every_alert_by_how_grave_it_is(grave, heading):
    alerts = {alert for alert in ALERTS if (alert in GRAVE_ALERTS) is grave}
    assert _listed(heading).keys() == alerts


def test_the_entry_of_several_alerts_says_what_each_means():
    shared = "runbooks/people.md#lead-change"
    table = ENTRIES[shared].partition("| alert | what happened |")[2].partition("\n\n")[0]
    entries = _listed("grave alert") | _listed("other alert")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == {
        alert for alert, entry in entries.items() if entry == shared
    }
    others = [entry for entry in entries.values() if entry != shared]
    assert len(others) == len(set(others))


def test_every_entry_has_an_alarm_or_an_alert():
    alerts = {*_listed("grave alert").values(), *_listed("other alert").values()}
    alarms = {NAMED[name] for name in NAMED.keys() - ALERT_ALARMS}
    assert alarms | alerts == ENTRIES.keys()
    assert {NAMED[name] for name in ALERT_ALARMS} == {"runbooks.md#alerts"}


@every("entry", ENTRIES)
def test_an_entry_says_what_the_alarm_means_what_to_do_and_when_it_is_over(entry):
    parts = re.findall(r"^\*\*([\w ]+?)[.*]", ENTRIES[entry], re.MULTILINE)
    assert parts == ["Means", "Do now", "Over"]
    steps = ENTRIES[entry].partition("**Do now.**")[2].partition("**Over")[0]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", steps, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    by_alarm = {NAMED[name] for name in NAMED.keys() - ALERT_ALARMS}
    if entry in by_alarm:  # an alert's mail has what a query would show
        assert "```insights" in steps or "```sh" in steps


def test_the_runbooks_name_commands_and_options_that_exist():
    commands = {command.name: command for command in list_commands()}
    lines = re.findall(r"`daypass ([a-z-]+)([^`]*)`", RUNBOOKS)
    assert len(lines) > 10
    assert not re.search(r"`(GET|POST|PATCH) /", RUNBOOKS)
    for name, rest in lines:
        options = {option for argument in commands[name].arguments for option in argument.names}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, (name, rest)


QUERIES = re.findall(r"^```insights\n(.*?)^```$", RUNBOOKS, re.MULTILINE | re.DOTALL)
# "Supported logs and discovered fields" (CloudWatch Logs User Guide).
FIELDS_OF_CLOUDWATCH = {"@timestamp", "@message", "@log"}


def test_a_query_uses_fields_that_the_log_lines_have(lines):
    logged = {name for line in lines for name in line} | FIELDS_OF_CLOUDWATCH
    logged |= {f"lines.{n}" for n in range(8)}
    assert len(QUERIES) > 15
    for query in QUERIES:
        assert _fields_of(query) <= logged, query


def _fields_of(query):
    """Return the fields that a query reads. Fail for a command that no other query uses."""
    fields = set()
    for command in query.split("|\n")[0].split("\n| "):
        verb, _, rest = command.strip().partition(" ")
        assert verb in ("fields", "filter", "sort", "stats", "limit"), query
        if verb == "fields":
            fields |= set(re.split(r",\s*", rest.strip()))
        if verb == "filter":
            fields |= set(re.findall(r"([@\w.]+) (?:=|>=|in|like)", rest))
        if verb == "stats":
            counted, _, by = rest.partition(" by ")
            assert re.fullmatch(r"count\(\*\) as \w+", counted), query
            fields |= {name for name in re.split(r",\s*", by) if not name.startswith("bin(")}
    return fields


def test_a_query_filters_by_values_that_are_logged(lines):
    for query in QUERIES:
        for field, value, values in re.findall(r'(\w+) (?:= "([^"]+)"|in \[([^\]]+)\])', query):
            for expected in [value] if value else re.findall(r'"([^"]+)"', values):
                if field == "correlation_id":
                    continue  # the reader puts in their own
                assert any(line.get(field) == expected for line in lines), (field, expected)


def test_every_reason_and_every_alert_in_a_query_exists():
    values = {*Reason, *ALERTS, "out-of-time", "all-done"}
    for command in re.findall(r"^\| filter .+$", RUNBOOKS, re.MULTILINE):
        for value in re.findall(r'(?:reason|alert|ended) = "([^"]+)"', command):
            assert value in values
