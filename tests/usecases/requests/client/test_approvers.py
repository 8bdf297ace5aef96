"""Leads name the client's approvers, whose links stop with their right. A lead or the client
requires the client's approval for all; only the client lifts that."""

from datetime import timedelta

from msgspec.structs import force_setattr

from chalicelib.domain.engagements.client_approvers import (
    LINK_LIFE,
    MAX_APPROVERS,
    MAX_NAMED,
    ApproverLink,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.client.approvers import (
    name_approver,
    request_link,
    revoke_approver,
)
from chalicelib.usecases.requests.client.rights import create_approver_link, open_approver_link
from chalicelib.usecases.requests.client.rules import require_client_approval, set_client_approval
from tests.builders import APPROVER_TEXT, a_scene, an_approver_link, an_engagement
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.lost_answers import loses_answer, repeated_if_killed
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, an_approval_scene
from tests.usecases.requests.client.scene import API_URL, an_approver
from tests.usecases.telling import Telling

JO = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example")


def create_approver(scene, request=JO):
    return scene.do(name_approver, "acme-prod", request, api_url=API_URL)


def opens(scene, text=APPROVER_TEXT):
    return reason_of(open_approver_link, scene.ports, text) is not Reason.NO_SUCH_PAGE


def minted(scene, approver):
    """Return the secret text of a new link."""
    url = create_approver_link(scene.ports, SystemActor(SCHEDULE), approver)
    assert url.startswith(f"{API_URL}/approve/")
    return url.rpartition("/")[2]


def links_requested(scene, approver="jo"):
    return scene.do(request_link, "acme-prod", approver, api_url=API_URL)


def without_mail(scene):
    force_setattr(scene.ports, "can_mail_clients", False)  # noqa: FBT003


def with_people(count, **changes):
    return lambda scene: scene.add(
        *(an_approver(f"jo-{n}", is_contact=bool(n % 2), **changes) for n in range(count))
    )


def with_jo(**changes):
    return lambda scene: scene.add(an_approver(**changes))


def revoked(scene):
    return scene.do(revoke_approver, "acme-prod", "jo", why="left")


PEOPLE = {
    "No one": lambda _: None,
    "No one, and no mail": without_mail,
    "Jo, and no mail": lambda scene: (without_mail(scene), with_jo()(scene)),
    "Jo": with_jo(),
    "Jo, with links to a former address of the API": with_jo(api_url="https://former.example.com"),
    "Jo, a contact": with_jo(is_contact=True),
    "Jo, who was revoked": lambda scene: (
        with_people(MAX_NAMED - 1, revoked_at=NOON)(scene),
        with_jo(revoked_at=NOON, email="JO@acme.example", confirmed_by="pat", confirmed_at=NOON)(
            scene
        ),
    ),
    "Jo, who was revoked and had another address": with_jo(
        revoked_at=NOON, email="old@acme.example"
    ),
    "As many as can be": with_people(MAX_APPROVERS),
    "As many as can ever be": with_people(MAX_NAMED, revoked_at=NOON),
}


def test_what_leads_change_is_as_the_file_says():
    story = Telling()
    for title, prepare in PEOPLE.items():
        scene = story.begin(title, a_scene())
        prepare(scene)
        story.do(links_requested, scene)
        story.do(create_approver, scene)
        story.do(revoked, scene)
        story.do(revoked, scene)
    story.do(name_approver, scene.ports, scene.caller(), "x-1", JO, api_url=API_URL)
    story.hold("requests/approvers")


def test_a_link_opens_its_approvers_page_until_it_expires():
    scene = a_scene(an_approver())
    text = minted(scene, an_approver())
    opened = open_approver_link(scene.ports, text)
    assert (opened.approver, opened.engagement) == (an_approver(), an_engagement())
    scene.world.clock = NOON + LINK_LIFE - timedelta(seconds=1)
    assert opens(scene, text)
    scene.world.clock = NOON + LINK_LIFE
    assert not opens(scene, text)


def without(kind):
    def remove(scene):
        (item,) = scene.find(kind, where=lambda each: "acme-prod" in str(each))
        del scene.items[at(item)]

    return remove


CLOSED = {
    "of an approver who was revoked": with_jo(revoked_at=NOON),
    "of a contact": with_jo(is_contact=True),
    "from before the ID had another person": with_jo(named_at=NOON + timedelta(seconds=1)),
    "of no one": without(ClientApprover),
    "of no engagement": without(Engagement),
    "that was revoked": lambda scene: scene.add(an_approver_link(revoked_at=NOON)),
    "that is unknown": without(ApproverLink),
}


@every("name", CLOSED)
def test_a_link_opens_nothing(name):
    scene = a_scene(an_approver(), an_approver_link())
    assert opens(scene)
    for text in ("", "x", APPROVER_TEXT[:-1], an_approver_link().hash):
        assert not opens(scene, text)
    CLOSED[name](scene)
    assert not opens(scene)


def test_a_new_link_is_on_the_trail_by_its_id_and_never_by_its_text():
    scene = a_scene(an_approver())
    text = minted(scene, an_approver())
    (entry,) = scene.entries
    (link,) = scene.find(ApproverLink)
    assert (entry.action, entry.actor) == (Action.APPROVER_LINK_CREATE, SCHEDULE)
    assert (entry.details["link"], entry.details["approver"]) == (link.id, "jo")
    assert text not in repr(scene.entries) + repr(scene.items)
    assert link.hash not in repr(entry)


@every(
    "changes, is_open",
    [
        ({"revoked_at": NOON}, False),
        ({"named_at": NOON, "email": "mallory@firm.example"}, False),
        ({"version": 7}, True),
    ],
)
def test_a_link_for_an_approver_who_was_revoked_meanwhile_opens_nothing(changes, *, is_open):
    scene = a_scene(an_approver(**({"version": 2} | changes)))
    assert opens(scene, minted(scene, an_approver())) is is_open


def test_a_throttled_write_is_tried_again():
    scene = a_scene(an_approver())
    with loses_answer(scene, "change", has_effect=False, times=2):
        scene.do(require_client_approval, "acme-prod")
        assert not scene.do(revoke_approver, "acme-prod", "jo").approver.is_active


def required(scene):
    return scene.do(require_client_approval, "acme-prod", why="the contract")


@every("changes", [{"is_contact": True}, {"revoked_at": NOON}])
def test_the_clients_approval_cannot_be_required_without_an_approver(changes):
    scene = a_scene(an_approver(**changes))
    assert reason_of(required, scene) is Reason.NO_CLIENT_APPROVER


def test_a_vend_in_progress_is_withheld_when_the_approval_becomes_required():
    scene = a_scene(an_approver())
    scene.just_before("issue", lambda: required(scene))
    assert reason_of(scene.vend) is Reason.CLIENT_APPROVAL_REQUIRED


def engagement_of(scene):
    return scene.stored(Engagement, "acme-prod")


def set_rule(scene, *, is_required, text=APPROVER_TEXT):
    set_client_approval(scene.ports, text, is_required=is_required, address=PHONE)


def test_each_change_of_the_requirement_is_as_the_file_says():
    story = Telling()
    scene = story.begin("A lead requires it, and no one gets in without it", a_scene())
    scene.add(an_approver())
    for _ in range(2):
        story.do(required, scene)
    story.do(scene.vend)
    client = story.begin("The client requires it, and lifts that", an_approval_scene())
    for is_required in (True, True, False, False):
        story.do(set_rule, client, is_required=is_required)
        assert client.page().engagement.requires_client_approval is is_required
    story.hold("requests/requirement")


def test_only_someone_who_counts_lifts_the_requirement():
    """A lead could name themself as an approver, lift the requirement, and enter."""
    scene = an_approval_scene()
    set_rule(scene, is_required=True)
    scene.add(an_approver(named_at=scene.clock, named_by="lena"))
    scene.add(an_approver_link(created_at=scene.clock))
    scene.later(hours=23, minutes=59)
    assert reason_of(set_rule, scene, is_required=False) is Reason.NOT_CONFIRMED
    assert engagement_of(scene).requires_client_approval
    assert scene.story()[-1] == "client-approval.lift refused not-confirmed"
    set_rule(scene, is_required=False, text=OTHER_TEXT)
    assert not engagement_of(scene).requires_client_approval


@every("steps", range(4))
def test_a_killed_function_leaves_the_rule_as_it_was_or_as_it_is_to_be(steps):
    scene = an_approval_scene()
    repeated_if_killed(scene, steps, lambda s: set_rule(s, is_required=True))
    assert engagement_of(scene).requires_client_approval
    assert [entry.action for entry in scene.entries] == [Action.CLIENT_APPROVAL_REQUIRE]


@every("is_required", [True, False])
def test_a_lost_answer_is_tried_again(is_required):
    scene = an_approval_scene()
    set_rule(scene, is_required=not is_required)
    with loses_answer(scene, "change", has_effect=False):
        set_rule(scene, is_required=is_required)
    assert engagement_of(scene).requires_client_approval is is_required
