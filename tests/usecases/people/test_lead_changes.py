"""A suspended lead's changes that are still in force: the most dangerous first, and bounded."""

import hashlib
import itertools
from datetime import timedelta

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.engagements.engagements import ChangeEngagement, CreateGrant
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import (
    read_lead_changes,
    suspend_member,
)
from chalicelib.usecases.people.members import change_member, create_enrolment
from chalicelib.usecases.requests.client.approvers import name_approver
from tests.adapters.scene import entry
from tests.builders import AFTER, a_grant, a_member, a_role, a_token, an_engagement
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.changes_table import call, two_leads
from tests.usecases.people.lead_change_cases import (
    LEAD_CHANGE_CASES,
    READONLY,
    granted,
    made,
    opened,
    used_code,
)
from tests.usecases.refusals import refusal_of
from tests.usecases.unreadable import fail

CREATED = ("a member created", "a lead created")
"""These create a member that another change creates as well."""


def suspend(scene, member="lena"):
    return scene.do(suspend_member, member, why="gone bad", by="luis")


def changes_of_lena(scene):
    return suspend(scene).lead_changes


@every("name", LEAD_CHANGE_CASES)
def test_changes_are_listed_that_were_not_undone_and_are_not_anothers_or_old(name):
    act, kind, undo = LEAD_CHANGE_CASES[name]
    scene = two_leads()
    scene.do(act)
    assert kind in changes_of_lena(scene).counts
    scene = two_leads()
    scene.do(act)
    scene.later(seconds=1)
    scene.do(undo, by="luis")
    assert kind not in changes_of_lena(scene).counts
    scene = two_leads()
    scene.do(act, by="luis")  # lena received a grant from luis; she did not make it
    assert changes_of_lena(scene).counts == {}
    scene = two_leads()
    scene.do(act)
    scene.later(days=90, seconds=1)
    result = changes_of_lena(scene)
    assert (result.counts, result.changes) == ({}, ())
    assert result.since == NOON + timedelta(seconds=1)


ENDING = ["a grant to herself", "a grant", "an override", "a link", "a code"]
"""Changes that end by themselves."""


@every("member", ["alice", "nobody"])
def test_only_those_who_led_have_changes(member):
    scene = two_leads()
    assert refusal_of(NotFound, read_lead_changes, scene.ports, member) == "no-such-member"
    assert member == "nobody" or suspend(scene, member).lead_changes is None


def test_changes_are_sorted_by_danger_and_then_latest_first():
    scene = two_leads()
    for name, (act, *_) in reversed(LEAD_CHANGE_CASES.items()):
        scene.later(minutes=1)
        if name not in CREATED:
            scene.do(act)
    first = changes_of_lena(scene)
    entries = len(scene.entries)
    assert changes_of_lena(scene) == first, "she is suspended again"
    assert len(scene.entries) == entries
    changes = first.changes
    assert changes[0].text == "They gave themself a grant."
    assert all(kind.text.endswith(".") for kind in ChangeKind)
    assert [change.kind for change in changes] == sorted(
        (d.kind for d in changes), key=list(ChangeKind).index
    )
    assert changes[0].kind is ChangeKind.OWN_GRANT
    for item, other in itertools.pairwise(changes):
        assert item.kind is not other.kind or item.at >= other.at


@every("name, member", [("a grant", "bob"), ("a grant from another lead, changed", "alice")])
def test_a_grant_that_another_lead_made_again_is_not_listed(name, member):
    scene = two_leads()
    scene.add(a_grant("alice", granted_by="luis"))
    act, kind, _ = LEAD_CHANGE_CASES[name]
    scene.do(act)
    assert read_lead_changes(scene.ports, "lena").counts == {kind: 1}
    scene.later(days=2)
    granted_again = CreateGrant(member=member, roles=READONLY)
    scene.do(create_grant, "acme-prod", granted_again, by="luis")
    assert changes_of_lena(scene).counts == {}


def moves(days):
    """Return a change of the end of acme-prod to so many days after its first end."""
    end = ChangeEngagement(ends_at=AFTER + timedelta(days=days))
    return call(change_engagement, "acme-prod", end)


@every(
    "act, days, by_luis, counts",
    [
        *((LEAD_CHANGE_CASES[name][0], 15, None, {}) for name in ENDING),
        (moves(9), 29, None, {}),
        (moves(9), 30, None, {ChangeKind.REOPENED: 1}),
        (moves(9), 39, None, {}),
        (moves(-9), 1, None, {}),
        (moves(-9), 31, moves(9), {}),
        (call(change_member, "luis", ChangeMember(name="Luis B")), 0, None, {}),
        (made("bob", Kind.AUDITOR), 0, made("bob", Kind.LEAD), {}),
        (LEAD_CHANGE_CASES["a link"][0], 0, made("lena", Kind.MEMBER), {}),
        (LEAD_CHANGE_CASES["a code"][0], 0, made("lena", Kind.MEMBER), {}),
        (granted("bob"), 0, made("lena", Kind.MEMBER), {ChangeKind.GRANT: 1}),
    ],
)
def test_what_others_changed_or_time_ended_is_not_listed(act, days, by_luis, counts):
    scene = two_leads()
    scene.do(act)
    scene.later(seconds=1)
    if by_luis:
        scene.do(by_luis, by="luis")
    scene.add(a_token("luis", expires_at=AFTER + timedelta(days=99)))
    scene.later(days=days)
    assert changes_of_lena(scene).counts == counts


