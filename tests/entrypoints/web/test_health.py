"""The page Health, through the app."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.notifications.delivery import Attempt, ChannelKind, ChannelProgress
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.verification.schedule import SweepProgress
from tests.builders import a_cut_off, a_seen_cut_off, role_cut_offs
from tests.entrypoints.web.transcript import Transcript
from tests.fakes import NOON


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYPASS_FIRM_NAME", "Example")
    monkeypatch.setenv("DAYPASS_ORGANIZATION_ID", "wrong")
    monkeypatch.delenv("DAYPASS_CLIENT_MAIL_FROM", raising=False)
    console.open("lena", "/web/health")
    runs = [JobRun(job=j, started_at=NOON, ended_at=NOON, ended=ALL_DONE) for j in StoredJob]
    slack = ChannelProgress(channel=ChannelKind.SLACK, look_from=NOON, sent={})
    console.note("each job has run", SweepProgress(done_until=NOON), slack, *runs)
    console.open("lena", "/web/health")
    console.api.world.later(minutes=6)
    notification = Notification(key="k", at=NOON, until=NOON, title="Title", text="Text.")
    attempt = Attempt(notification=notification, began_at=NOON + timedelta(minutes=1))
    stuck = ChannelProgress(channel=ChannelKind.SLACK, look_from=NOON, sent={}, attempt=attempt)
    cut_offs = role_cut_offs(a_cut_off(), a_seen_cut_off())
    console.note("six minutes later, a notification and a cut-off wait", stuck, cut_offs)
    console.open("lena", "/web/health")
    console.hold("health-states")
