"""Leads' actions: the preview that every door shows, and a request that is sent twice or late."""

from datetime import timedelta

import pytest
from msgspec import convert
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import (
    ChangeEngagement,
    ChangeGrant,
    CreateGrant,
    CutOffMethod,
)
from chalicelib.domain.errors import Conflict, DaypassError, NotFound
from chalicelib.domain.onboarding.requests import GrantsToRenew, OpenEngagement, RenewEngagement
from chalicelib.domain.people.enrolments import CreateEnrolment
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.usecases.actions import Draft
from chalicelib.usecases.engagements.engagements import change_engagement, reopen_engagement
from chalicelib.usecases.engagements.grants import change_grant, create_grant
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.people.members import change_member, create_enrolment, reinstate_member
from chalicelib.usecases.requests.actions import ACTIONS, preview
from chalicelib.usecases.verification.verify import begin_rotation
from tests.builders import (
    AFTER,
    a_block,
    a_client_approver,
    a_grant,
    a_link,
    a_member,
    a_role,
    a_scene,
    an_engagement,
    an_enrolment,
)
from tests.domain.people.jobs_table import GITLAB_SUBJECT
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, PROVIDER
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import refusal_of, refused_field
from tests.usecases.vending.stops.stopping import text_of

ACME, ALICE = {"engagement": "acme-prod"}, {"member": "alice"}
CI, JOB = {"member": "ci"}, {"issuer": PROVIDER.issuer, "subject": JOB_SUBJECT}
JO = {**ACME, "approver": "jo"}
LINK = a_link()
END = "2027-03-31T18:00:00Z"
STATES = {
    "as it is": [],
    "over, suspended or under way": [
        an_engagement(
            ends_at=NOON - timedelta(days=1), next_external_id="daypass-next", closed_at=NOON
        ),
        a_member("alice", suspended_at=NOON, kind=Kind.LEAD),
        a_member("bob", suspended_at=NOON, left_at=NOON),
        a_grant(revoked_at=NOON),
        a_client_approver("jo", is_contact=True),
        a_block("acme-prod"),
        an_enrolment("alice", used_at=NOON),
    ],
    "of a strict client": [an_engagement(requires_client_approval=True)],
}
SUSPENDED = {"over, suspended or under way": NOON}
"""When the machine was suspended."""
DRAFTS = [
    ("invite-member", {}),
    ("invite-member", {"kind": "lead"}),
    ("invite-member", {"kind": "machine"}),
    ("create-enrolment", ALICE),
    ("create-enrolment", {"member": "lois"}),
    ("change-member", ALICE),
    ("change-member", {**ALICE, "kind": "auditor"}),
    ("change-member", {"member": "lena", "kind": "member"}),
    ("reinstate-member", ALICE),
    ("reinstate-member", CI),
    ("create-enrolment", CI),
    ("change-member", CI),
    ("change-member", {**CI, "kind": "lead"}),
    ("change-member", {**ALICE, "kind": "machine"}),
    ("bind-job", {**ALICE, **JOB}),
    ("bind-job", {**CI, **JOB}),
    ("bind-job", {**CI, **JOB, "subject": GITLAB_SUBJECT}),
    ("bind-job", {**CI, **JOB, "subject": "repo:acme/shop:pull_request"}),
    ("bind-job", {**CI, **JOB, "issuer": "https://ci.example"}),
    ("reinstate-member", {"member": "bob"}),
    ("grant-access", {**ACME, "member": "bob"}),
    (
        "grant-access",
        {**ACME, "member": "bob", "roles": ["readonly", "deploy"], "ends_at": END}
        | {"on_request": ["deploy"], "emergency": ["deploy"]},
    ),
    ("grant-access", {**ACME, "member": "ada"}),
    ("change-grant", {**ACME, **ALICE}),
    ("change-grant", {**ACME, **ALICE, "roles": ["readonly"]}),
    ("change-grant", {**ACME, **ALICE, "roles": ["deploy"], "on_request": ["deploy"]}),
    ("change-grant", {**ACME, **ALICE, "ends_at": END}),
    ("change-engagement", ACME),
    ("change-engagement", {**ACME, "agents": "allow", "cut_off": "brake"}),
    ("change-engagement", {**ACME, "ends_at": END}),
    ("reopen-engagement", ACME),
    ("open-engagement", {}),
    (
        "open-engagement",
        {"account_id": "987654321098", "client": "Stark", "agents": "refuse", "cut_off": "none"},
    ),
    ("open-engagement", {"account_id": "987654321098", "client": " ACME"}),
    ("renew-engagement", ACME),
    *(("renew-engagement", {**ACME, "ends_at": END, "grants": each}) for each in GrantsToRenew),
    ("rotate-external-id", ACME),
    ("thaw", {}),
    ("lift-pause", ACME),
    ("revoke-approver", JO),
    ("require-client-approval", ACME),
    ("add-role", ACME),
    ("add-role", {**ACME, "arn": "arn:aws:iam::987654321098:role/New"}),
    ("change-role", {**ACME, "role": "deploy"}),
    ("change-role", {**ACME, "role": "deploy", "arn": "arn:aws:iam::987654321098:role/New"}),
    ("change-role", {**ACME, "role": "nothing"}),
    ("revoke-link", {**ACME, "link": LINK.id}),
    ("revoke-link", {**ACME, "link": "0" * 12}),
]


