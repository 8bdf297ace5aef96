"""Stops in the web console: their effect first, then their result, and what goes wrong between."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.web.sessions import derive_form_token
from chalicelib.domain.web.stops.freezes import ONLY_LEAD, UNKNOWN_LEADS
from chalicelib.domain.web.stops.targets import StopScope
from chalicelib.entrypoints.web.stops import forms
from chalicelib.usecases.engagements import revoke_client
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_member, a_token, an_engagement
from tests.entrypoints.driver import Api, served
from tests.entrypoints.web.browser import Browser
from tests.fakes import NOON
from tests.fakes.trail import FakeTrail
from tests.usecases.vending.cut_offs.scene import NAMES, ROLE_ARN, run_job
from tests.usecases.web.stops.stopping import CUT_OFF_ID, a_busy_scene, target_of

REASON = "stolen laptop"
NAMES_OF = {
    "revoke-session": (StopScope.SESSION, ("member", "session"), Action.SESSION_REVOKE),
    "revoke-token": (StopScope.TOKEN, ("member", "token"), Action.TOKEN_REVOKE),
    "revoke-grant": (StopScope.GRANT, ("member", "engagement"), Action.GRANT_REVOKE),
    "revoke-request": (StopScope.REQUEST, ("request",), Action.REQUEST_REVOKE),
    "revoke-member": (StopScope.MEMBER, ("member",), Action.MEMBER_REVOKE),
    "member-leaves": (StopScope.LEAVE, ("member",), Action.MEMBER_LEAVE),
    "revoke-role": (StopScope.ROLE, ("engagement", "role"), Action.ROLE_END),
    "revoke-engagement": (StopScope.ENGAGEMENT, ("engagement",), Action.ENGAGEMENT_REVOKE),
    "close-engagement": (StopScope.CLOSE, ("engagement",), Action.ENGAGEMENT_CLOSE),
    "revoke-client": (StopScope.CLIENT, ("client",), Action.CLIENT_REVOKE),
    "freeze": (StopScope.EVERYTHING, (), Action.FREEZE_BEGIN),
}
every_stop = pytest.mark.parametrize("name", NAMES_OF)


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
def api(scene: Scene) -> Iterator[Api]:
    with served(scene) as driven:
        yield driven


@pytest.fixture
def lena(api: Api) -> Browser:
    browser = Browser(api)
    browser.sign_in("lena")
    return browser


def fields_of(scene: Scene, name: str) -> dict[str, str]:
    scope, names, _ = NAMES_OF[name]
    target = target_of(scene, scope)
    return {field: getattr(target, field) for field in names}


def entries_of(scene: Scene, action: Action) -> list[Any]:
    return [entry for entry in scene.world.entries if entry.action is action]


def is_done(scene: Scene, name: str) -> bool:
    """Return whether the trail has the stop as done."""
    entries = entries_of(scene, NAMES_OF[name][2])
    return any(entry.outcome is Outcome.DONE for entry in entries)


def text_of(page: Any) -> str:
    """Return the page's words, without its markup."""
    words = re.sub(r"<(script|style)>.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", words).replace("&#39;", "'").split())


@every_stop
def test_a_stop_shows_its_effect_then_stops_and_shows_its_result(
    name: str, scene: Scene, lena: Browser
) -> None:
    _, _, action = NAMES_OF[name]
    fields = fields_of(scene, name)
    page = lena.get(f"/web/actions/{name}", **fields)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    words = text_of(page)
    for heading in ("New sessions", "Live sessions", "Requests", "What it does not do"):
        assert heading in words
    assert re.search(r"may be alive, (the last )?until 24 November 2026, 13:00 UTC", words)
    assert ("Daypass denies these sessions everything there" in words) == (
        name != "close-engagement"
    )
    assert not entries_of(scene, action)

    answer = lena.act(name, fields | {"reason": REASON})
    result = lena.follow(answer)
    assert result.status == 200
    (entry,) = entries_of(scene, action)
    assert (entry.actor, entry.outcome) == ("lena", Outcome.DONE)
    assert entry.details["said"] == REASON
    words = text_of(result)
    assert re.search(r"may be alive, (the last )?until 24 November 2026, 13:00 UTC", words)
    assert "alice." in words
    if name not in ("close-engagement", "freeze"):  # a freeze counts the sessions first
        assert "requested at" in words
    assert 'data-refresh="3"' in result.text
    assert "connect-src 'self'" in result.headers["Content-Security-Policy"]


