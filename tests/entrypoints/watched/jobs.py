"""The alarms on jobs that do not run: the job, and after what time it mails."""

from __future__ import annotations

from datetime import timedelta

MISSED = {
    "SweepMissed": ("Sweep", timedelta(hours=3)),
    "OverviewMissed": ("Overview", timedelta(hours=3)),
    "DigestMissed": ("Digest", timedelta(hours=3)),
    "WatchMissed": ("Watch", timedelta(minutes=20)),
    "CutOffMissed": ("CutOff", timedelta(minutes=10)),
    "NotifyMissed": ("Notify", timedelta(minutes=20)),
    "ProberMissed": ("Prober", timedelta(minutes=20)),
}
EVERY = {
    "SweepMissed": 60,
    "OverviewMissed": 60,
    "DigestMissed": 60,
    "WatchMissed": 5,
    "CutOffMissed": 1,
    "NotifyMissed": 1,
    "ProberMissed": 5,
}
"""Minutes between two runs."""
