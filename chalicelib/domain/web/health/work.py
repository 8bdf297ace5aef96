"""Judge whether the jobs' work is done, by what they have stored. A row claims no more than a
stored item shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import DAY, SweepProgress
from chalicelib.domain.web.health.runs import (
    CHECKS_BEHIND,
    CUT_OFF_LATE,
    DID_NOT_RUN,
    MANY_SESSIONS,
    NOT_DELIVERED,
    NOTIFICATIONS_LATE,
    Problem,
    Tone,
)
from chalicelib.domain.web.overview.overview import Overview

SWEEP_MAY_LAG = DAY + timedelta(hours=3)
"""Each engagement is due once a day, and a run may begin three hours late."""
NOTIFY_MAY_LAG = timedelta(minutes=45)
"""A channel reads the last 15 minutes of the trail again, and stores its progress every 5 minutes
if it sends nothing."""
PROBER_MAY_LAG = timedelta(minutes=20)
DELIVERY_MAY_TAKE = timedelta(minutes=5)
CUT_OFF_MAY_TAKE = timedelta(minutes=5)


class JobRow(Value, frozen=True, kw_only=True):
    """One job or channel."""

    job: str
    schedule: str
    """Such as "every hour"."""
    tone: Tone
    verdict: str
    """One or two words, such as "On time"."""
    known_until: datetime | None = None
    """The time that the job has stored. None if it stores none, or has not yet."""
    text: str
    advice: str = ""
    """The next step for a reader. Empty if there is none."""
    runbook: str = ""
    """The page and heading of its runbook. Empty if there is none."""

    @property
    def problem(self) -> Problem | None:
        """Return the row as a problem. None if it is none."""
        if self.tone is not Tone.BAD:
            return None
        return Problem(f"{self.job}: {self.verdict}. {self.text}", self.runbook)


class StoredProgress(Value, frozen=True, kw_only=True):
    """The stored items that tell of the jobs. None or nothing: there is none yet."""

    sweep: SweepProgress | None = None
    overview: Overview | None = None
    many_sessions: ManySessions | None = None
    channels: tuple[ChannelProgress, ...] = ()
    has_notified_all: bool = False
    """True if the last run of Notify did everything for each channel that is set up."""
    cut_offs: tuple[RoleCutOffs, ...] = ()
    """The first roles with cut-offs whose sessions may be alive."""
    has_more_cut_offs: bool = False
    has_prober: bool = False
    """True if the prober's engagement exists."""
    probed: Entry | None = None
    """The prober's latest refusal on the trail. None if there is none in the last day."""


def judge_work(stored: StoredProgress, now: datetime) -> tuple[JobRow, ...]:
    """Return a row for the work of each job, and one for each channel of Notify."""
    return (
        judge_sweep(stored.sweep, now),
        judge_watch(stored.many_sessions),
        judge_cut_offs(stored, now),
        *judge_channels(stored, now),
        judge_overview(stored.overview, now),
        judge_prober(stored, now),
    )


def judge_sweep(progress: SweepProgress | None, now: datetime) -> JobRow:
    job, schedule = "Sweep: checks of roles", "every hour; each engagement once a day"
    if progress is None:
        return JobRow(
            job=job,
            schedule=schedule,
            tone=Tone.WAIT,
            verdict="No check yet",
            text="Sweep has made no check yet.",
            advice="Its next run after an engagement was opened makes the first check.",
        )
    is_late = now - progress.done_until > SWEEP_MAY_LAG
    return JobRow(
        job=job,
        schedule=schedule,
        tone=Tone.BAD if is_late else Tone.GOOD,
        verdict="Overdue" if is_late else "On time",
        known_until=progress.done_until,
        text="Every check that was due until then is made."
        + (" Checks that became due later are overdue." if is_late else ""),
        advice="Verify roles by hand meanwhile." if is_late else "",
        runbook=CHECKS_BEHIND if is_late else "",
    )


def judge_watch(many: ManySessions | None) -> JobRow:
    members = sorted(many.members) if many else []
    job, schedule = "Watch: members with too many sessions", "every 5 minutes"
    if not members:
        return JobRow(
            job=job,
            schedule=schedule,
            tone=Tone.GOOD,
            verdict="No alert",
            text="No one is stored as over the limit.",
        )
    return JobRow(
        job=job,
        schedule=schedule,
        tone=Tone.BAD,
        verdict="Alert",
        text=f"Over the limit: {', '.join(members[:10])}.",
        advice="Ask them what holds so many sessions.",
        runbook=MANY_SESSIONS,
    )


