"""The pages Now, Live sessions and Health, through the app."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.overview import (
    Overview,
    OverviewRow,
)
from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.notifications.delivery import Attempt, ChannelKind, ChannelProgress
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.vending.blocks import LiftRequest
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.entrypoints.web.cookies import SESSION
from tests.builders import (
    a_block,
    a_cut_off,
    a_grant_on_request,
    a_request,
    a_seen_cut_off,
    an_approval_policy,
    an_intent,
    role_cut_offs,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.fakes import NOON


def test_a_page_that_refreshes_itself_keeps_no_session_open(api: Api, signed_in: SignIn) -> None:
    lena = signed_in("lena")
    refresh = {"Sec-Fetch-Dest": "empty"}
    for _ in range(2):
        api.world.clock += timedelta(minutes=14)
        cookies = {"Cookie": f"{SESSION}={lena.cookies[SESSION]}"}
        assert api.send("GET", "/web/now", headers=cookies | refresh).status == 200
    api.world.clock += timedelta(minutes=3)
    assert lena.get("/web/now").status == 401


@pytest.mark.golden
def test_now_in_each_state(console: Transcript) -> None:
    console.api.scene.ports.trail.record(an_intent())
    console.open("lena", "/web/now", "/web/sessions")
    console.open("ada", "/web/now")
    request = a_request(stops=("", "", "", ""), reason="<b>INC-7")
    policy = an_approval_policy(client=True, members=frozenset({"bob"}))
    console.note("a request waits for a lead or bob, and the client", a_grant_on_request(), policy)
    console.api.world.add(request)
    for member in ("lena", "ada"):
        console.open(member, "/web/now")
    lenas = replace(request, approvals=(Approval(by="lena", at=NOON),))
    console.note("lena has approved it: the client is missing", lenas)
    console.open("lena", "/web/now")
    console.open("bob", "/web/requests", f"/web/requests/{request.id}")
    console.note("Daypass is frozen, and acme-prod paused", a_block(), a_block("acme-prod"))
    console.open("lena", "/web/now")
    lift = LiftRequest(
        lead="lois",
        at=NOON,
        reason="false alarm",
        counts_from=NOON,
        ends_at=NOON + timedelta(hours=24),
    )
    console.note("lois asks to lift the freeze", a_block(lift_request=lift))
    console.open("lena", "/web/now")
    console.note("that was too long ago", a_block(lift_request=replace(lift, ends_at=NOON)))
    console.open("lena", "/web/now")
    failed = tuple(
        OverviewRow(engagement="hooli", client="Hooli", role=f"role-{n}", at=NOON) for n in range(7)
    )
    ending = (OverviewRow(engagement="globex", client="Globex", member="alice", at=NOON),)
    overview = Overview(taken_at=NOON, failed_count=7, failed=failed, ending_count=1, ending=ending)
    console.note("there is an overview", overview)
    console.open("lena", "/web/now")
    old = Overview(taken_at=NOON - timedelta(hours=3), failed_count=7, ending_count=1)
    console.note("it is three hours old", old)
    console.open("lena", "/web/now")
    console.note("a session is of a member and an engagement that are gone")
    console.api.scene.ports.trail.record(an_intent("nobody", "0" * 16, engagement="gone"))
    console.open("lena", "/web/now")
    console.hold("now/states")


@pytest.mark.golden
def test_a_part_that_cannot_be_read_is_named(
    console: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = console.api.scene.ports
    monkeypatch.setattr(ports.trail, "page", cannot_read)
    monkeypatch.setattr(ports.state, "get_together", cannot_read)
    console.open("lena", "/web/now", "/web/sessions", "/web/health")
    console.hold("now/unread")


def test_a_cursor_that_is_none_is_refused(signed_in: SignIn) -> None:
    assert signed_in("lena").get("/web/sessions?cursor=x").status == 400


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