@every_stop
def test_a_form_that_is_sent_twice_stops_once(name: str, scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, name) | {"reason": REASON}
    first = lena.act(name, fields)
    second = lena.post(f"/web/actions/{name}", fields)
    assert second.headers["Location"] == first.headers["Location"]
    assert len(entries_of(scene, NAMES_OF[name][2])) == 1
    if name != "revoke-client":  # each of its engagements has its own time
        again = text_of(lena.get(f"/web/actions/{name}", **fields_of(scene, name)))
        assert "It is in force already, since" in again


@every_stop
def test_a_stop_needs_a_reason(name: str, scene: Scene, lena: Browser) -> None:
    answer = lena.act(name, fields_of(scene, name))
    assert answer.status == 400
    assert "What it does not do" in answer.text
    assert not entries_of(scene, NAMES_OF[name][2])


@every_stop
@pytest.mark.parametrize("member", ["alice", "ada"])
def test_only_leads_stop(name: str, member: str, scene: Scene, api: Api) -> None:
    browser = Browser(api)
    browser.sign_in(member)
    fields = fields_of(scene, name)
    assert browser.get(f"/web/actions/{name}", **fields).status == 403
    browser.csrf = derive(browser)
    assert browser.post(f"/web/actions/{name}", fields | {"reason": REASON}).status == 403
    assert not is_done(scene, name)


def derive(browser: Browser) -> str:
    """Return the token of the browser's forms."""
    return derive_form_token(browser.cookies["__Host-daypass"])


