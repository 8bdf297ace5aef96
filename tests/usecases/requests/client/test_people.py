"""The client's approvers confirm and remove each other, on their page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.errors import AccessDenied, Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Outcome
from chalicelib.usecases.requests.client.approvers import (
    list_former_approvers,
    name_approver,
    revoke_approver,
)
from chalicelib.usecases.requests.client.people import confirm_on_page, remove_on_page
from chalicelib.usecases.requests.client.requirement import set_client_approval
from tests.builders import APPROVER_TEXT, a_member, a_token, an_approver_link
from tests.fakes import NOON
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, ApprovalScene
from tests.usecases.requests.client.scene import API_URL, an_approver

PAT = "pat"
NEW_TEXT = "f2345672" * 6 + "newp"


def a_ruled_scene() -> ApprovalScene:
    """Return a scene in which the client requires its approval, jo and pat approve, and lena has
    just named max."""
    scene = ApprovalScene()
    set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address=PHONE)
    scene.world.later(minutes=1)
    name_max(scene)
    return scene


def name_max(scene: ApprovalScene, id: str = "max", text: str = NEW_TEXT) -> ClientApprover:
    """Have lena name someone, whose link has this text."""
    body = NameApprover(id=id, name=id.title(), email=f"{id}@elsewhere.example")
    approver = name_approver(scene.ports, scene.scene.caller(), "acme-prod", body, api_url=API_URL)
    scene.world.add(an_approver_link(text, approver=id, created_at=scene.world.clock))
    return approver


def stored(scene: ApprovalScene, id: str = "max") -> ClientApprover:
    return scene.scene.stored(ClientApprover, "acme-prod", id)


def confirm(scene: ApprovalScene, approver: str = "max", text: str = APPROVER_TEXT) -> None:
    confirm_on_page(scene.ports, text, approver, address=PHONE)


def remove(scene: ApprovalScene, approver: str = "max", text: str = APPROVER_TEXT) -> None:
    remove_on_page(scene.ports, text, approver, address=PHONE)


def refusal(scene: ApprovalScene, text: str) -> AccessDenied:
    with pytest.raises(AccessDenied) as error:
        scene.approve(scene.request(), text)
    return error.value


def test_under_the_rule_a_lead_only_proposes_an_approver() -> None:
    scene = a_ruled_scene()
    scene.world.later(days=20)
    error = refusal(scene, NEW_TEXT)
    assert error.reason is Reason.NOT_CONFIRMED
    assert error.detail == (
        "Your approval counts after someone who approves for your company already has confirmed"
        " you, on their page. Until then, Jo Doe (jo@acme.example), Pat Doe (pat@acme.example) can"
        " decide. You can deny requests already."
    )
    request = scene.request()
    scene.deny(request, NEW_TEXT)


def test_whom_someone_at_the_client_confirms_approves_a_day_after_the_naming() -> None:
    scene = a_ruled_scene()
    confirm(scene)
    confirm(scene)
    (entry,) = [each for each in scene.world.entries if each.action is Action.APPROVER_CONFIRM]
    assert (entry.actor, entry.address) == (CLIENT, PHONE)
    assert (entry.details["approver"], entry.details["by_approver"]) == ("max", "jo")
    assert (stored(scene).confirmed_by, stored(scene).confirmed_at) == ("jo", scene.world.clock)
    assert refusal(scene, NEW_TEXT).reason is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    scene.approve(scene.request(), NEW_TEXT)


def test_who_does_not_count_confirms_no_one() -> None:
    scene = a_ruled_scene()
    name_max(scene, "eve", "g2345672" * 6 + "evee")
    assert reason_of(confirm, scene, "eve", NEW_TEXT) is Reason.NOT_CONFIRMED
    refused = scene.world.entries[-1]
    assert (refused.action, refused.outcome) == (Action.APPROVER_CONFIRM, Outcome.REFUSED)
    assert refused.details == {"approver": "eve", "by_approver": "max"}
    with pytest.raises(AccessDenied):
        confirm(scene, "max", NEW_TEXT)


def test_no_one_confirms_themself_or_someone_who_is_gone_or_without_the_rule() -> None:
    scene = a_ruled_scene()
    with pytest.raises(Conflict):
        confirm(scene, "jo")
    with pytest.raises(NotFound):
        confirm(scene, "nobody")
    remove(scene)
    with pytest.raises(NotFound):
        confirm(scene)
    free = ApprovalScene()
    with pytest.raises(Conflict):
        confirm(free, PAT)


def test_who_counts_removes_anyone_else_and_who_does_not_removes_those_who_do_not() -> None:
    scene = a_ruled_scene()
    name_max(scene, "eve", "g2345672" * 6 + "evee")
    with pytest.raises(AccessDenied):
        remove(scene, "jo", NEW_TEXT)
    assert (scene.world.entries[-1].action, scene.world.entries[-1].outcome) == (
        Action.APPROVER_REVOKE,
        Outcome.REFUSED,
    )
    with pytest.raises(AccessDenied):
        remove(scene, "max", NEW_TEXT)
    remove(scene, "eve", NEW_TEXT)
    remove(scene, PAT)
    assert not stored(scene, "eve").is_active
    assert not stored(scene, PAT).is_active
    entry = scene.world.entries[-1]
    assert (entry.actor, entry.details["by_approver"]) == (CLIENT, "jo")


def test_who_is_removed_takes_along_what_they_approved() -> None:
    scene = ApprovalScene()
    scene.approve(scene.request(ends_at=NOON + timedelta(hours=3)), OTHER_TEXT)
    scene.vend()
    for _ in range(2):
        remove(scene, PAT)
    assert reason_of(scene.vend) is Reason.APPROVAL_REVOKED


def test_with_no_approver_left_a_proposal_counts_after_72_hours() -> None:
    scene = a_ruled_scene()
    lead = scene.scene.caller()
    for each in ("jo", PAT, "max"):
        revoke_approver(scene.ports, lead, "acme-prod", each, why="left")
    scene.world.later(minutes=1)
    assert name_max(scene).named_alone
    text = "h2345672" * 6 + "newm"
    scene.world.add(an_approver_link(text, approver="max", created_at=scene.world.clock))
    scene.world.later(hours=71)
    error = refusal(scene, text)
    assert error.reason is Reason.RIGHT_TOO_NEW
    assert "Until then, no one at your company can approve." in error.detail
    scene.world.later(hours=1)
    scene.approve(scene.request(), text)


EVES_TEXT = "g2345672" * 6 + "evee"


def revoke_all(scene: ApprovalScene, *people: str) -> None:
    """Have lena revoke these approvers, and wait a minute."""
    for each in people:
        revoke_approver(scene.ports, scene.scene.caller(), "acme-prod", each, why="left")
    scene.world.later(minutes=1)


def name_jo_again(scene: ApprovalScene, **changes: Any) -> None:
    body = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example", **changes)
    name_approver(scene.ports, scene.scene.caller(), "acme-prod", body, api_url=API_URL)


def test_a_former_approver_refuses_a_proposal_with_any_link() -> None:
    scene = a_ruled_scene()
    revoke_all(scene, "jo", PAT, "max")
    with pytest.raises(NotFound):  # no one is proposed
        remove(scene, "eve")
    name_max(scene, "eve", EVES_TEXT)
    remove(scene, "eve")
    assert not stored(scene, "eve").is_active
    with pytest.raises(NotFound):
        scene.page()
    scene.world.later(hours=72)
    with pytest.raises(NotFound):
        remove(scene, "eve")


def test_no_one_silences_a_former_approver_while_a_proposal_waits() -> None:
    scene = a_ruled_scene()
    revoke_all(scene, "jo", PAT, "max")
    name_max(scene, "eve", EVES_TEXT)
    name_jo_again(scene)
    remove(scene, "jo", EVES_TEXT)
    name_jo_again(scene)
    revoke_all(scene, "jo")
    with pytest.raises(InvalidRequest):
        name_jo_again(scene, is_contact=True)
    former = [each.id for each in list_former_approvers(scene.ports, "acme-prod")]
    assert former == ["jo", PAT]  # not max, who never counted
    remove(scene, "eve")
    assert not stored(scene, "eve").is_active


def test_whom_an_approver_who_counts_removed_refuses_no_one() -> None:
    scene = a_ruled_scene()
    remove(scene, "jo", OTHER_TEXT)
    name_jo_again(scene)
    revoke_all(scene, "jo", PAT, "max")
    name_max(scene, "eve", EVES_TEXT)
    assert [each.id for each in list_former_approvers(scene.ports, "acme-prod")] == [PAT]
    with pytest.raises(NotFound):
        remove(scene, "eve")


def test_a_former_approver_refuses_no_one_who_counts_and_not_themself() -> None:
    scene = a_ruled_scene()
    revoke_all(scene, "jo", PAT, "max")
    name_max(scene, "eve", EVES_TEXT)
    scene.world.add(an_approver("ann"))
    name_jo_again(scene)
    for each in ("ann", "jo"):
        with pytest.raises(AccessDenied):
            remove(scene, each)


def test_whom_a_suspended_lead_named_waits_for_another_lead() -> None:
    scene = ApprovalScene(client=True)
    max_before = name_max(scene)
    scene.world.add(a_member("mia", kind=Kind.LEAD))
    scene.world.later(hours=25)
    scene.world.add(a_member("lena", kind=Kind.LEAD, suspended_at=scene.world.clock))
    error = refusal(scene, NEW_TEXT)
    assert error.reason is Reason.LEAD_SUSPENDED
    again = NameApprover(id="max", name="Max", email="max@elsewhere.example")

    def name_again(by: str) -> ClientApprover:
        caller = scene.scene.caller(by)
        return name_approver(scene.ports, caller, "acme-prod", again, api_url=API_URL)

    scene.world.add(a_member("quinn", kind=Kind.LEAD, kind_set_at=scene.world.clock))
    scene.world.add(a_token("quinn"), a_token("mia"))
    assert reason_of(name_again, "quinn") is Reason.RIGHT_TOO_NEW
    confirmed = name_again("mia")
    assert (confirmed.named_by, confirmed.responsible_lead) == ("lena", "mia")
    assert confirmed.named_at == max_before.named_at
    scene.approve(scene.request(), NEW_TEXT)
    assert reason_of(name_again, "mia") is Reason.ALREADY_EXISTS


def test_whom_the_client_confirmed_does_not_wait_for_a_lead() -> None:
    scene = a_ruled_scene()
    confirm(scene)
    scene.world.later(hours=24)
    scene.world.add(a_member("lena", kind=Kind.LEAD, suspended_at=scene.world.clock))
    scene.approve(scene.request(), NEW_TEXT)
