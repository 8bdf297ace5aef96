"""Alerts: one line in the log with its metric each, of a process of their own."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec

from chalicelib.domain.notifications.recorded import find_alerts
from chalicelib.domain.requests.outcomes import find_decided_request
from tests.domain.evidence.samples import ALERTS, SAMPLES
from tests.domain.requests.outcomes_table import DECIDED

ROOT = Path(__file__).parents[3]
ANNOUNCE = """
import sys
import msgspec
from chalicelib.adapters.notifications.alerts import announce
from chalicelib.domain.trail import Entry
for entry in msgspec.json.decode(sys.argv[1], type=list[Entry]):
    announce(entry)
"""


BREAK = """
from chalicelib.domain.notifications import recorded
recorded.build_notification = lambda entry: {}["missing"]
"""


def announced(*entries, before=""):
    """Return the function's log, which is its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", before + ANNOUNCE, msgspec.json.encode(entries).decode()],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_alert_is_one_line_with_its_metric_and_nothing_else_is_written():
    raised = [(entry, alert) for entry in SAMPLES for alert in find_alerts(entry)]
    lines = [line for line in announced(*SAMPLES) if line["message"] != "request decided"]
    for line, (entry, alert) in zip(lines, raised, strict=True):
        assert (line["level"], line["service"], line["message"]) == ("WARNING", "daypass", "event")
        assert line["alert"] == alert.alert
        assert (line["engagement"], line["role"]) == (entry.engagement, entry.role)
        assert (line["member"], line["text"]) == (alert.member, alert.text)
        assert line["Events"] == [1.0]


def test_a_row_that_is_broken_is_a_bug_in_the_log_and_stops_nothing():
    first, second = list(ALERTS.values())[:2]
    lines = announced(first, second, before=BREAK)
    assert [(line["message"], line["error"], line["entry"]) for line in lines] == [
        ("bug", "KeyError", first.id),
        ("bug", "KeyError", second.id),
    ]
    assert all(line["Bugs"] == [1.0] for line in lines)


def test_a_decided_request_is_one_line_with_its_outcome_and_the_time_to_decide():
    entries = [row.arguments[0] for row in DECIDED]
    decided = list(filter(None, map(find_decided_request, entries)))
    lines = [line for line in announced(*entries) if line["message"] == "request decided"]
    for line, request in zip(lines, decided, strict=True):
        assert (line["level"], line["outcome"]) == ("INFO", request.outcome)
        assert line["RequestDecided"] == [1.0]
        assert line.get("TimeToDecision", [request.seconds]) == [request.seconds]