@every_stop
def test_another_site_stops_nothing(name: str, scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, name) | {"reason": REASON}
    lena.get("/web/stops")
    path = f"/web/actions/{name}"
    own = derive(lena)
    lena.csrf = "0" * 64
    assert lena.post(path, fields).status == 403
    lena.csrf = own
    assert lena.post(path, fields, Origin="https://evil.example").status == 403
    assert lena.post(path, fields, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert not is_done(scene, name)


def test_without_names_the_page_asks_for_them_first(lena: Browser) -> None:
    page = lena.get("/web/actions/revoke-grant", member="bob")
    assert 'method="get"' in page.text
    assert 'value="bob"' in page.text
    assert "Show the effect" in page.text
    answer = lena.post("/web/actions/revoke-grant", {"reason": REASON, "member": "bob"})
    assert answer.status == 400
    assert "Show the effect" in answer.text


def test_the_page_suggests_names(scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-role")
    page = lena.get("/web/actions/revoke-grant")
    assert '<option value="bob">' in page.text
    assert f'<option value="{fields["engagement"]}">' in page.text
    assert '<option value="Acme">' in lena.get("/web/actions/revoke-client").text
    page = lena.get("/web/actions/revoke-role", engagement=fields["engagement"])
    assert f'<option value="{fields["role"]}">' in page.text


def test_a_stop_does_not_depend_on_suggestions(
    lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    for name in ("suggest_engagements", "suggest_members"):
        monkeypatch.setattr(forms, name, fail)
    page = lena.get("/web/actions/revoke-grant")
    assert page.status == 200
    assert "Show the effect" in page.text


def test_the_page_begins_with_everything_and_offers_the_live_sessions(lena: Browser) -> None:
    page = lena.get("/web/stops").text
    assert re.findall(r'<th scope="row">([^<]*)', page)[0] == "Everything"
    assert 'href="/api/web/sessions">Choose a live session</a>' in page


@every_stop
def test_a_target_that_does_not_exist(name: str, scene: Scene, lena: Browser) -> None:
    if not NAMES_OF[name][1]:
        return
    other = {
        "member": "nobody",
        "engagement": "nothing",
        "request": "bob.00d9o4r5k3f81c2q",
        "client": "Nobody",
    }
    fields = {key: other.get(key, text) for key, text in fields_of(scene, name).items()}
    page = lena.get(f"/web/actions/{name}", **fields)
    if name == "revoke-client":
        assert "No engagement has this client." in page.text
    else:
        assert page.status == 404
    lena.csrf = derive(lena)
    assert lena.post(f"/web/actions/{name}", fields | {"reason": REASON}).status == 404


def test_an_expired_session_is_not_revoked(scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-session")
    for _ in range(4):
        scene.world.later(minutes=20)
        lena.get("/web/stops")
    answer = lena.act("revoke-session", fields | {"reason": REASON})
    assert answer.status == 409
    assert "expired" in text_of(answer)


def test_two_leads_stop_the_same_at_once(scene: Scene, api: Api, lena: Browser) -> None:
    lois = Browser(api)
    lois.sign_in("lois")
    fields = fields_of(scene, "revoke-grant") | {"reason": REASON}
    lena.get("/web/actions/revoke-grant", **fields_of(scene, "revoke-grant"))
    scene.world.just_before("save", lambda: lois.act("revoke-grant", fields))
    answer = lena.post("/web/actions/revoke-grant", fields)
    assert answer.status == 303
    (entry,) = entries_of(scene, Action.GRANT_REVOKE)
    assert entry.actor == "lois"
    assert "by lois" in text_of(lena.follow(answer))


@pytest.mark.parametrize("name", ["revoke-member", "member-leaves", "revoke-token"])
def test_a_lead_who_stops_themself_sees_the_result_once(
    name: str, scene: Scene, api: Api, lena: Browser
) -> None:
    fields = {"member": "lena"}
    if name == "revoke-token":
        fields["token"] = a_token("lena").id
    page = lena.get(f"/web/actions/{name}", **fields)
    assert "You are signed out at once" in page.text
    answer = lena.act(name, fields | {"reason": REASON})
    assert answer.status == 200
    words = text_of(answer)
    assert "You are signed out." in words
    assert "New sessions" in words
    assert 'data-refresh="' not in answer.text
    assert lena.get("/web/stops").status in (401, 403)
    lois = Browser(api)
    lois.sign_in("lois")
    path = {"member-leaves": "leave"}.get(name, name.removeprefix("revoke-"))
    assert "since" in text_of(lois.get(f"/web/stops/{path}", **fields))


def test_the_last_lead_stays(scene: Scene, lena: Browser) -> None:
    lena.act("revoke-member", {"member": "lois", "reason": REASON})
    answer = lena.act("revoke-member", {"member": "lena", "reason": REASON})
    assert answer.status == 409
    assert "This is you." in text_of(answer)
    assert lena.get("/web/stops").status == 200


def test_a_lead_who_was_demoted_meanwhile_stops_nothing(scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-grant")
    assert lena.get("/web/actions/revoke-grant", **fields).status == 200
    member = scene.ports.state.get(type(a_member()), "lena")
    assert member is not None
    scene.world.add(replace(member, kind=Kind.MEMBER))
    answer = lena.post("/web/actions/revoke-grant", fields | {"reason": REASON})
    assert answer.status == 403
    (entry,) = entries_of(scene, Action.GRANT_REVOKE)
    assert (entry.actor, entry.outcome) == ("lena", Outcome.REFUSED)


@pytest.mark.parametrize("step", ["save", "apply"])
def test_dynamodb_fails_between_the_steps(step: str, scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-grant")
    lena.get("/web/actions/revoke-grant", **fields)
    scene.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    answer = lena.post("/web/actions/revoke-grant", fields | {"reason": REASON})
    scene.world.before = None
    if step == "save":
        assert answer.status == 503
        assert REASON in answer.text  # the typed reason is kept
        assert "It is in force already" not in answer.text
        assert not entries_of(scene, Action.GRANT_REVOKE)
        return
    result = text_of(lena.follow(answer))
    assert "Not finished yet. It blocks new sessions already." in result


def test_a_stop_that_was_undone_since_is_not_shown_as_done(scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-engagement") | {"reason": REASON}
    answer = lena.act("revoke-engagement", fields)
    assert "The engagement is revoked." in text_of(lena.follow(answer))
    reopen_engagement(scene.ports, scene.caller(), "acme-prod", why="false alarm")
    words = text_of(lena.follow(answer))
    assert "The engagement is revoked." not in words
    assert "someone has undone that" in words


def test_a_stop_that_was_stored_before_dynamodb_failed_is_shown_as_in_force(
    scene: Scene, lena: Browser
) -> None:
    fields = fields_of(scene, "revoke-grant")
    lena.get("/web/actions/revoke-grant", **fields)
    scene.world.fails_at("record done", Unavailable(Reason.RECORDS_UNAVAILABLE))
    answer = lena.post("/web/actions/revoke-grant", fields | {"reason": REASON})
    assert answer.status == 503
    assert "It is in force already, since" in text_of(answer)


def test_the_effect_cannot_be_read_and_the_stop_works(
    scene: Scene, api: Api, lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    fields = fields_of(scene, "revoke-grant")
    with monkeypatch.context() as patch:
        patch.setattr(FakeTrail, "page", fail)
        page = lena.get("/web/actions/revoke-grant", **fields)
        assert page.status == 200
        assert "The live sessions could not be read now." in text_of(page)
        answer = lena.post("/web/actions/revoke-grant", fields | {"reason": REASON})
        result = lena.follow(answer)
        assert "Not shown: The sessions could not be read now." in text_of(result)
        assert "No session of it is alive" not in text_of(result)
    assert entries_of(scene, Action.GRANT_REVOKE)


def test_the_cut_off_becomes_seen(scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, "revoke-engagement") | {"reason": REASON}
    answer = lena.act("revoke-engagement", fields)
    assert "requested at" in text_of(lena.follow(answer))
    run_job(scene)
    assert "seen at" in text_of(lena.follow(answer))
    listed = text_of(lena.get("/web/cut-offs"))
    assert "seen at" in listed
    assert "everyone’s" in listed


def test_the_policy_for_the_clients_administrator(scene: Scene, lena: Browser) -> None:
    scene.world.add(an_engagement(cut_off=CutOffMethod.NONE))
    answer = lena.act("revoke-grant", fields_of(scene, "revoke-grant") | {"reason": REASON})
    result = lena.follow(answer)
    assert "aws iam put-role-policy" in result.text
    assert "aws:userid" in result.text
    listed = lena.get("/web/cut-offs")
    assert "/web/cut-offs?engagement=acme-prod" in listed.text
    assert "aws iam put-role-policy" in lena.get("/web/cut-offs", engagement="acme-prod").text
    assert lena.get("/web/cut-offs", engagement="nothing").status == 404


ROW = '<th scope="row"><code>bob.'


def test_a_cut_off_of_everyone_that_is_seen_leaves_the_client_nothing_to_do(
    scene: Scene, lena: Browser
) -> None:
    scene.world.add(an_engagement(cut_off=CutOffMethod.FREEZE, cut_off_external_id=CUT_OFF_ID))
    scene.world.iam.create_freeze(ROLE_ARN, CUT_OFF_ID)
    member = lena.act("revoke-grant", fields_of(scene, "revoke-grant") | {"reason": REASON})
    assert "aws iam put-role-policy" in lena.follow(member).text
    lena.act("revoke-engagement", fields_of(scene, "revoke-engagement") | {"reason": REASON})
    run_job(scene)
    assert "aws iam put-role-policy" not in lena.follow(member).text
    assert "Nothing to do, as of" in text_of(lena.follow(member))


def test_the_sessions_have_pages(scene: Scene, lena: Browser) -> None:
    for _ in range(30):
        scene.world.later(seconds=1)
        vend(scene.ports, scene.origin("bob"), "globex", SessionRequest(role="readonly"))
    answer = lena.act("revoke-member", {"member": "bob", "reason": REASON})
    first = lena.follow(answer)
    assert "32 sessions may be alive" in text_of(first)
    assert first.text.count(ROW) == 25
    (link,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    page = lena.get(link.replace("&amp;", "&").removeprefix("/api"))
    assert page.status == 200
    assert page.text.count(ROW) == 7


def test_everything_that_can_be_stopped_is_on_one_page(lena: Browser) -> None:
    page = lena.get("/web/stops")
    for name in NAMES_OF:
        assert f"/web/actions/{name}" in page.text


def test_auditors_see_the_pages_without_actions(scene: Scene, api: Api, lena: Browser) -> None:
    answer = lena.act("revoke-grant", fields_of(scene, "revoke-grant") | {"reason": REASON})
    ada = Browser(api)
    ada.sign_in("ada")
    assert "requested at" in text_of(ada.follow(answer))
    assert "/web/actions/" not in ada.get("/web/stops").text
    assert "requested at" in text_of(ada.get("/web/cut-offs"))
    alice = Browser(api)
    alice.sign_in("alice")
    for path in ("/web/stops", "/web/cut-offs", answer.headers["Location"].removeprefix("/api")):
        assert alice.get(path).status == 403


def test_the_only_lead_is_warned_before_a_freeze(
    scene: Scene, lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ONLY_LEAD not in lena.get("/web/actions/freeze").text
    scene.world.add(a_member("lois", kind=Kind.LEAD, suspended_at=NOON))
    assert ONLY_LEAD in lena.get("/web/actions/freeze").text

    def cannot_read(*_: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    monkeypatch.setattr(scene.ports.state, "get_many", cannot_read)
    page = lena.get("/web/actions/freeze").text
    assert UNKNOWN_LEADS in page
    assert ">Freeze everything</button>" in page


def test_two_leads_thaw(scene: Scene, api: Api, lena: Browser) -> None:
    lena.act("freeze", {"reason": REASON})
    words = text_of(lena.get("/web/actions/thaw"))
    assert "You request to lift the freeze." in words
    first = lena.follow(lena.act("thaw", {"reason": "false alarm"}))
    assert "You asked to lift the freeze. Daypass stays frozen" in text_of(first)
    assert "lena asked to lift it." in text_of(first)
    assert "The reason: false alarm" in text_of(first)
    assert "You have asked already." in text_of(lena.get("/web/actions/thaw"))
    assert lena.act("thaw", {"reason": "again"}).status == 303
    lois = Browser(api)
    lois.sign_in("lois")
    assert "You lift the freeze" in text_of(lois.get("/web/actions/thaw"))
    second = lois.follow(lois.act("thaw", {"reason": "I agree"}))
    assert "someone has undone that" in text_of(second)
    assert "The freeze is lifted: members get sessions again." in text_of(second)
    assert "You asked" not in text_of(second)
    assert len(entries_of(scene, Action.FREEZE_LIFT)) == 1
    assert "Daypass is not frozen." in text_of(lois.get("/web/actions/thaw"))
    assert lois.act("thaw", {"reason": "once more"}).status == 303  # the answer may have been lost
    assert lena.act("thaw", {"reason": "once more"}).status == 409


@every_stop
def test_the_heading_of_a_stop_has_its_target(name: str, scene: Scene, lena: Browser) -> None:
    fields = fields_of(scene, name)
    page = lena.get(f"/web/actions/{name}", **fields)
    (title,) = re.findall(r"<title>(.*) – Daypass</title>", page.text)
    assert all(text in title for text in fields.values() if text != REASON)
    assert title in re.sub(r"</?bdi>", "", page.text.partition("<h1>")[2].partition("</h1>")[0])


def test_a_thaw_needs_a_recent_sign_in_and_a_freeze_does_not(scene: Scene, lena: Browser) -> None:
    scene.world.later(minutes=11)
    assert lena.act("freeze", {"reason": REASON}).status == 303
    answer = lena.act("thaw", {"reason": "false alarm"})
    assert answer.status == 200
    assert "Sign in again first." in answer.text
    assert not entries_of(scene, Action.FREEZE_LIFT_REQUEST)


def test_an_unfinished_stop_can_be_continued(
    scene: Scene, lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.world.add(an_engagement("acme-dev", external_id="daypass-" + "d" * 32))
    with monkeypatch.context() as patch:
        began: list[str] = []

        def begin_one(ports: Any, lead: Any, engagement: str, why: str) -> Any:
            if began:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)
            began.append(engagement)
            return begin(ports, lead, engagement, why)

        begin: Callable[..., Any] = revoke_client._begin
        patch.setattr(revoke_client, "_begin", begin_one)
        answer = lena.act("revoke-client", {"client": "acme", "reason": REASON})
    assert answer.status == 200
    words = text_of(answer)
    assert "Not finished: " in words
    assert "Only 1 of 2 engagements" in words
    assert "not-blocked" in words
    continued = lena.post("/web/actions/revoke-client", {"client": "acme", "reason": REASON})
    assert "2 of 2 engagements revoked" in text_of(lena.follow(continued))


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
    assert page.status == 200
    assert f"\u2068{text}\u2069" in html.unescape(page.text)
    result = lena.follow(lena.act("revoke-client", {"client": text, "reason": text}))
    for shown in (page.text, result.text):
        assert "<img" not in shown
    assert text in html.unescape(result.text)


@pytest.mark.parametrize("scope", ["nothing", "SESSION"])
def test_no_such_page(scope: str, lena: Browser) -> None:
    assert lena.get(f"/web/stops/{scope}").status in (400, 404)
