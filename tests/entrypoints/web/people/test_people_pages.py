"""The console's pages about people, through the real app."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    a_binding,
    a_grant,
    a_grant_on_request,
    a_request,
    a_request_id,
    a_token,
    an_emergency_lock,
    an_engagement,
    an_enrolment,
)
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.fakes import NOON
from tests.fakes.trail import FakeTrail
from tests.rows import every


@pytest.mark.golden
def test_the_list_with_states_and_filters(console: Transcript) -> None:
    console.note("bob has used his code", an_enrolment("bob", used_at=NOON))
    console.open("lena", "/web/people")
    for text in ("al", "A", "é"):
        console.open("lena", "/web/people", starts_with=text)
    console.hold("people/list")


@pytest.mark.golden
def test_a_persons_page_in_each_state(console: Transcript) -> None:
    scene, path = console.api.scene, "/web/people/alice"
    console.open("lena", path)
    vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    scene.world.later(minutes=20)
    console.note("alice got a session 20 minutes ago")
    console.open("lena", path)
    console.note(
        "she has a grant on request, one that has ended, and one that ends soon",
        a_grant_on_request(engagement="globex"),
        a_grant(engagement="initech", ends_at=NOON, created_at=NOON - timedelta(days=91)),
        an_engagement("initech"),
        replace(a_grant(), ends_at=NOON + timedelta(days=3)),
    )
    console.open("lena", path)
    console.note(
        "she has a token from a code of lena's, a Slack user and a lost phone",
        a_token("alice", made_from="198.51.100.9", code_made_by="lena"),
        a_binding(),
        a_token("alice", hash="d" * 64, label="lost phone", revoked_at=NOON),
    )
    console.open("lena", path)
    console.note(
        "she waits for an approval, and for the review of an emergency",
        a_request(),
        an_emergency_lock(),
        a_request(id=a_request_id(number=1), status=RequestStatus.DENIED),
    )
    for member in ("lena", "ada", "alice"):
        console.open(member, path)
    console.note("her token has expired", a_token("alice", expires_at=NOON))
    console.open("lena", path)
    del scene.world.items[type(an_engagement()), ("acme-prod",)]
    console.note("the engagement is gone")
    console.open("lena", path, "/web/people/sam", "/web/people/nobody")
    console.hold("people/states")


@pytest.mark.golden
def test_a_part_that_cannot_be_read_is_named(console: Transcript) -> None:
    state = type(console.api.scene.ports.state)
    console.open("lena", "/web/people/alice")
    for kind in ("Grant", "Token", "AccessRequest"):
        console.note(f"no list of {kind} can be read")
        with pytest.MonkeyPatch.context() as patch:
            for method in ("list", "list_without_stops"):
                read = getattr(state, method)

                def reads(
                    self: Any, of: type, _read: Any = read, _kind: str = kind, **by: Any
                ) -> Any:
                    return cannot_read() if of.__name__ == _kind else _read(self, of, **by)

                patch.setattr(state, method, reads)
            console.open("lena", "/web/people/alice")
    console.note("the trail cannot be read")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeTrail, "page", cannot_read)
        console.open("lena", "/web/people/alice")
    console.hold("people/unread")


@every("other", ["bob", "lena", "sam", "nobody"], api=fresh_api)
def test_members_learn_nothing_about_others(api: Api, other: str) -> None:
    browser = enter(api, "alice")
    page, missing = browser.get(f"/web/people/{other}"), browser.get("/web/people/never-was")
    assert (page.status, missing.status) == (404, 404)
    texts = [re.sub(r"request-[0-9]+", "", each.text) for each in (page, missing)]
    assert texts[0] == texts[1]
    refusal = api.world.entries[0]
    assert (refusal.subject, refusal.action, refusal.reason) == (
        other,
        "read",
        "lead-or-auditor-only",
    )


def test_no_page_of_a_person_shows_the_hash_of_a_token(api: Api) -> None:
    api.world.add(a_binding(), a_token("alice", hash="d" * 64, revoked_at=NOON))
    page = enter(api, "lena").get("/web/people/alice").text
    hashes = [token.hash for token in api.world.find(type(a_token()), where=lambda _: True)]
    assert not [text for text in hashes if text in page]
