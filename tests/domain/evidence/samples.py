"""Entries of the trail, from `golden/events.txt`: a line of JSON each, with its texts below it.

To add one, add its line there, and run `make golden`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.notifications.recorded import build_notification, find_alerts
from chalicelib.domain.trail import Action, Entry, Outcome
from tests.fakes import NOON
from tests.golden import FILES

GOLDEN = "events.txt"
_USUAL: dict[str, Any] = {"id": "5d2f8a0c4e917b36", "at": NOON, "actor": "lena", "outcome": "done"}

LINES = [line for line in (FILES / GOLDEN).read_text().splitlines() if line.startswith("{")]
SAMPLES = [msgspec.convert(_USUAL | msgspec.json.decode(line), Entry) for line in LINES]
NOTIFYING = [sample for sample in SAMPLES if build_notification(sample)]
ROUTINE = [sample for sample in SAMPLES if not build_notification(sample)]
ALERTS: dict[str, Entry] = {
    alerts[0].alert: sample
    for sample, alerts in zip(SAMPLES, map(find_alerts, SAMPLES), strict=True)
    if len(alerts) == 1
}
"""A sample for each alert, which raises no other."""


def entry(action: str, details: dict[str, str] | None = None, **facts: Any) -> Entry:
    """Return an entry of what was done by lena, unless `facts` say otherwise."""
    facts = {**_USUAL, **facts}
    facts["outcome"] = Outcome(facts["outcome"])
    return Entry(action=Action(action), details=details or {}, **facts)
