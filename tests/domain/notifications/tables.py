"""Every entry of the two tables, and one entry for each alert."""

from __future__ import annotations

from chalicelib.domain.trail import Entry
from tests.domain.notifications import (
    blocks_table,
    cut_off_checks_table,
    cut_offs_table,
    engagements_table,
    people_table,
    requests_table,
)

TABLES = (
    people_table,
    engagements_table,
    cut_off_checks_table,
    blocks_table,
    cut_offs_table,
    requests_table,
)
NOTIFICATIONS = [row for table in TABLES for row in table.NOTIFICATIONS]
ROUTINE = [recorded for table in TABLES for recorded in table.ROUTINE]
IDS = [f"{number} {entry.action}" for number, (entry, *_) in enumerate(NOTIFICATIONS)]
ALERTS: dict[str, Entry] = {
    alerts[0]: entry for entry, *_, alerts in NOTIFICATIONS if len(alerts) == 1
}
