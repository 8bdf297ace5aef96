"""The page Health, through the app."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.schedule import SweepProgress
from tests.builders import a_block, an_engagement
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON


@pytest.mark.parametrize(("member", "status"), [("lena", 200), ("ada", 200), ("alice", 403)])
def test_leads_and_auditors_see_it(signed_in: SignIn, member: str, status: int) -> None:
    page = signed_in(member).get("/web/health")
    assert page.status == status
    assert ('aria-current="page">Health' in page.text) == (status == 200)


def test_it_shows_jobs_settings_and_version(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.world.add(SweepProgress(done_until=NOON))
    monkeypatch.setenv("DAYPASS_FIRM_NAME", "Example")
    monkeypatch.setenv("DAYPASS_ORGANIZATION_ID", "wrong")
    monkeypatch.delenv("DAYPASS_CLIENT_MAIL_FROM", raising=False)
    text = signed_in("lena").get("/web/health").text
    assert "Every check that was due until then is made." in text
    assert "<code>FIRM_NAME</code>" not in text
    assert text.index("<code>ORG_ID</code>") < text.index("<code>CLIENT_MAIL_FROM</code>")
    assert text.count(">Invalid</span>") == 1
    assert "0.1.0" in text


def test_it_says_at_the_top_whether_all_jobs_ran(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    text = lena.get("/web/health").text
    assert "Not run yet since this version: Sweep, Watch, CutOff, Notify, Overview." in text
    assert text.count("has not run yet since this version") == len(StoredJob)
    api.world.add(
        *(JobRun(job=j, started_at=NOON, ended_at=NOON, ended=ALL_DONE) for j in StoredJob)
    )
    text = lena.get("/web/health").text
    assert "<b>All jobs ran on time.</b>" in text
    assert "has not run yet" not in text
    api.world.later(minutes=6)
    text = lena.get("/web/health").text
    assert "<b>2 problems with the jobs.</b>" in text
    assert "<li>Notify: Late. No run has started since it was due." in text
    assert "Runbook: docs/runbooks/jobs.md, “Job did not run”." in text


def test_it_shows_the_freeze(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    api.world.add(a_block())
    assert "Daypass is frozen" in lena.get("/web/health").text


def test_the_prober_is_seen_by_the_requests_that_daypass_refused_it(
    api: Api, signed_in: SignIn
) -> None:
    lena = signed_in("lena")
    assert "Not set up" in lena.get("/web/health").text
    api.world.add(an_engagement("prober", external_id="daypass-prober"))
    assert "Silent" in lena.get("/web/health").text
    vend = {"role": "readonly"}
    assert api.post("/v1/engagements/prober/sessions", "alice", vend).status == 403
    text = lena.get("/web/health").text
    assert "Silent" not in text
    assert "Daypass last refused one of its requests then" in text


def test_it_says_that_nothing_could_be_read(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    lena = signed_in("lena")
    monkeypatch.setattr(api.scene.ports.state, "get_together", fails)
    text = lena.get("/web/health").text
    assert "<b>Not shown:</b> what the jobs have stored." in text
    assert "Not set up" not in text
