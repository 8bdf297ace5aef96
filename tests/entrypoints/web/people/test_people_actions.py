"""The console's pages and forms about people and their grants, through the real app."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.people.enrolments import Enrolment, parse_code
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.actions.people.enrolments import INSTALL
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    AFTER,
    a_binding,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_emergency_lock,
    an_engagement,
    an_enrolment,
)
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.web import unreadable

BEN = {"id": "ben", "name": "Ben Berg", "kind": "member"}
WHY = {"reason": "lost laptop"}
ALICE, BOB = ({"engagement": "acme-prod", "member": member} for member in ("alice", "bob"))


@pytest.mark.golden
def test_invitations_and_codes_that_are_refused(console: Transcript) -> None:
    for changes in ({"id": " Frieda"}, {"id": "Frieda!"}, {"id": ""}, {"name": ""}):
        console.act("lena", "invite-member", BEN | changes, query={})
    too_late = {"member": "bob", "expires_at": "2027-01-01T00:00"}
    console.act("lena", "create-enrolment", too_late, query={"member": "bob"})
    console.note("alice has used her code", an_enrolment("alice", used_at=NOON))
    console.act("lena", "revoke-enrolment", {"member": "alice"} | WHY)
    console.act("lena", "change-member", {"member": "lena", "kind": "member"})
    console.open("lena", "/web/actions/create-enrolment", member="bob")
    suspend_member(console.api.scene.ports, console.api.scene.caller("lena"), "bob", why="left")
    console.post("lena", "/web/actions/create-enrolment", {"member": "bob"})
    for action in ("create-enrolment", "change-member", "reinstate-member"):
        console.open("lena", f"/web/actions/{action}")
        console.open("lena", f"/web/actions/{action}", member="nobody")
    console.hold("people/refused-forms")


@every(
    "action, fields",
    [("invite-member", BEN), ("create-enrolment", {"member": "ben"})],
)
def test_the_code_that_is_shown_is_the_stored_one_and_not_on_the_trail(
    action: str, fields: dict[str, str]
) -> None:
    with fresh_api() as api:
        if action == "create-enrolment":
            api.world.add(a_member("ben"))
        page = enter(api, "lena").act(action, fields)
        (code,) = set(re.findall(r"daypass_enrol_[0-9A-Za-z_-]+", page.text))
        presented = parse_code(code)
        assert presented is not None
        assert api.world.items[Enrolment, ("ben",)].hash == presented.hash
        assert code not in repr(api.world.entries)


def test_the_invitation_installs_the_command_as_the_guide_does() -> None:
    assert f"```sh\n{INSTALL}\n```" in Path("docs/using.md").read_text(encoding="utf-8")


@pytest.mark.golden
def test_what_mallory_set_up_is_listed_and_ended_one_by_one(console: Transcript) -> None:
    api = console.api
    api.world.add(a_member("mallory", kind=Kind.LEAD), a_token("mallory"))
    grant = {"member": "alice", "roles": ["readonly"]}
    api.post("/v1/engagements/globex/grants", "mallory", grant)
    api.post("/v1/members", "mallory", {"id": "eve", "name": "Eve", "kind": "auditor"})
    override = {"until": "2026-11-30T18:00:00Z", "reason": "the client is on it"}
    api.post("/v1/engagements/acme-prod/roles/readonly/override", "mallory", override)
    console.open("lena", "/web/people/mallory/changes")  # not suspended yet
    suspend_member(api.scene.ports, api.scene.caller("lena"), "mallory", why="stolen laptop")
    console.open("lena", "/web/people/mallory", "/web/people/mallory/changes")
    console.open("ada", "/web/people/mallory/changes")
    readonly = {"engagement": "acme-prod", "role": "readonly"}
    console.open("lena", "/web/engagements/acme-prod/roles/readonly")
    console.act("lena", "end-override", readonly | WHY)
    console.open("lena", "/web/actions/end-override", **readonly)  # no override is left
    console.open("lena", "/web/people/mallory/changes", "/web/people/alice/changes")
    console.hold("people/what-mallory-set-up")


@pytest.mark.golden
def test_revoke_ones_own_tokens_and_see_the_sessions_that_outlive_them(
    console: Transcript,
) -> None:
    scene = console.api.scene
    vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    scene.world.add(a_token("alice", hash="d" * 64, label="desktop"))
    console.act("alice", "revoke-own-token", {"token": "d" * 12} | WHY)
    sign_in = {"token": a_token("alice").id}
    console.open("alice", "/web/actions/revoke-own-token", **sign_in)
    console.act("alice", "revoke-own-token", sign_in | WHY)
    console.open("alice", "/web/me")
    console.hold("people/own-tokens")


@every(
    "action, fields",
    [("rename-token", {"label": "mine"}), ("revoke-own-token", WHY)],
    api=fresh_api,
)
def test_nobody_reaches_anothers_token(api: Api, action: str, fields: dict[str, str]) -> None:
    browser, token = enter(api, "alice"), {"token": a_token("lena").id}
    before = dict(api.world.items)
    assert browser.get(f"/web/actions/{action}", **token).status == 404
    assert browser.post(f"/web/actions/{action}", token | fields).status == 404
    assert api.world.items == before


@pytest.mark.golden
def test_the_forms_of_grants(console: Transcript) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"roles": ["readonly"], "on_request": ["readonly"]},
        {"roles": ["readonly"], "emergency": ["readonly"]},
        {"roles": ["readonly"], "ends_at": "2020-01-01T00:00"},
        {"roles": ["ended"]},  # which no page offers
    )
    path = "/web/actions/grant-access"
    console.note("acme-prod has three roles", a_role("deploy"), a_role("ended", ended_at=NOON))
    for query in ({}, {"member": "bob"}, {"engagement": "acme-prod"}, BOB):
        console.open("lena", path, **query)
    console.open("lena", path, **(BOB | {"engagement": "no-such"}))
    for fields in wrong:
        console.post("lena", path, BOB | fields)
    console.act("lena", "grant-access", BOB | {"member": "ada", "roles": ["readonly"]})
    for member in ("sam", "alice"):
        console.open("lena", path, **(BOB | {"member": member}))
    console.note("acme-prod is over", an_engagement(closed_at=NOON))
    console.open("lena", path, **BOB)
    console.note("its client wants to approve", an_engagement(requires_client_approval=True))
    console.open("lena", path, **BOB)
    form = BOB | {"roles": ["readonly"], "emergency": ["deploy"], "ends_at": "2026-12-01T18:00"}
    console.act("lena", "grant-access", form, times=2)
    console.post("lena", path, form | {"emergency": [], "on_request": ["deploy"]})
    console.hold("people/grants")


@pytest.mark.golden
def test_a_grant_is_changed_as_the_form_shows_it(console: Transcript) -> None:
    roles = frozenset({"readonly", "deploy"})
    grant = a_grant(roles=roles, on_request=frozenset({"deploy"}), emergency=frozenset())
    console.note("alice has two roles", a_role("deploy"), grant)
    console.open("lena", "/web/actions/change-grant", **ALICE)
    later = ALICE | {"roles": ["readonly", "deploy"], "ends_at": "2026-12-01T18:00"}
    console.act("lena", "change-grant", later | {"on_request": []}, query=ALICE)
    console.post("lena", "/web/actions/change-grant", later | {"version": "1"})  # sent twice
    console.post("lena", "/web/actions/change-grant", ALICE | {"version": "1", "roles": "deploy"})
    console.note("lois revokes it", a_grant(revoked_at=NOON, version=3))
    console.open("lena", "/web/actions/change-grant", **ALICE)
    console.act("lena", "change-grant", ALICE | {"roles": []})
    console.hold("people/changed-grant")


def test_a_form_without_changes_changes_nothing(api: Api) -> None:
    """A browser's times have no seconds. They do not move the grant's."""
    api.world.add(a_grant(starts_at=NOON + timedelta(seconds=30), ends_at=AFTER.replace(second=59)))
    assert enter(api, "lena").act("change-grant", ALICE).status == 303
    assert not api.world.entries


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
    state = vars(console.api.scene.ports.state)
    console.open("lena", "/web/people/alice")
    for kind in (Grant, Token, AccessRequest):
        console.note(f"no list of {kind.__name__} can be read")
        readable = dict(state)
        unreadable.cannot_read(console.api.scene, kind)
        console.open("lena", "/web/people/alice")
        state.clear()
        state.update(readable)
    console.note("the trail cannot be read")
    console.api.scene.ports.trail.page = cannot_read  # type: ignore[method-assign]
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
