"""What the leads are told: one line in the log with its metric, each of its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.events import News

ROOT = Path(__file__).parent.parent.parent
TELL = """
from datetime import UTC, datetime
from chalicelib.adapters.events import tell
from chalicelib.domain.events import Event, News
for news in {news!r}:
    tell(Event(news=News(news), engagement="acme-prod", role="readonly", member="alice",
               at=datetime(2026, 11, 24, 12, tzinfo=UTC), says="It \\"drifted\\"\\nfor »good«."))
"""


def told(*news: News) -> list[dict[str, Any]]:
    """What a function writes to its log, which is its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", TELL.format(news=[one.value for one in news])],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("news", News)
def test_news_is_one_line_with_its_metric(news: News) -> None:
    (line,) = told(news)
    assert (line["level"], line["service"]) == ("WARNING", "daypass")
    assert line["message"] == "event"
    assert (line["news"], line["engagement"], line["role"]) == (news, "acme-prod", "readonly")
    assert line["member"] == "alice"
    assert line["says"] == 'It "drifted"\nfor »good«.'
    assert line["Events"] == [1.0]
    (shape,) = line["_aws"]["CloudWatchMetrics"]
    assert shape["Namespace"] == "Daypass"
    assert [(one["Name"], one["Unit"]) for one in shape["Metrics"]] == [("Events", "Count")]
    assert sorted(map(sorted, shape["Dimensions"])) == [["news", "service"]]


def test_news_that_comes_together_is_told_one_by_one() -> None:
    lines = told(*News, *News)
    assert [(one["news"], one["Events"]) for one in lines] == [
        (one, [1.0]) for one in [*News, *News]
    ]