def judge_cut_offs(stored: StoredProgress, now: datetime) -> JobRow:
    """Judge CutOff by the cut-offs that it has not finished."""
    job, schedule = "CutOff: ends live sessions", "every minute"
    open_cut_offs = [
        each for role in stored.cut_offs for each in role.cut_offs if each.is_pending(now)
    ]
    late = [each for each in open_cut_offs if now - each.requested_at > CUT_OFF_MAY_TAKE]
    number = f"{len(open_cut_offs)}{' or more' if stored.has_more_cut_offs else ''}"
    if not open_cut_offs and not stored.has_more_cut_offs:
        text, tone, verdict = "No cut-off is pending.", Tone.GOOD, "Nothing to do"
    elif late:
        since = min(each.requested_at for each in late)
        text = f"{number} pending, the oldest since {utc_text(since)}."
        tone, verdict = Tone.BAD, "Late"
    else:
        text, tone, verdict = f"{number} pending.", Tone.WAIT, "At work"
    return JobRow(
        job=job,
        schedule=schedule,
        tone=tone,
        verdict=verdict,
        text=text,
        advice="CutOff tries again every minute." if tone is not Tone.GOOD else "",
        runbook=CUT_OFF_LATE if late else "",
    )


_CHANNELS = {
    ChannelKind.SLACK: "Slack",
    ChannelKind.MAIL: "mail to leads",
    ChannelKind.ALARM: "alarm mailbox",
    ChannelKind.CLIENT_MAIL: "mail to clients",
}


def judge_channels(stored: StoredProgress, now: datetime) -> tuple[JobRow, ...]:
    """Return a row for each channel that has stored its progress."""
    if stored.channels:
        return tuple(
            _judge_channel(each, now, has_notified_all=stored.has_notified_all)
            for each in stored.channels
        )
    return (
        JobRow(
            job="Notify: notifications",
            schedule="every minute",
            tone=Tone.WAIT,
            verdict="Nothing stored",
            text="No channel has stored its progress: none is set up, or Notify has not run.",
            advice="Set ALARM_EMAIL, NOTICE_EMAIL or Slack, so that someone hears of alerts.",
        ),
    )


_LOOKS_BACK = (
    "Every entry before then is done. Each run reads the last 15 minutes again, to miss no entry,"
    " so this time is at least that long ago."
)


def _judge_channel(progress: ChannelProgress, now: datetime, *, has_notified_all: bool) -> JobRow:
    attempt = progress.attempt
    is_stuck = attempt is not None and now - attempt.began_at > DELIVERY_MAY_TAKE
    is_failing = attempt is not None and not attempt.is_underway
    is_late = now - progress.position > NOTIFY_MAY_LAG
    text = _LOOKS_BACK
    if is_failing or is_stuck:
        tone, verdict, runbook = Tone.BAD, "Not delivered", NOT_DELIVERED
        text, advice = "A notification could not be delivered. Those after it wait.", ""
    elif is_late and has_notified_all:
        tone, verdict, runbook = Tone.PLAIN, "Turned off", ""
        text, advice = "Notify is done without this channel.", "Nothing to do if that is intended."
    elif is_late:
        tone, verdict, runbook = Tone.BAD, "Behind", NOTIFICATIONS_LATE
        text, advice = "Later entries wait.", ""
    else:
        tone, verdict, advice, runbook = Tone.GOOD, "Nothing waits", "", ""
    return JobRow(
        job=f"Notify: {_CHANNELS[progress.channel]}",
        schedule="every minute",
        tone=tone,
        verdict=verdict,
        known_until=progress.position,
        text=text,
        advice=advice,
        runbook=runbook,
    )


def judge_overview(overview: Overview | None, now: datetime) -> JobRow:
    is_late = overview is not None and overview.is_late(now)
    return JobRow(
        job="Overview: near ends, failed checks, unused grants",
        schedule="every hour",
        tone=Tone.WAIT if overview is None else Tone.BAD if is_late else Tone.GOOD,
        verdict="None yet" if overview is None else "Old" if is_late else "Up to date",
        known_until=overview.taken_at if overview else None,
        text="The last complete overview is from then." if overview else "There is none yet.",
        advice="The first run is within an hour of a deployment." if overview is None else "",
        runbook=DID_NOT_RUN if is_late else "",
    )


def judge_prober(stored: StoredProgress, now: datetime) -> JobRow:
    """Judge the prober by its traces: Daypass records the requests of its that it refuses."""
    job, schedule = "Prober: tests of the API", "every 5 minutes"
    if not stored.has_prober:
        return JobRow(
            job=job,
            schedule=schedule,
            tone=Tone.WAIT,
            verdict="Not set up",
            text="The prober’s engagement does not exist.",
            advice="Set it up as docs/prober.md says.",
        )
    probed_at = stored.probed.at if stored.probed else None
    is_late = probed_at is None or now - probed_at > PROBER_MAY_LAG
    return JobRow(
        job=job,
        schedule=schedule,
        tone=Tone.BAD if is_late else Tone.GOOD,
        verdict="Silent" if is_late else "On time",
        known_until=probed_at,
        text="Daypass last refused one of its requests then, as it must."
        if probed_at
        else "The trail has no request of it in the last day.",
        advice=""
        if is_late
        else "Its findings are alarms of their own: prober-wrongly-allowed and two others.",
        runbook=DID_NOT_RUN if is_late else "",
    )
