"""Stops in the web console: what a lead sees before, during and after one, and if it fails."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from chalicelib.usecases.engagements import revoke_client
from chalicelib.usecases.engagements.engagements import reopen_engagement
from tests.builders import Scene, a_member, a_token, an_engagement
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.matrix.table import CALLERS, ActionRow, action_rows, browser_of
from tests.entrypoints.web.matrix.valid import form_of
from tests.entrypoints.web.transcript import NOTHING_READ, Transcript, cannot_read
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import NAMES, ROLE_ARN, run_job
from tests.usecases.vending.stops.stopping import CUT_OFF_ID, a_busy_scene

REASON = {"reason": "stolen laptop"}
GRANT = {"member": "alice", "engagement": "acme-prod"} | REASON
ENGAGEMENT = {"engagement": "acme-prod"} | REASON
pytestmark = pytest.mark.golden


@pytest.fixture
def scene() -> Scene:
    """Return a busy scene with a second lead, lois."""
    scene = a_busy_scene()
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    scene.world.add(
        a_member("lois", kind=Kind.LEAD),
        a_token("lois"),
        Leads(members=frozenset({"lena", "lois"}), version=2),
    )
    return scene


@pytest.fixture
def lena(console: Transcript) -> Browser:
    return console.browser("lena")


def rows_with_a_reason() -> list[ActionRow]:
    """Return the rows of stops that need a reason, and of the denial of a request."""
    return [
        row
        for row in action_rows()
        if (ACTIONS[row.name].is_stop and "reason" in form_of(row.name, "lena"))
        or row.name == "deny-request"
    ]


@every("row", rows_with_a_reason, api=fresh_api)
def test_without_a_reason_nothing_is_stopped_or_denied(api: Api, row: ActionRow) -> None:
    row.prepare(api.world)
    browser = browser_of(api, row.caller)
    before = dict(api.world.items)
    answer = browser.act(row.name, form_of(row.name, CALLERS[row.caller]) | {"reason": ""})
    assert answer.status == 400
    assert f'"/api/web/{ACTIONS[row.name].path}"' in answer.text
    assert api.world.items == before


@pytest.mark.parametrize("name", ["revoke-member", "member-leaves", "revoke-token"])
def test_a_lead_who_stops_themself_sees_the_result_once(console: Transcript, name: str) -> None:
    fields = {"member": "lena"}
    if name == "revoke-token":
        fields["token"] = a_token("lena").id
    console.open("lena", f"/web/actions/{name}", **fields)
    console.act("lena", name, fields | REASON)
    console.open("lena", "/web/stops")
    if name != "revoke-token":
        console.open("lois", f"/web/stops/{name}", **fields)
    console.hold(f"stops/own-{name}")


@pytest.mark.parametrize("step", ["save", "apply", "record done"])
def test_dynamodb_fails_between_the_steps(console: Transcript, scene: Scene, step: str) -> None:
    console.open("lena", "/web/actions/revoke-grant", member="alice", engagement="acme-prod")
    scene.world.fails_at(step, NOTHING_READ)
    console.post("lena", "/web/actions/revoke-grant", GRANT)
    console.hold(f"stops/fails-to-{step.replace(' ', '-')}")


def test_a_stop_that_was_undone_since_is_not_shown_as_done(
    console: Transcript, scene: Scene
) -> None:
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    reopen_engagement(scene.ports, scene.caller(), "acme-prod", why="false alarm")
    console.open(
        "lena", "/web/stops/revoke-engagement", engagement="acme-prod", done="revoke-engagement"
    )
    console.hold("stops/undone")


def test_the_cut_off_becomes_seen(console: Transcript, scene: Scene) -> None:
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    for member in ("lena", "ada"):
        console.open(member, "/web/cut-offs")
    run_job(scene)
    console.open("lena", "/web/stops/revoke-engagement", engagement="acme-prod")
    console.open("lena", "/web/cut-offs")
    console.hold("stops/cut-off-seen")


def test_the_clients_administrator_gets_a_policy_until_everyone_is_cut_off(
    console: Transcript, scene: Scene
) -> None:
    scene.world.add(an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID))
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    console.act("lena", "revoke-grant", GRANT)
    console.open("lena", "/web/cut-offs")
    console.open("lena", "/web/cut-offs", engagement="acme-prod")
    console.open("lena", "/web/cut-offs", engagement="nothing")
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    run_job(scene)
    console.hold("stops/policy-for-the-client")


def test_the_only_lead_is_warned_before_a_freeze(
    console: Transcript, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.open("lena", "/web/actions/freeze")
    console.note("lois is suspended", a_member("lois", kind=Kind.LEAD, suspended_at=NOON))
    console.open("lena", "/web/actions/freeze")
    console.note("the leads cannot be read")
    monkeypatch.setattr(scene.ports.state, "get_many", cannot_read)
    console.open("lena", "/web/actions/freeze")
    console.hold("stops/only-lead")


def test_two_leads_thaw(console: Transcript) -> None:
    console.act("lena", "freeze", REASON)
    console.open("lena", "/web/actions/thaw")
    console.act("lena", "thaw", {"reason": "false alarm"})
    console.open("lena", "/web/actions/thaw")
    console.act("lena", "thaw", {"reason": "again"})
    console.open("lois", "/web/actions/thaw")
    console.act("lois", "thaw", {"reason": "I agree"})
    console.open("lois", "/web/actions/thaw")
    for member in ("lois", "lena"):  # the answer to lois may have been lost
        console.act(member, "thaw", {"reason": "once more"})
    console.hold("stops/thaw")


def test_an_unfinished_stop_can_be_continued(
    console: Transcript, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.world.add(an_engagement("acme-dev", external_id="daypass-" + "d" * 32))
    begin: Callable[..., Any] = revoke_client._begin
    answers = iter([begin])
    with monkeypatch.context() as patch:
        begin_one = lambda *args: next(answers, cannot_read)(*args)  # noqa: E731
        patch.setattr(revoke_client, "_begin", begin_one)
        console.act("lena", "revoke-client", {"client": "acme"} | REASON)
    console.post("lena", "/web/actions/revoke-client", {"client": "acme"} | REASON)
    console.hold("stops/unfinished")


TEXTS = {
    "markup": "<img src=x onerror=alert(1)>",
    "right to left": "שלום עולם",
    "long": "Wide-" * 16,
    "quotes": "Bits & \"Bobs\" 'n'",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_texts_of_any_kind_stay_texts(text: str, scene: Scene, lena: Browser) -> None:
    scene.world.add(an_engagement(client=text))
    page = lena.get("/web/actions/revoke-client", client=text)
    assert f"\u2068{text}\u2069" in html.unescape(page.text)
    result = lena.follow(lena.act("revoke-client", {"client": text, "reason": text}))
    assert "<img" not in page.text + result.text
    assert text in html.unescape(result.text)
