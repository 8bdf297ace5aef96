"""Every entry of the two tables, and one for each alert."""

from __future__ import annotations

from chalicelib.domain.trail import Entry
from tests.domain.notifications import engagements_table, people_table

TOLD = [*people_table.TOLD, *engagements_table.TOLD]
ROUTINE = [*people_table.ROUTINE, *engagements_table.ROUTINE]
IDS = [f"{number} {one.action}" for number, (one, *_) in enumerate(TOLD)]
ALERTS: dict[str, Entry] = {alerts[0]: one for one, *_, alerts in TOLD if len(alerts) == 1}
