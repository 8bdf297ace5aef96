"""Stops in the web console: what a lead sees before, during and after one, and if it fails."""

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.usecases.engagements import several
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.vending.stops.results import MAX_ROWS
from tests.builders import a_given_approval, a_member, a_request_id, a_token, an_engagement
from tests.usecases.unreadable import fail
from tests.usecases.vending.cut_offs.scene import NAMES, ROLE_ARN, run_job
from tests.usecases.vending.stops.stopping import CUT_OFF_ID, a_busy_scene

REASON = {"reason": "stolen laptop"}
GRANT = {"member": "alice", "engagement": "acme-prod"} | REASON
ENGAGEMENT = {"engagement": "acme-prod"} | REASON


@pytest.fixture
def scene():
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


@pytest.mark.parametrize("name", ["revoke-member", "member-leaves", "revoke-token"])
def test_a_lead_who_stops_themself_sees_the_result_once(console, name):
    fields = {"member": "lena"}
    if name == "revoke-token":
        fields["token"] = a_token("lena").id
    console.open("lena", f"/web/actions/{name}", **fields)
    console.act("lena", name, fields | REASON)
    console.open("lena", "/web/stops")
    if name != "revoke-token":
        console.open("lois", f"/web/stops/{name}", **fields)
    console.hold(f"stops/own-{name}")


def test_a_stop_that_was_undone_since_is_not_shown_as_done(console, scene):
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    reopen_engagement(scene.ports, scene.caller(), "acme-prod", why="false alarm")
    console.open(
        "lena", "/web/stops/revoke-engagement", engagement="acme-prod", done="revoke-engagement"
    )
    console.hold("stops/undone")


def test_the_result_says_when_it_has_not_read_all_access_that_the_member_approved(console, scene):
    bob = {"member": "bob"}
    console.act("lena", "revoke-member", bob | REASON)
    browser = console.browser("lena")
    more = "There may be more than this page lists."
    assert more not in browser.get("/web/stops/revoke-member", **bob).text
    ids = [a_request_id(number=number + 1) for number in range(MAX_ROWS)]
    scene.world.add(*(a_given_approval("bob", request=each) for each in ids))
    assert more in browser.get("/web/stops/revoke-member", **bob).text


def test_the_cut_off_becomes_seen(console, scene):
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    for member in ("lena", "ada"):
        console.open(member, "/web/cut-offs")
    run_job(scene)
    console.open("lena", "/web/stops/revoke-engagement", engagement="acme-prod")
    console.open("lena", "/web/cut-offs")
    console.hold("stops/cut-off-seen")


def test_the_clients_administrator_gets_a_policy_until_everyone_is_cut_off(console, scene):
    scene.world.add(an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID))
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    console.act("lena", "revoke-grant", GRANT)
    console.open("lena", "/web/cut-offs")
    console.open("lena", "/web/cut-offs", engagement="acme-prod")
    console.open("lena", "/web/cut-offs", engagement="nothing")
    console.act("lena", "revoke-engagement", ENGAGEMENT)
    run_job(scene)
    console.hold("stops/policy-for-the-client")


def test_an_unfinished_stop_can_be_continued(console, scene, monkeypatch):
    scene.world.add(an_engagement("acme-dev", external_id="daypass-" + "d" * 32))
    begin = several.begin_revocation
    answers = iter([begin])
    with monkeypatch.context() as patch:
        begin_one = lambda *args: next(answers, fail)(*args)  # noqa: E731
        patch.setattr(several, "begin_revocation", begin_one)
        console.act("lena", "revoke-client", {"client": "acme"} | REASON)
    console.post("lena", "/web/actions/revoke-client", {"client": "acme"} | REASON)
    console.hold("stops/unfinished")
