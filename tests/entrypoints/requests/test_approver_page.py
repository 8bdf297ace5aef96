"""The approver's page over HTTP: its texts, its forms, and what it answers to anything else."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode, urljoin

import pytest
from msgspec.structs import replace

from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.blocks import build_lift_request
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
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import APPROVER_PAGES, ask, prepare
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.valid import FORM_HEADERS
from tests.fakes import NOON

SHOW, DECIDE, RULE = APPROVER_PAGES
PAGE_URL = f"https://abc.execute-api.eu-central-1.amazonaws.com/api/approve/{APPROVER_TEXT}"
REQUEST = a_request_id()
ANCHOR = f"#request-{REQUEST.replace('.', '-')}"
APPROVE = {"decision": "approve", "request": REQUEST}
DENY = {"decision": "deny", "request": REQUEST}


def send(api: Api, route: str, **form: str) -> Response:
    answer = ask(api, route, "nobody", raw=urlencode(form), headers=FORM_HEADERS)
    check(route, answer)
    return answer


def show(api: Api) -> Response:
    answer = ask(api, SHOW, "nobody")
    check(SHOW, answer)
    return answer


def text_of(answer: Response) -> str:
    return " ".join(PageText(answer.text).text.split())


def stored(api: Api) -> AccessRequest:
    request = api.world.items[AccessRequest, ("alice", REQUEST)]
    assert isinstance(request, AccessRequest)
    return request


def test_every_text_on_the_page_is_escaped(api: Api) -> None:
    prepare(api.world, SHOW)
    evil = "<script>alert(1)</script>"
    api.world.add(
        a_request("alice", reason=evil, stops=("", "", "", "")), a_member("alice", name=evil)
    )
    answer = show(api)
    assert evil not in answer.text
    assert text_of(answer).count(evil) >= 2


def test_the_page_allows_only_its_own_script_style_and_forms(api: Api) -> None:
    policy = show(api).headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';"
        r" form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        policy,
    )


def test_the_form_goes_to_the_page_and_the_answer_back_to_it(api: Api) -> None:
    answer = send(api, DECIDE, **APPROVE, minutes="", words=" ")
    assert urljoin(PAGE_URL, answer.headers["Location"]) == PAGE_URL + ANCHOR
    assert (stored(api).status, stored(api).duration) == (RequestStatus.APPROVED, 3600)
    assert ANCHOR.removeprefix("#") in show(api).text
    rule = send(api, RULE, rule="require")
    assert urljoin(f"{PAGE_URL}/rule", rule.headers["Location"]) == f"{PAGE_URL}#rule"


def test_an_end_shortens_access_with_an_end(api: Api) -> None:
    prepare(api.world, SHOW)
    until = NOON + timedelta(hours=4)
    api.world.add(a_request("alice", ends_at=until, stops=("", "", "", "")))
    send(api, DECIDE, **APPROVE, end="2026-11-24T14:00:00Z")
    assert stored(api).ends_at == NOON + timedelta(hours=2)


BAD_FORMS: dict[str, tuple[str, dict[str, str], str]] = {
    "no form": (DECIDE, {}, "Something went wrong"),
    "another decision": (DECIDE, APPROVE | {"decision": "maybe"}, "Please check what you typed"),
    "no request": (DECIDE, {"decision": "approve"}, "Something went wrong"),
    "a request that is none": (DECIDE, APPROVE | {"request": "x"}, "Please check what you typed"),
    "a longer time": (DECIDE, APPROVE | {"minutes": "240"}, "Please check what you typed"),
    "too short a time": (DECIDE, APPROVE | {"minutes": "5"}, "Please check what you typed"),
    "no time": (DECIDE, APPROVE | {"minutes": "soon"}, "Please check what you typed"),
    "an end for a duration": (
        DECIDE,
        APPROVE | {"end": "2026-11-24T14:00:00Z"},
        "Please check what you typed",
    ),
    "a denial without words": (DECIDE, DENY, "Please say why"),
    "too many words": (DECIDE, DENY | {"words": "x" * 201}, "Please check what you typed"),
    "a link in the words": (DECIDE, DENY | {"words": APPROVER_TEXT}, "Please check what you typed"),
    "a field too many": (DECIDE, APPROVE | {"role": "admin"}, "Something went wrong"),
    "a form too long": (DECIDE, DENY | {"words": "x" * 5000}, "Something went wrong"),
    "no rule": (RULE, {}, "Something went wrong"),
    "another rule": (RULE, {"rule": "never"}, "Please check what you typed"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_form_that_the_page_does_not_send_changes_nothing(api: Api, name: str) -> None:
    route, form, heading = BAD_FORMS[name]
    prepare(api.world, SHOW)
    before = dict(api.world.items)
    answer = send(api, route, **form)
    assert answer.status == 400
    assert heading in text_of(answer)
    assert api.world.items == before
    assert 'class="button" href=' in answer.text  # back to the page


def test_a_late_press_says_who_decided_what_and_leads_back(api: Api) -> None:
    send(api, DECIDE, **DENY, words="wait for the audit")
    answer = send(api, DECIDE, **APPROVE)
    assert answer.status == 409
    text = text_of(answer)
    assert "This request was decided already" in text
    assert "jo at the client denied this request on" in text
    assert "wait for the audit" in text
    assert f'href="{APPROVER_TEXT}"' in answer.text


@pytest.mark.parametrize("route", APPROVER_PAGES)
def test_every_invalid_link_gets_the_same_page(api: Api, route: str) -> None:
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


def test_no_problem_page_repeats_a_secret_or_another_text(api: Api) -> None:
    answer = send(api, DECIDE, **DENY, words=f"see {APPROVER_TEXT}")
    assert answer.status == 400
    assert f"see {APPROVER_TEXT}" not in answer.text


def test_the_page_asks_whether_the_pause_may_be_lifted_and_keeps_it(api: Api) -> None:
    prepare(api.world, RULE)
    pause = a_block("acme-prod")
    request = build_lift_request(pause, "lena", NOON, "<b>lost</b>")
    api.world.add(replace(pause, lift_request=request))
    text = text_of(show(api))
    assert "lena, one of our leads, asks to lift the pause without its code." in text
    assert "until 25 November 2026, 12:00 UTC" in text
    assert "Their reason: <b>lost</b>" in text
    answer = send(api, RULE, rule="keep-pause")
    assert answer.status == 303
    assert urljoin(f"{PAGE_URL}/rule", answer.headers["Location"]) == f"{PAGE_URL}#pause"
    assert "asks to lift" not in text_of(show(api))
    assert "The access is paused" in text_of(show(api))
    api.world.add(replace(pause, lifted_at=NOON))
    assert "The access is not paused" in text_of(send(api, RULE, rule="keep-pause"))
    assert "The access is paused" not in text_of(show(api))


def test_the_page_names_each_approver_with_address_lead_and_from_when_they_count(api: Api) -> None:
    prepare(api.world, SHOW)
    api.world.add(
        an_engagement(requires_client_approval=True, client_approval_since=NOON),
        a_client_approver("max", name="Max", email="max@elsewhere.example", named_at=NOON),
    )
    text = text_of(show(api))
    assert "Jo Doe (you) jo@acme.example, approver. Named by Lena (lena) on 25 October 2026" in text
    assert "Max max@elsewhere.example, approver. Named by Lena (lena) on 24 November 2026" in text
    assert "Does not count until someone who approves for your company confirms them." in text


def test_the_pages_buttons_confirm_and_remove_an_approver(api: Api) -> None:
    prepare(api.world, SHOW)
    new = a_client_approver("max", name="Max", email="max@elsewhere.example", named_at=NOON)
    api.world.add(an_engagement(requires_client_approval=True, client_approval_since=NOON), new)
    answer = send(api, RULE, rule="confirm", approver="max")
    assert (answer.status, answer.headers["Location"]) == (303, f"../{APPROVER_TEXT}#people")
    assert "confirmed by jo" in text_of(show(api))
    assert send(api, RULE, rule="remove", approver="max").status == 303
    assert "max@elsewhere.example" not in text_of(show(api))
    for form in ({"rule": "confirm"}, {"rule": "x", "approver": "max"}, {"approver": "max"}):
        assert send(api, RULE, **form).status == 400
    assert send(api, RULE, rule="confirm", approver="nobody").status == 404


def test_a_former_approver_sees_only_whom_they_can_refuse(api: Api) -> None:
    prepare(api.world, SHOW)
    fields = {"name": "Max", "email": "max@elsewhere.example", "named_alone": True}
    new = a_client_approver("max", named_at=NOON, **fields)
    gone = a_client_approver(revoked_at=NOON - timedelta(days=1))
    api.world.add(new, gone, an_approver_link())
    text = text_of(show(api))
    assert "You cannot approve anything with this page." in text
    assert "Who asks" not in text
    assert send(api, DECIDE, **APPROVE).status == 404
    assert send(api, RULE, rule="remove", approver="pat").status == 403
    assert send(api, RULE, rule="remove", approver="max").status == 303
    assert "max@elsewhere.example" not in text_of(show(api))
