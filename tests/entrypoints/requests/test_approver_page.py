"""The approver's page over HTTP, and the function that stores the approver's decision."""

import json
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlencode, urljoin

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.blocks import build_lift_request
from chalicelib.entrypoints.requests.client_decision import client_decision
from tests.builders import (
    APPROVER_TEXT,
    a_block,
    a_client_approver,
    a_member,
    a_request,
    a_request_id,
    an_approver_link,
    an_engagement,
)
from tests.entrypoints.calls import Pages
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import APPROVER_PAGES, ask, prepare
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.valid import FORM_HEADERS
from tests.fakes import NOON, writes
from tests.rows import every

SHOW, DECIDE, RULE = APPROVER_PAGES
PAGE_URL = f"https://abc.execute-api.eu-central-1.amazonaws.com/api/approve/{APPROVER_TEXT}"
REQUEST = a_request_id()
ANCHOR = f"#request-{REQUEST.replace('.', '-')}"
APPROVE = {"decision": "approve", "request": REQUEST}
MAX = a_client_approver("max", name="Max", email="max@elsewhere.example", named_at=NOON)
DENY = {"decision": "deny", "request": REQUEST}


def send(api, route, **form):
    answer = ask(api, route, "nobody", raw=urlencode(form), headers=FORM_HEADERS)
    check(route, answer)
    return answer


def show(api):
    answer = ask(api, SHOW, "nobody")
    check(SHOW, answer)
    return answer


def text_of(answer):
    return " ".join(PageText(answer.text).text.split())


def stored(api):
    request = api.world.items[AccessRequest, ("alice", REQUEST)]
    assert isinstance(request, AccessRequest)
    return request


def test_every_text_on_the_page_is_escaped(api):
    prepare(api.world, SHOW)
    evil = "<script>alert(1)</script>"
    api.world.add(a_request("alice", reason=evil), a_member("alice", name=evil))
    answer = show(api)
    assert evil not in answer.text
    assert text_of(answer).count(evil) >= 2


def start_again(api, items):
    api.world.items.clear()
    api.world.items.update(items)


BAD_FORMS = {
    "no form": (DECIDE, {}),
    "another decision": (DECIDE, APPROVE | {"decision": "maybe"}),
    "no request": (DECIDE, {"decision": "approve"}),
    "a request that is none": (DECIDE, APPROVE | {"request": "x"}),
    "a longer time": (DECIDE, APPROVE | {"minutes": "240"}),
    "too short a time": (DECIDE, APPROVE | {"minutes": "5"}),
    "no time": (DECIDE, APPROVE | {"minutes": "soon"}),
    "an end for a duration": (DECIDE, APPROVE | {"end": "2026-11-24T14:00:00Z"}),
    "a denial without words": (DECIDE, DENY),
    "too many words": (DECIDE, DENY | {"words": "x" * 201}),
    "a link in the words": (DECIDE, DENY | {"words": APPROVER_TEXT}),
    "a field too many": (DECIDE, APPROVE | {"role": "admin"}),
    "a form too long": (DECIDE, DENY | {"words": "x" * 5000}),
    "no rule": (RULE, {}),
    "another rule": (RULE, {"rule": "never"}),
    "no approver": (RULE, {"rule": "confirm"}),
    "another rule about an approver": (RULE, {"rule": "x", "approver": "max"}),
    "an approver who is none": (RULE, {"rule": "confirm", "approver": "nobody"}),
}


def test_a_form_that_the_page_does_not_send_changes_nothing(api):
    prepare(api.world, RULE)
    prepare(api.world, SHOW)
    before, pages = dict(api.world.items), Pages()
    for name, (route, form) in BAD_FORMS.items():
        pages.show(name, send(api, route, **form))
        assert api.world.items == before
    pages.hold("approver-page/bad-forms")


def test_decisions_are_as_the_file_says(api):
    prepare(api.world, SHOW)
    pages, items = Pages(), dict(api.world.items)
    pages.show("page", show(api))
    answer = send(api, DECIDE, **APPROVE, minutes="", words=" ")
    pages.show("approve", answer)
    assert urljoin(PAGE_URL, answer.headers["Location"]) == PAGE_URL + ANCHOR
    pages.show("page", show(api))
    assert ANCHOR.removeprefix("#") in show(api).text
    assert (stored(api).status, stored(api).duration) == (RequestStatus.APPROVED, 3600)
    until = NOON + timedelta(hours=4)
    pages.note("a request for access with an end")
    start_again(api, items)
    api.world.add(a_request("alice", ends_at=until))
    pages.show("page", show(api))
    pages.show("approve", send(api, DECIDE, **APPROVE, end="2026-11-24T14:00:00Z"), "a shorter one")
    pages.show("page", show(api))
    assert stored(api).ends_at == NOON + timedelta(hours=2)
    pages.note("the request again")
    start_again(api, items)
    pages.show("deny", send(api, DECIDE, **DENY, words="wait for the audit"))
    pages.show("page", show(api))
    pages.show("approve", send(api, DECIDE, **APPROVE), "late")
    pages.hold("approver-page/decisions")


