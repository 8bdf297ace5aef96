"""The client's approvers confirm and remove each other, on their page."""

from datetime import timedelta

from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.requests.client.approvers import (
    list_former_approvers,
    name_approver,
    revoke_approver,
)
from chalicelib.usecases.requests.client.rules import (
    confirm_on_page,
    remove_on_page,
    set_client_approval,
)
from tests.builders import APPROVER_TEXT, a_client_approver, a_member, a_token, an_approver_link
from tests.fakes import NOON
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, an_approval_scene
from tests.usecases.requests.client.scene import API_URL, an_approver
from tests.usecases.telling import Telling

PAT = "pat"
NEW_TEXT = "f2345672" * 6 + "newp"
EVES_TEXT = "g2345672" * 6 + "evee"
JOS = APPROVER_TEXT


def a_ruled_scene():
    """Return a scene in which the client requires its approval, jo and pat approve, and lena has
    just named max."""
    scene = an_approval_scene()
    set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address=PHONE)
    scene.later(minutes=1)
    name_max(scene)
    return scene


def name_max(scene, id="max", text=NEW_TEXT, *, by="lena"):
    """Have a lead name someone, whose link has this text."""
    body = NameApprover(id=id, name=id.title(), email=f"{id}@elsewhere.example")
    lead = scene.caller(by)
    approver = name_approver(scene.ports, lead, "acme-prod", body, api_url=API_URL)
    scene.add(an_approver_link(text, approver=id, created_at=scene.clock))
    return approver


def stored(scene, id="max"):
    return scene.stored(ClientApprover, "acme-prod", id)


def confirm(scene, approver="max", text=APPROVER_TEXT):
    confirm_on_page(scene.ports, text, approver, address=PHONE)


def remove(scene, approver="max", text=APPROVER_TEXT):
    remove_on_page(scene.ports, text, approver, address=PHONE)


def approve(scene, text=NEW_TEXT):
    """Have someone ask, and someone at the client approve it."""
    scene.approve(scene.request(), text)


def test_what_each_person_at_the_client_changes_is_as_the_file_says():
    story = Telling()
    scene = story.begin("Under the rule, lena only proposes max", a_ruled_scene())
    scene.later(days=20)
    story.do(approve, scene)
    story.do(scene.deny, scene.request(), NEW_TEXT)
    name_max(scene, "eve", EVES_TEXT)
    for approver in ("eve", "max"):
        story.do(confirm, scene, approver, NEW_TEXT)
    for approver in ("jo", "nobody"):
        story.do(confirm, scene, approver)
    for approver, text in (("jo", NEW_TEXT), ("max", NEW_TEXT), ("eve", NEW_TEXT), (PAT, JOS)):
        story.do(remove, scene, approver, text)
    remove(scene)
    story.do(confirm, scene)  # who is gone
    story.do(confirm, story.begin("Without the rule", an_approval_scene()), PAT)
    scene = story.begin("Jo, named by mia, confirms max", a_ruled_scene())
    scene.add(a_member("mia", kind=Kind.LEAD), a_client_approver(named_by="mia"))
    for _ in range(2):
        story.do(confirm, scene)
    story.do(approve, scene)
    scene.later(hours=24)
    scene.add(a_member("lena", kind=Kind.LEAD, suspended_at=scene.clock))
    story.do(approve, scene)  # the client has confirmed max, so no lead has to
    scene = story.begin("No approver is left", a_ruled_scene())
    revoke_all(scene, "jo", PAT, "max")
    story.do(name_max, scene)
    text = "h2345672" * 6 + "newm"
    scene.add(an_approver_link(text, approver="max", created_at=scene.clock))
    scene.later(hours=71)
    story.do(approve, scene, text)
    scene.later(hours=1)
    story.do(approve, scene, text)
    story.hold("requests/people-at-the-client")


def test_whom_a_suspended_lead_named_waits_for_another_lead():
    story = Telling()
    scene = story.begin("Lena named max, and is suspended", an_approval_scene())
    name_max(scene)
    scene.add(a_member("mia", kind=Kind.LEAD), a_token("mia"), a_token("quinn"))
    scene.later(hours=25)
    now = scene.clock
    scene.add(a_member("lena", kind=Kind.LEAD, suspended_at=now))
    scene.add(a_member("quinn", kind=Kind.LEAD, kind_set_at=now))
    story.do(approve, scene)
    for by in ("quinn", "mia"):
        story.do(name_max, scene, "max", EVES_TEXT, by=by)
    story.do(approve, scene)
    story.do(name_max, scene, "max", EVES_TEXT, by="mia")
    story.hold("requests/named-by-a-suspended-lead")


def test_who_is_removed_takes_along_what_they_approved():
    scene = an_approval_scene()
    scene.approve(scene.request(ends_at=NOON + timedelta(hours=3)), OTHER_TEXT)
    scene.vend()
    for _ in range(2):
        remove(scene, PAT)
    assert reason_of(scene.vend) is Reason.APPROVAL_REVOKED


def revoke_all(scene, *people):
    """Have lena revoke these approvers, and wait a minute."""
    for each in people:
        scene.do(revoke_approver, "acme-prod", each)
    scene.later(minutes=1)


def name_jo_again(scene, **changes):
    body = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example", **changes)
    scene.do(name_approver, "acme-prod", body, api_url=API_URL)


def former(scene):
    return [each.id for each in list_former_approvers(scene.ports, "acme-prod")]


def test_whom_each_former_approver_refuses_is_as_the_file_says():
    story = Telling()

    def begin(title):
        scene = story.begin(title, a_ruled_scene())
        revoke_all(scene, "jo", PAT, "max")
        return scene

    scene = begin("Jo refuses eve, with any link")
    story.do(remove, scene, "eve")  # no one is proposed
    name_max(scene, "eve", EVES_TEXT)
    story.do(remove, scene, "eve")
    assert not stored(scene, "eve").is_active
    story.do(scene.page)
    scene.later(hours=72)
    story.do(remove, scene, "eve")
    scene = begin("No one silences jo while eve waits")
    name_max(scene, "eve", EVES_TEXT)
    name_jo_again(scene)
    remove(scene, "jo", EVES_TEXT)
    name_jo_again(scene)
    revoke_all(scene, "jo")
    story.do(name_jo_again, scene, is_contact=True)
    assert former(scene) == ["jo", PAT]  # not max, who never counted
    story.do(remove, scene, "eve")
    assert not stored(scene, "eve").is_active
    scene = story.begin("Pat, who counted, removed jo", a_ruled_scene())
    remove(scene, "jo", OTHER_TEXT)
    name_jo_again(scene)
    revoke_all(scene, "jo", PAT, "max")
    name_max(scene, "eve", EVES_TEXT)
    assert former(scene) == [PAT]
    story.do(remove, scene, "eve")
    scene = begin("Jo refuses no one who counts, and not themself")
    name_max(scene, "eve", EVES_TEXT)
    scene.add(an_approver("ann"))
    name_jo_again(scene)
    for each in ("ann", "jo"):
        story.do(remove, scene, each)
        assert stored(scene, each).is_active
    story.hold("requests/former-approvers")