def test_a_token_from_a_replaced_code_is_listed_too():
    scene = two_leads()
    for _ in range(2):
        scene.do(used_code)
    scene.do(create_enrolment, "bob", by="luis")
    result = changes_of_lena(scene)
    assert result.counts == {ChangeKind.TOKEN: 2}
    ids = {t.id for t in scene.ports.state.list(Token, member="bob", limit=9).items if t.enrolment}
    assert {change.id for change in result.changes} == ids


def test_the_link_created_with_an_engagement_is_listed():
    scene = two_leads()
    scene.do(opened)
    (link,) = scene.ports.state.list(SetupLink, engagement="initech", limit=9).items
    (change,) = changes_of_lena(scene).changes
    assert (change.kind, change.engagement, change.id) == (ChangeKind.LINK, "initech", link.id)


def test_an_approver_is_listed_by_name_and_a_contact_is_not():
    scene = two_leads()
    for name, is_contact in (("jo", False), ("kim", True)):
        person = NameApprover(id=name, name="Name", email="x@acme.example", is_contact=is_contact)
        scene.do(name_approver, "acme-prod", person, api_url="https://api.example")
    (change,) = changes_of_lena(scene).changes
    assert (change.kind, change.engagement, change.id) == (ChangeKind.APPROVER, "acme-prod", "jo")


def test_the_suspension_holds_although_the_changes_cannot_be_read():
    scene = two_leads()
    scene.do(granted("lena"))
    trail, page = scene.ports.trail, scene.ports.trail.page
    trail.page = fail
    unread = changes_of_lena(scene)
    assert (unread.counts, unread.is_complete) == ({}, False)
    trail.page = page
    assert changes_of_lena(scene).counts == {ChangeKind.OWN_GRANT: 1}


def test_the_answer_is_bounded_and_the_counts_are_not():
    scene = two_leads()
    for number in range(250):
        name = f"n{number:03}"
        scene.add(a_member(name), a_grant(name, granted_by="lena"))
        scene.entries.append(did(name, Action.GRANT_CREATE, number, subject=name))
    scene.do(granted("lena"))
    result = changes_of_lena(scene)
    assert result.counts == {ChangeKind.OWN_GRANT: 1, ChangeKind.GRANT: 250}
    assert len(result.changes) == 200
    assert [change.member for change in result.changes[:2]] == ["lena", "n249"]
    assert result.is_complete


def did(name, action, number, **more):
    at = NOON - timedelta(days=1) + timedelta(seconds=number)
    facts = {"engagement": "acme-prod", "action": action, "outcome": Outcome.DONE}
    return entry(name, at=at, **(facts | more))


def test_too_many_entries_are_reported_as_incomplete():
    scene = two_leads()
    for number in range(5001):
        scene.entries.append(did(f"e{number:04}", Action.ENGAGEMENT_CHANGE, number))
    assert not changes_of_lena(scene).is_complete


@every("count, is_complete", [(100, True), (101, False)])
@every("kind", ["links", "codes"])
def test_too_many_lists_are_reported_as_incomplete(kind, count, *, is_complete):
    scene = two_leads()
    for number in range(count):
        name = f"n{number:03}"
        scene.add(an_engagement(name), a_role(engagement=name), a_member(name))
        action = Action.LINK_CREATE if kind == "links" else Action.ENROLMENT_CREATE
        detail = {"link": "0" * 12} if kind == "links" else {"enrolment": "0" * 12}
        about = {"engagement": name, "subject": "" if kind == "links" else name}
        scene.entries.append(did(name, action, number, details=detail, **about))
    assert changes_of_lena(scene).is_complete is is_complete


CODE = "c" * 64


@every("other_members, is_complete", [(0, True), (97, True), (98, False)])
def test_a_list_of_many_pages_is_read_to_its_end(other_members, *, is_complete):
    """Each page counts as one list towards the limit."""
    scene = two_leads()
    for number in range(2001):
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        scene.add(a_token("bob", hash=digest, enrolment=CODE))
    for number, member in enumerate(["bob", *(f"n{number}" for number in range(other_members))]):
        about = {"engagement": "", "subject": member, "details": {"enrolment": CODE[:12]}}
        scene.entries.append(did(member, Action.ENROLMENT_CREATE, -number, **about))
    result = changes_of_lena(scene)
    assert result.counts == {ChangeKind.TOKEN: 2001}
    assert result.is_complete is is_complete
