"""The console's pages and forms about people and their grants, through the real app."""

import re
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.people.enrolments import Enrolment, parse_code
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.actions.people.members import INSTALL
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
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
)
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.unreadable import cannot_read, fail

BEN = {"id": "ben", "name": "Ben Berg", "kind": "member"}
WHY = {"reason": "lost laptop"}
ALICE, BOB = ({"engagement": "acme-prod", "member": member} for member in ("alice", "bob"))


@every(
    "action, fields",
    [("invite-member", BEN), ("create-enrolment", {"member": "ben"})],
)
def test_the_code_that_is_shown_is_the_stored_one_and_not_on_the_trail(action, fields):
    with fresh_api() as api:
        if action == "create-enrolment":
            api.world.add(a_member("ben"))
        page = enter(api, "lena").act(action, fields)
        (code,) = set(re.findall(r"daypass_enrol_[0-9A-Za-z_-]+", page.text))
        presented = parse_code(code)
        assert presented is not None
        assert api.world.items[Enrolment, ("ben",)].hash == presented.hash
        assert code not in repr(api.world.entries)


def test_the_invitation_installs_the_command_as_the_guide_does():
    assert f"```sh\n{INSTALL}\n```" in Path("docs/using.md").read_text(encoding="utf-8")


def test_what_mallory_set_up_is_listed(console):
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
    console.open("lena", "/web/people/alice/changes")
    console.hold("people/what-mallory-set-up")


def test_revoke_ones_own_tokens_and_see_the_sessions_that_outlive_them(
    console,
):
    scene = console.api.scene
    vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    scene.world.add(a_token("alice", hash="d" * 64, label="desktop"))
    console.act("alice", "revoke-own-token", {"token": "d" * 12} | WHY)
    sign_in = {"token": a_token("alice").id}
    console.open("alice", "/web/actions/revoke-own-token", **sign_in)
    console.act("alice", "revoke-own-token", sign_in | WHY)
    console.open("alice", "/web/me")
    console.hold("people/own-tokens")


def test_the_forms_of_grants(console):
    wrong = (
        {},
        {"access": ["readonly:never", "deploy:never"], "ends_at": "tomorrow"},
        {"access": ["readonly:always"], "ends_at": "2020-01-01T00:00"},
        # what no page sends
        {"access": ["readonly:always", "readonly:on-request"]},
        {"access": ["readonly:sometimes"]},
        {"access": ["readonly"]},
        {"access": ["ended:always"]},
        {"access": [f"r-{number}:always" for number in range(21)]},
    )
    path = "/web/actions/grant-access"
    console.note("acme-prod has three roles", a_role("deploy"), a_role("ended", ended_at=NOON))
    for query in ({}, {"member": "bob"}, {"engagement": "acme-prod"}, BOB):
        console.open("lena", path, **query)
    console.open("lena", path, **(BOB | {"engagement": "no-such"}))
    for fields in wrong:
        console.post("lena", path, BOB | fields)
    console.act("lena", "grant-access", BOB | {"access": ["readonly:always", "deploy:emergency"]})
    console.open("lena", "/web/actions/change-grant", **BOB)
    console.hold("people/grants")


def test_a_persons_page_in_each_state(console):
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
        "she waits for an approval, and for the confirmation of an emergency",
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


def test_a_part_that_cannot_be_read_is_named(console):
    state = vars(console.api.scene.ports.state)
    console.open("lena", "/web/people/alice")
    for kind in (Grant, Token, AccessRequest):
        console.note(f"no list of {kind.__name__} can be read")
        readable = dict(state)
        cannot_read(console.api.scene, kind)
        console.open("lena", "/web/people/alice")
        state.clear()
        state.update(readable)
    console.note("the trail cannot be read")
    console.api.scene.ports.trail.page = fail  # type: ignore[method-assign]
    console.open("lena", "/web/people/alice")
    console.hold("people/unread")
