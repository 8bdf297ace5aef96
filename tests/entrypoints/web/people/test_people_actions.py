"""The forms about people and their grants: what they refuse, show and send."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.people.enrolments import Enrolment, parse_code
from chalicelib.domain.people.members import Kind
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.actions.people.enrolments import INSTALL
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    AFTER,
    a_grant,
    a_member,
    a_role,
    a_token,
    an_engagement,
    an_enrolment,
)
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript
from tests.fakes import NOON
from tests.rows import every

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
