"""The pages Now, Live sessions and Health, through the app."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.overview import (
    OverviewPart,
    OverviewRow,
    build_overview,
)
from chalicelib.domain.engagements.unused import UnusedGrant, UnusedGrants
from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.notifications.notification import (
    Attempt,
    ChannelKind,
    ChannelProgress,
    Notification,
)
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.vending.blocks import LiftRequest
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.entrypoints.web.request import SESSION
from tests.builders import (
    a_block,
    a_cut_off,
    a_grant_on_request,
    a_request,
    a_request_id,
    a_seen_cut_off,
    an_approval_policy,
    an_engagement,
    an_intent,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.unreadable import fail

DAY = timedelta(days=1)


def test_a_page_that_refreshes_itself_keeps_no_session_open(api, signed_in):
    lena = signed_in("lena")
    refresh = {"Sec-Fetch-Dest": "empty"}
    for _ in range(2):
        api.world.clock += timedelta(minutes=14)
        cookies = {"Cookie": f"{SESSION}={lena.cookies[SESSION]}"}
        assert api.send("GET", "/web/now", headers=cookies | refresh).status == 200
    api.world.clock += timedelta(minutes=3)
    assert lena.get("/web/now").status == 401


def test_now_in_each_state(console):
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
    overview = build_overview(needs(), NOON)
    row = UnusedGrant(engagement="globex", member="bob")
    unused = UnusedGrants(taken_at=NOON, searched_from=NOON - 89 * DAY, count=9, rows=(row,))
    late = JobRun(job=StoredJob.SWEEP, started_at=NOON - DAY)
    console.note("there is an overview, and a job is late", overview, unused, late)
    console.open("lena", "/web/now")
    old = replace(overview, taken_at=NOON - timedelta(hours=3))
    console.note("it is three hours old", old)
    console.open("lena", "/web/now")
    console.note("a session is of a member and an engagement that are gone")
    console.api.scene.ports.trail.record(an_intent("nobody", "0" * 16, engagement="gone"))
    console.open("lena", "/web/now")
    console.hold("now/states")


def needs():
    """Return rows of each part, 30 of them failed checks."""
    failed, ending = OverviewPart.FAILED, OverviewPart.ENDING
    return [
        *(OverviewRow(part=failed, engagement="hooli", role=f"r-{n}", at=NOON) for n in range(30)),
        OverviewRow(part=ending, engagement="globex", member="alice", at=NOON + DAY),
        OverviewRow(part=ending, engagement="globex", role="readonly", at=NOON + 2 * DAY),
        OverviewRow(part=ending, engagement="acme-prod", at=NOON + 3 * DAY),
        OverviewRow(part=OverviewPart.PAUSED, engagement="globex", at=NOON - DAY),
        OverviewRow(part=OverviewPart.EMERGENCIES, member="bob", request=a_request_id()),
    ]


def test_each_number_opens_the_list_of_what_it_counts(console):
    shut = role_cut_offs(method=CutOffMethod.DENY_ALL, shut_at=NOON, shut_by="lena")
    gone = an_engagement("acme-0", closed_at=NOON, access_removed_at=NOON)
    listed = [replace(shut, engagement=f"acme-{n}", shut_at=NOON - n * DAY) for n in range(5)]
    console.note("there is something of each part", build_overview(needs(), NOON), gone, *listed)
    for part in OverviewPart:
        console.open("lena", f"/web/now?part={part.value}")
    console.open("lena", "/web/now?part=failed&cursor=hooli--r-24", "/web/now?part=ending&q=alice")
    console.hold("now/parts")


@every(
    "member, path, status",
    [
        ("lena", "now?part=else", 400),
        ("lena", "now?cursor=x%20y", 400),
        ("ada", "now?part=shut", 200),
        ("bob", "now?part=failed", 303),
        ("bob", "now?part=else", 303),
        ("lena", "matrix?when=2026-11-24+to+2026-11-23", 400),
        ("lena", "matrix?when=2024-11-24+to+2026-11-23", 400),
        ("lena", "matrix?when=someday", 400),
        ("lena", "matrix?cursor=x%20y", 400),
        ("lena", f"matrix?q={'a' * 81}", 400),
        ("lena", "matrix?member=alice", 400),
    ],
)
def test_a_list_is_for_readers_and_refuses_what_no_page_asks(member, path, status, signed_in):
    assert signed_in(member).get(f"/web/{path}").status == status


def test_a_link_that_someone_has_added_a_field_to_leads_a_member_to_their_access(signed_in):
    answer = signed_in("bob").get("/web?utm_source=chat")
    assert (answer.status, answer.headers["Location"]) == (303, "/api/web/access")


def test_a_part_that_cannot_be_read_is_named(console, monkeypatch):
    ports = console.api.scene.ports
    monkeypatch.setattr(ports.trail, "page", fail)
    monkeypatch.setattr(ports.state, "get_together", fail)
    console.open("lena", "/web/now", "/web/now?part=failed", "/web/sessions", "/web/health")
    console.hold("now/unread")


def test_the_page_in_each_state(console, monkeypatch):
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
