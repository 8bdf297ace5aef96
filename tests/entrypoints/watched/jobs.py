"""The alarms on jobs that do not run: the job, after what time it mails, and how many minutes there
are between two runs."""

from __future__ import annotations

from datetime import timedelta

HOURLY = timedelta(hours=3), 60
OFTEN = timedelta(minutes=20), 5
MISSED = {
    "SweepMissed": ("Sweep", *HOURLY),
    "OverviewMissed": ("Overview", *HOURLY),
    "DigestMissed": ("Digest", *HOURLY),
    "WatchMissed": ("Watch", *OFTEN),
    "CutOffMissed": ("CutOff", timedelta(minutes=10), 1),
    "NotifyMissed": ("Notify", timedelta(minutes=20), 1),
    "ProberMissed": ("Prober", *OFTEN),
}