def test_each_preview_is_as_its_file_says():
    texts = []
    for state, items in STATES.items():
        scene = a_scene(
            a_client_approver("jo"), a_role("deploy"), an_enrolment("alice"), LINK, *items
        )
        scene.add(a_member("ci", kind=Kind.MACHINE, suspended_at=SUSPENDED.get(state)))
        before = dict(scene.items), list(scene.entries)
        texts.append(f"=== {state}")
        for name, draft in DRAFTS:
            texts.append(f"# {name} {draft or ''}".rstrip())
            try:
                shown = scene.do(preview, name, convert(draft, Draft))
            except DaypassError as error:
                texts.append(f"{error.reason.value}: {error.detail}")
                continue
            version = "" if shown.version is None else f" (version {shown.version})"
            texts += [f"{shown.title}{version}", *shown.warnings, text_of(shown, "Effect")]
        assert (dict(scene.items), list(scene.entries)) == before
    hold_against_file("actions/previews.txt", "\n".join(texts))
    assert {name for name, _ in DRAFTS} == set(ACTIONS)


@every("name", [name for name, each in ACTIONS.items() if each.names])
def test_a_preview_names_what_is_missing(name):
    scene = a_scene()
    assert refused_field(scene.do, preview, name, Draft()) in ACTIONS[name].names


def test_there_is_no_other_preview():
    scene = a_scene()
    with pytest.raises(NotFound):
        scene.do(preview, "no-such", Draft())


LONGER = AFTER + timedelta(days=9)
RENEWAL = RenewEngagement(ends_at=LONGER, grants=GrantsToRenew.NONE, why="w")
# Each action whose request names the version that the lead saw
CHANGING = [
    (change_grant, "acme-prod", "alice", ChangeGrant(ends_at=AFTER - timedelta(days=1))),
    (change_engagement, "acme-prod", ChangeEngagement(cut_off=CutOffMethod.DENY_ALL)),
    (change_member, "alice", ChangeMember(name="Alice B.")),
    (renew_engagement, "acme-prod", RENEWAL),
]


@every("change", CHANGING)
def test_a_change_of_what_someone_else_has_changed_is_refused(change):
    (*action, request), scene = change, a_scene()
    before = dict(scene.items)
    late = replace(request, version=7)
    assert refusal_of(Conflict, scene.do, *action, late) == "changed-meanwhile"
    assert scene.items == before
    scene.do(*action, replace(request, version=1))
    entries, items = list(scene.entries), dict(scene.items)
    scene.do(*action, replace(request, version=1))  # sent twice: it is so already
    assert (scene.entries, scene.items) == (entries, items)


def test_a_request_for_a_code_that_is_sent_twice_keeps_the_first_answers_code():
    scene = a_scene()
    first = scene.do(create_enrolment, "alice", CreateEnrolment(version=1))
    with pytest.raises(Conflict):
        scene.do(create_enrolment, "alice", CreateEnrolment(version=1))
    assert scene.items[type(first.enrolment), ("alice",)] == first.enrolment


GRANT = CreateGrant(member="alice", roles=frozenset({"readonly"}))
OPENING = OpenEngagement(
    id="initech", client="Initech", account_id="765432109876", ends_at=AFTER + timedelta(days=1)
)
CLOSED = an_engagement("closed", external_id="daypass-closed", closed_at=NOON)
TWICE = {
    "grant-access": (create_grant, "globex", GRANT),
    "open-engagement": (open_engagement, OPENING),
    "reopen-engagement": (reopen_engagement, "closed"),
    "reinstate-member": (reinstate_member, "sam"),
    "rotate-external-id": (begin_rotation, "acme-prod"),
}


@every("name", TWICE)
def test_an_action_that_is_sent_twice_is_done_once(name):
    scene = a_scene(a_member("sam", suspended_at=NOON), CLOSED)
    first = scene.do(*TWICE[name])
    entries, items = list(scene.entries), dict(scene.items)
    again = scene.do(*TWICE[name])
    assert (scene.entries, scene.items) == (entries, items)
    assert getattr(again, "engagement", again) == getattr(first, "engagement", first)


OTHERS = [
    (create_grant, "acme-prod", replace(GRANT, roles=frozenset({"deploy"}))),
    (open_engagement, replace(OPENING, id="acme-prod")),
]


@every("create", OTHERS)
def test_what_exists_otherwise_is_not_replaced(create):
    assert refusal_of(Conflict, a_scene().do, *create) == "already-exists"
