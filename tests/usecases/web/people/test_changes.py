"""The page on what a former lead set up and still works lists what the API lists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import ChangeMember, Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange
from chalicelib.usecases.people.lead_changes import find_lead_changes, suspend_member
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.web.people.changes import (
    MAX_TOKEN_LISTS,
    LeadChangesPage,
    read_lead_changes,
)
from tests.builders import Scene, a_member, a_role, an_engagement
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.lead_change_cases import (
    LEAD_CHANGE_CASES,
    READONLY,
    revoke_new_tokens,
    used_code,
)
from tests.usecases.people.suspended_leads import AfterSuspension, select_kinds


def suspend(scene: Scene) -> None:
    scene.do(suspend_member, "lena", why="gone bad", by="luis")


def all_pages(scene: Scene) -> list[LeadChangesPage]:
    pages = [read_lead_changes(scene.ports, "lena", cursor="")]
    while pages[-1].cursor:
        pages.append(read_lead_changes(scene.ports, "lena", cursor=pages[-1].cursor))
    return pages


@every("name", LEAD_CHANGE_CASES)
def test_it_lists_what_the_api_lists(name: str) -> None:
    scene = two_leads()
    act, kind, undo = LEAD_CHANGE_CASES[name]
    scene.do(act)
    suspend(scene)
    of_api = find_lead_changes(scene.ports, scene.get(Member, "lena"))
    (page,) = all_pages(scene)
    ended = select_kinds(AfterSuspension.ENDS)
    listed = [change for change in of_api.changes if change.kind not in ended]
    assert (list(page.changes), page.since) == (listed, of_api.since)
    assert [change.kind for change in listed] == [kind] * (kind not in ended)
    scene.later(seconds=1)
    scene.do(undo, by="luis")
    assert kind not in {change.kind for change in all_pages(scene)[0].changes}


def test_a_lead_who_stepped_down_is_shown_as_well() -> None:
    scene = two_leads()
    grant = CreateGrant(member="bob", roles=READONLY)
    scene.do(create_grant, "acme-prod", grant)
    scene.later(seconds=1)
    scene.do(change_member, "lena", ChangeMember(kind=Kind.MEMBER), by="luis")
    (page,) = all_pages(scene)
    assert page.changes == (
        LeadChange(kind=ChangeKind.GRANT, at=NOON, engagement="acme-prod", member="bob"),
    )


@every("member", ["alice", "nobody"])
def test_it_is_only_about_those_who_led(member: str) -> None:
    with pytest.raises(NotFound) as refusal:
        read_lead_changes(two_leads().ports, member)
    assert refusal.value.reason is Reason.NO_SUCH_MEMBER


def test_the_tokens_of_further_members_are_named_as_unknown() -> None:
    """Each member's tokens cost a call. None of them is hidden."""
    scene = two_leads()
    members = [f"m-{number}" for number in range(5)]
    for member in members:
        scene.add(a_member(member))
        scene.do(used_code, member)
        scene.later(seconds=1)
    suspend(scene)
    (page,) = all_pages(scene)
    tokens = [change.member for change in page.changes if change.kind is ChangeKind.TOKEN]
    unknown = [code.member for code in page.unchecked]
    assert len(tokens) == MAX_TOKEN_LISTS
    assert sorted(tokens + unknown) == members
    assert all(code.used_at is not None for code in page.unchecked)


def test_a_token_of_a_code_that_was_replaced_is_listed() -> None:
    scene = two_leads()
    scene.do(used_code)
    scene.later(seconds=1)
    scene.do(used_code)
    suspend(scene)
    (page,) = all_pages(scene)
    assert len([change for change in page.changes if change.kind is ChangeKind.TOKEN]) == 2


def test_a_token_that_was_just_revoked_is_not_listed() -> None:
    scene = two_leads()
    scene.do(used_code)
    suspend(scene)
    (page,) = all_pages(scene)
    token_id = page.changes[0].id
    token = next(item for item in scene.find(Token, where=lambda t: t.id == token_id))
    scene.do(revoke_new_tokens, by="luis")
    scene.add(token)  # as before the stop was applied
    assert all_pages(scene)[0].changes == ()


def test_many_changes_come_in_pages_and_each_once() -> None:
    scene = two_leads()
    names = [f"client-{number:03}" for number in range(130)]
    for name in names:
        scene.add(an_engagement(name), a_role(engagement=name))
        grant = CreateGrant(member="bob", roles=READONLY)
        scene.do(create_grant, name, grant)
        scene.later(seconds=1)
    suspend(scene)
    pages = all_pages(scene)
    assert [change.engagement for page in pages for change in page.changes] == names[::-1]
    assert len(pages) > 1


def test_nothing_older_than_90_days_is_read() -> None:
    scene = two_leads()
    scene.do(used_code)
    scene.later(days=90, seconds=1)
    suspend(scene)
    (page,) = all_pages(scene)
    assert page.changes == ()
    assert page.since == NOON + timedelta(seconds=1)
