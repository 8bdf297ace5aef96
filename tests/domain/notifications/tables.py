"""Every entry of the two tables, and one entry for each alert."""

from __future__ import annotations

from chalicelib.domain.trail import Entry
from tests.domain.notifications import engagements_table, people_table

NOTIFICATIONS = [*people_table.NOTIFICATIONS, *engagements_table.NOTIFICATIONS]
ROUTINE = [*people_table.ROUTINE, *engagements_table.ROUTINE]
IDS = [f"{number} {entry.action}" for number, (entry, *_) in enumerate(NOTIFICATIONS)]
ALERTS: dict[str, Entry] = {
    alerts[0]: entry for entry, *_, alerts in NOTIFICATIONS if len(alerts) == 1
}
