"""Each row about the jobs' work claims no more than a stored item shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.notifications.delivery import Attempt, ChannelKind, ChannelProgress
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.domain.web.health.runs import Tone
from chalicelib.domain.web.health.work import (
    JobRow,
    StoredProgress,
    judge_channels,
    judge_cut_offs,
    judge_overview,
    judge_prober,
    judge_sweep,
    judge_watch,
    judge_work,
)
from chalicelib.domain.web.overview.overview import Overview, OverviewCounts
from tests.builders import a_cut_off, an_intent, role_cut_offs
from tests.fakes import NOON
from tests.rows import every

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def channel(
    ago: timedelta, attempt: Attempt | None = None, *, has_notified_all: bool = False
) -> StoredProgress:
    progress = ChannelProgress(
        channel=ChannelKind.SLACK, look_from=NOON - ago, sent={}, attempt=attempt
    )
    return StoredProgress(channels=(progress,), has_notified_all=has_notified_all)


def an_attempt(ago: timedelta, *, is_underway: bool) -> Attempt:
    notification = Notification(key="k", at=NOON, until=NOON, title="Title", text="Text.")
    return Attempt(notification=notification, began_at=NOON - ago, is_underway=is_underway)


def overview(ago: timedelta) -> Overview:
    return Overview(taken_at=NOON - ago, counts=OverviewCounts())


def cut_offs(*ages: timedelta, **changes: Any) -> StoredProgress:
    pending = [replace(a_cut_off(), requested_at=NOON - age, **changes) for age in ages]
    return StoredProgress(cut_offs=(role_cut_offs(*pending),))


def prober(ago: timedelta | None) -> StoredProgress:
    probed = None if ago is None else an_intent("prober", at=NOON - ago)
    return StoredProgress(has_prober=True, probed=probed)


ROWS: dict[str, tuple[JobRow, Tone, str]] = {
    "sweep never": (judge_sweep(None, NOON), Tone.WAIT, "No check yet"),
    "sweep yesterday": (
        judge_sweep(SweepProgress(done_until=NOON - 27 * HOUR), NOON),
        Tone.GOOD,
        "On time",
    ),
    "sweep longer ago": (
        judge_sweep(SweepProgress(done_until=NOON - 27 * HOUR - MINUTE), NOON),
        Tone.BAD,
        "Overdue",
    ),
    "watch": (judge_watch(None), Tone.GOOD, "No alert"),
    "watch, too many": (
        judge_watch(ManySessions(members=frozenset({"bob"}))),
        Tone.BAD,
        "Alert",
    ),
    "no cut-off": (judge_cut_offs(StoredProgress(), NOON), Tone.GOOD, "Nothing to do"),
    "cut-offs seen": (
        judge_cut_offs(cut_offs(HOUR / 2, status=CutOffStatus.SEEN), NOON),
        Tone.GOOD,
        "Nothing to do",
    ),
    "cut-off pending": (judge_cut_offs(cut_offs(5 * MINUTE), NOON), Tone.WAIT, "At work"),
    "cut-off late": (judge_cut_offs(cut_offs(MINUTE, 6 * MINUTE), NOON), Tone.BAD, "Late"),
    "more cut-offs than read": (
        judge_cut_offs(StoredProgress(has_more_cut_offs=True), NOON),
        Tone.WAIT,
        "At work",
    ),
    "no channel": (judge_channels(StoredProgress(), NOON)[0], Tone.WAIT, "Nothing stored"),
    "channel": (judge_channels(channel(45 * MINUTE), NOON)[0], Tone.GOOD, "Nothing waits"),
    "channel late": (judge_channels(channel(46 * MINUTE), NOON)[0], Tone.BAD, "Behind"),
    "channel that Notify does not serve": (
        judge_channels(channel(46 * MINUTE, has_notified_all=True), NOON)[0],
        Tone.PLAIN,
        "Turned off",
    ),
    "channel sending": (
        judge_channels(channel(MINUTE, an_attempt(MINUTE, is_underway=True)), NOON)[0],
        Tone.GOOD,
        "Nothing waits",
    ),
    "channel killed": (
        judge_channels(channel(MINUTE, an_attempt(6 * MINUTE, is_underway=True)), NOON)[0],
        Tone.BAD,
        "Not delivered",
    ),
    "channel failing": (
        judge_channels(channel(MINUTE, an_attempt(MINUTE, is_underway=False)), NOON)[0],
        Tone.BAD,
        "Not delivered",
    ),
    "overview never": (judge_overview(None, NOON), Tone.WAIT, "None yet"),
    "overview": (judge_overview(overview(2 * HOUR), NOON), Tone.GOOD, "Up to date"),
    "overview late": (judge_overview(overview(3 * HOUR), NOON), Tone.BAD, "Old"),
    "no prober": (judge_prober(StoredProgress(), NOON), Tone.WAIT, "Not set up"),
    "prober": (judge_prober(prober(20 * MINUTE), NOON), Tone.GOOD, "On time"),
    "prober late": (judge_prober(prober(21 * MINUTE), NOON), Tone.BAD, "Silent"),
    "prober silent": (judge_prober(prober(None), NOON), Tone.BAD, "Silent"),
}


@every("row, tone, verdict", ROWS.values())
def test_a_job_is_judged_by_its_stored_time(row: JobRow, tone: Tone, verdict: str) -> None:
    assert (row.tone, row.verdict) == (tone, verdict)
    assert row.advice or row.runbook or tone is Tone.GOOD  # each other row says what to do
    assert bool(row.problem) == bool(row.runbook) == (tone is Tone.BAD)


def test_each_job_has_a_row_for_its_work() -> None:
    rows = judge_work(StoredProgress(), NOON)
    assert [row.job.partition(":")[0] for row in rows] == [
        "Sweep",
        "Watch",
        "CutOff",
        "Notify",
        "Overview",
        "Prober",
    ]
    assert all(row.known_until is None for row in rows)


def test_the_members_over_the_limit_are_named() -> None:
    assert "bob, eve" in judge_watch(ManySessions(members=frozenset({"eve", "bob"}))).text