def test_rules_are_as_the_file_says(api):
    prepare(api.world, SHOW)
    prepare(api.world, RULE)
    pages, items = Pages(), dict(api.world.items)

    def rule(name, **form):
        answer = send(api, RULE, rule=name, **form)
        pages.show(name, answer, ", ".join(form.values()))
        if answer.status == 303:
            assert urljoin(f"{PAGE_URL}/rule", answer.headers["Location"]).startswith(PAGE_URL)
        pages.show("page", show(api))

    pages.show("page", show(api))
    rule("require")
    pause = a_block("acme-prod")
    pages.note("a lead asks to lift the pause")
    lift_request = build_lift_request(pause, "lena", NOON, "<b>lost</b>")
    api.world.add(replace(pause, lift_request=lift_request))
    pages.show("page", show(api))
    rule("keep-pause")
    pages.note("it is lifted")
    api.world.add(replace(pause, lifted_at=NOON))
    rule("keep-pause")
    pages.note("a lead names another approver")
    api.world.add(an_engagement(requires_client_approval=True, client_approval_since=NOON), MAX)
    pages.show("page", show(api))
    rule("confirm", approver="max")
    rule("remove", approver="max")
    pages.note("someone who is no approver any longer, and can refuse the new one")
    start_again(api, items)
    gone = a_client_approver(revoked_at=NOON - timedelta(days=1))
    alone = replace(MAX, named_alone=True)
    api.world.add(alone, gone, an_approver_link())
    pages.show("page", show(api))
    pages.show("approve", send(api, DECIDE, **APPROVE))
    rule("remove", approver="pat")
    rule("remove", approver="max")
    pages.hold("approver-page/rules")


@every("route", APPROVER_PAGES, api=fresh_api)
def test_every_invalid_link_gets_the_same_page(api, route):
    prepare(api.world, SHOW)
    method, _, pattern = route.partition(" ")
    bodies = set()
    api.world.add(an_approver_link(expires_at=NOON))
    for link in (APPROVER_TEXT, "a" * 52, "x", an_approver_link().id):
        raw = urlencode(APPROVE) if method == "POST" else None
        answer = api.send(method, pattern.format(link=link), raw=raw, headers=FORM_HEADERS)
        assert answer.status == 404
        bodies.add(answer.text.replace(answer.headers["X-Request-Id"], ""))
        assert "Back to the page" not in answer.text
    assert len(bodies) == 1


FORM = {"decision": "approve", "request": REQUEST}
EVENT = {"link": APPROVER_TEXT, "address": "203.0.113.7", "form": FORM}
CONTEXT = SimpleNamespace(aws_request_id="run-1")


def decided(api, event):
    with writes.by_function("ClientDecision"):
        return client_decision(event, CONTEXT)


def test_the_function_decides_as_the_links_approver(api, capsys):
    prepare(api.world, DECIDE)
    result = decided(api, EVENT)
    assert (result["error"], result["reason"]) == ("", None)
    assert stored(api).status is RequestStatus.APPROVED
    assert decided(api, EVENT) == result  # a second press is counted once
    assert [entry.action for entry in api.world.entries].count("request.approve") == 1
    assert APPROVER_TEXT not in capsys.readouterr().out


INVALID = {
    "nothing": (None, Reason.MALFORMED_BODY),
    "a list": ([EVENT], Reason.MALFORMED_BODY),
    "no link": ({**EVENT, "link": "x"}, Reason.BAD_VALUE),
    "an unknown link": ({**EVENT, "link": "z" * 52}, Reason.NO_SUCH_PAGE),
    "no form": ({**EVENT, "form": {}}, Reason.MISSING_FIELD),
    "a longer time": ({**EVENT, "form": {**FORM, "minutes": 240}}, Reason.BAD_VALUE),
    "another field": ({**EVENT, "is_lead": True}, Reason.UNKNOWN_FIELD),
}


def test_the_function_decides_nothing_without_a_valid_link_and_form(api, capsys):
    prepare(api.world, DECIDE)
    reasons = {name: decided(api, event)["reason"] for name, (event, _) in INVALID.items()}
    assert reasons == {name: reason.value for name, (_, reason) in INVALID.items()}
    assert stored(api).status is RequestStatus.WAITING
    output = capsys.readouterr().out
    assert APPROVER_TEXT not in output
    assert "z" * 52 not in output


def test_a_bug_shows_no_secret(api, capsys):
    prepare(api.world, DECIDE)
    api.world.fails_at("change", RuntimeError(f"a secret, {APPROVER_TEXT}"))
    result = decided(api, EVENT)
    assert result["reason"] == Reason.BUG
    output = json.dumps(result) + capsys.readouterr().out
    assert "a secret" not in output
    assert APPROVER_TEXT not in output


@pytest.mark.parametrize("step", ["decide", "decided"])
def test_the_page_claims_nothing_if_the_functions_answer_is_lost(api, step):
    prepare(api.world, DECIDE)
    api.world.fails_at(step, Unavailable(Reason.DECISION_UNCERTAIN))
    answer = send(api, DECIDE, **APPROVE)
    assert answer.status == 503
    assert "does not know whether your decision was stored" in text_of(answer)
    api.world.before = None
    is_stored = step == "decided"
    assert ("A request is waiting for you" in text_of(show(api))) is not is_stored
    assert send(api, DECIDE, **APPROVE).status == 303
    assert stored(api).status is RequestStatus.APPROVED
    assert [entry.action for entry in api.world.entries].count("request.approve") == 1
