"""The page Health, through the app."""

from __future__ import annotations

import pytest

from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.verification.schedule import SweepProgress
from tests.builders import a_block, an_engagement
from tests.entrypoints.web.transcript import Transcript
from tests.fakes import NOON


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYPASS_FIRM_NAME", "Example")
    monkeypatch.setenv("DAYPASS_ORGANIZATION_ID", "wrong")
    monkeypatch.delenv("DAYPASS_CLIENT_MAIL_FROM", raising=False)
    console.open("lena", "/web/health")
    runs = [JobRun(job=j, started_at=NOON, ended_at=NOON, ended=ALL_DONE) for j in StoredJob]
    console.note("each job has run", SweepProgress(done_until=NOON), *runs)
    console.open("lena", "/web/health")
    console.api.world.later(minutes=6)
    console.note("six minutes later")
    console.open("lena", "/web/health")
    prober = an_engagement("prober", external_id="daypass-prober")
    console.note("Daypass is frozen, and the prober has an engagement", a_block(), prober)
    console.open("lena", "/web/health")
    console.api.post("/v1/engagements/prober/sessions", "alice", {"role": "readonly"})
    console.note("the prober was refused a session")
    console.open("lena", "/web/health")
    console.hold("health-states")
