"""Leads name the client's approvers. The links to their pages stop with their right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action
from chalicelib.domain.values import Item
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.client.approvers import (
    list_approvers,
    name_approver,
    request_link,
    revoke_approver,
)
from chalicelib.usecases.requests.client.links import create_approver_link, open_approver_link
from chalicelib.usecases.requests.client.requirement import require_client_approval
from tests.builders import APPROVER_TEXT, BEFORE, Scene, a_scene, an_approver_link, an_engagement
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.scene import API_URL, an_approver

JO = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example")


def create_approver(scene: Scene, request: NameApprover = JO) -> ClientApprover:
    return name_approver(scene.ports, scene.caller(), "acme-prod", request, api_url=API_URL)


def opens(scene: Scene, text: str) -> bool:
    return reason_of(open_approver_link, scene.ports, text) is not Reason.NO_SUCH_PAGE


def minted(scene: Scene, approver: ClientApprover) -> str:
    """Return the secret text of a new link."""
    url = create_approver_link(scene.ports, SystemActor(SCHEDULE), approver)
    assert url.startswith(f"{API_URL}/approve/")
    return url.rpartition("/")[2]


def links_requested(scene: Scene, approver: str = "jo") -> ClientApprover:
    return request_link(scene.ports, scene.caller(), "acme-prod", approver, api_url=API_URL)


def test_a_lead_names_an_approver_and_notify_runs_at_once_without_a_link_to_see() -> None:
    scene = a_scene()
    approver = create_approver(scene)
    assert approver == an_approver(named_at=NOON, named_alone=True)
    assert list_approvers(scene.ports, "acme-prod") == (approver,)
    (entry,) = scene.world.entries
    assert (entry.action, entry.actor, entry.engagement) == ("approver.create", "lena", "acme-prod")
    assert entry.details == {
        "approver": "jo",
        "name": "Jo Doe",
        "email": "jo@acme.example",
        "is_contact": "false",
        "alone": "true",
    }
    assert scene.world.notify_kicks == [NOON]
    assert scene.world.find(ApproverLink) == []


def without_mail(scene: Scene) -> None:
    force_setattr(scene.ports, "can_mail_clients", False)  # noqa: FBT003


def with_people(count: int, **changes: Any) -> Callable[[Scene], None]:
    return lambda scene: scene.world.add(
        *(an_approver(f"jo-{n}", is_contact=bool(n % 2), **changes) for n in range(count))
    )


def with_jo(**changes: Any) -> Callable[[Scene], None]:
    return lambda scene: scene.world.add(an_approver(**changes))


@every(
    "prepare, reason",
    [
        (without_mail, Reason.MAIL_NOT_SET_UP),
        (with_jo(), Reason.ALREADY_EXISTS),
        (with_people(MAX_APPROVERS), Reason.TOO_MANY_APPROVERS),
        (with_people(MAX_NAMED, revoked_at=NOON), Reason.TOO_MANY_EVER),
        (with_jo(revoked_at=NOON, email="old@acme.example"), Reason.OTHER_ADDRESS),
    ],
)
def test_a_naming_is_refused(prepare: Callable[[Scene], None], reason: Reason) -> None:
    scene = a_scene()
    prepare(scene)
    assert reason_of(create_approver, scene) is reason
    assert (scene.world.entries, scene.world.notify_kicks) == ([], [])


def test_no_one_is_named_in_an_engagement_that_does_not_exist() -> None:
    scene = a_scene()
    reason = reason_of(name_approver, scene.ports, scene.caller(), "x-1", JO, api_url=API_URL)
    assert reason is Reason.NO_SUCH_ENGAGEMENT


def test_revoked_people_do_not_count_and_their_id_is_free_again_for_its_address() -> None:
    scene = a_scene()
    with_people(MAX_NAMED - 1, revoked_at=NOON)(scene)
    gone = {"revoked_at": NOON, "confirmed_by": "pat", "confirmed_at": NOON}
    scene.world.add(an_approver(email="JO@acme.example", **gone))
    again = create_approver(scene)
    changes = {
        "named_at": NOON,
        "named_alone": True,
        "counted_before": True,
        "first_named_at": BEFORE,
    }
    assert again == an_approver(version=2, **changes)


def test_a_link_opens_its_approvers_page_until_it_expires() -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    text = minted(scene, an_approver())
    opened = open_approver_link(scene.ports, text)
    assert (opened.approver, opened.engagement) == (an_approver(), an_engagement())
    scene.world.clock = NOON + LINK_LIFE - timedelta(seconds=1)
    assert opens(scene, text)
    scene.world.clock = NOON + LINK_LIFE
    assert not opens(scene, text)


def without(kind: type[Item]) -> Callable[[Scene], None]:
    def remove(scene: Scene) -> None:
        (item,) = scene.world.find(kind, where=lambda each: "acme-prod" in str(each))
        del scene.world.items[at(item)]

    return remove


CLOSED: dict[str, Callable[[Scene], Any]] = {
    "of an approver who was revoked": with_jo(revoked_at=NOON),
    "of a contact": with_jo(is_contact=True),
    "from before the ID had another person": with_jo(named_at=NOON + timedelta(seconds=1)),
    "of no one": without(ClientApprover),
    "of no engagement": without(Engagement),
    "that was revoked": lambda scene: scene.world.add(an_approver_link(revoked_at=NOON)),
    "that is unknown": without(ApproverLink),
}


@every("name", CLOSED)
def test_a_link_opens_nothing(name: str) -> None:
    scene = a_scene()
    scene.world.add(an_approver(), an_approver_link())
    assert opens(scene, APPROVER_TEXT)
    for text in ("", "x", APPROVER_TEXT[:-1], an_approver_link().hash):
        assert not opens(scene, text)
    CLOSED[name](scene)
    assert not opens(scene, APPROVER_TEXT)


def test_a_new_link_is_on_the_trail_by_its_id_and_never_by_its_text() -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    text = minted(scene, an_approver())
    (entry,) = scene.world.entries
    (link,) = scene.world.find(ApproverLink)
    assert (entry.action, entry.actor) == (Action.APPROVER_LINK_CREATE, SCHEDULE)
    assert (entry.details["link"], entry.details["approver"]) == (link.id, "jo")
    assert text not in repr(scene.world.entries) + repr(scene.world.items)
    assert link.hash not in repr(entry)


@every(
    "changes, is_open",
    [
        ({"revoked_at": NOON}, False),
        ({"named_at": NOON, "email": "mallory@firm.example"}, False),
        ({"version": 7}, True),
    ],
)
def test_a_link_for_an_approver_who_was_revoked_meanwhile_opens_nothing(
    changes: dict[str, Any], *, is_open: bool
) -> None:
    scene = a_scene()
    scene.world.add(an_approver(**({"version": 2} | changes)))
    assert opens(scene, minted(scene, an_approver())) is is_open


def test_a_revoked_approver_is_on_the_trail_once() -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    for _ in range(2):
        revoked = revoke_approver(scene.ports, scene.caller(), "acme-prod", "jo", why="left")
        assert (revoked.approver.revoked_at, revoked.ended.alive) == (NOON, 0)
    (entry,) = scene.world.entries
    assert (entry.action, entry.details) == (
        Action.APPROVER_REVOKE,
        {
            "approver": "jo",
            "said": "left",
            "name": revoked.approver.name,
            "email": revoked.approver.email,
            "named_at": "2026-10-25T12:00:00Z",
        },
    )
    assert list_approvers(scene.ports, "acme-prod") == (revoked.approver,)


def test_a_lead_asks_for_a_new_link_and_does_not_see_it() -> None:
    scene = a_scene()
    scene.world.add(an_approver(api_url="https://former.example.com"))
    assert links_requested(scene) == an_approver(version=2)
    (entry,) = scene.world.entries
    assert (entry.action, entry.details) == (Action.APPROVER_LINK_CREATE, {"approver": "jo"})
    assert scene.world.notify_kicks == [NOON]
    assert scene.world.find(ApproverLink) == []


@every(
    "prepare, reason",
    [
        (without_mail, Reason.MAIL_NOT_SET_UP),
        (with_jo(is_contact=True), Reason.NO_SUCH_APPROVER),
        (with_jo(revoked_at=NOON), Reason.NO_SUCH_APPROVER),
        (without(ClientApprover), Reason.NO_SUCH_APPROVER),
    ],
)
def test_no_new_link_is_sent(prepare: Callable[[Scene], None], reason: Reason) -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    prepare(scene)
    assert reason_of(links_requested, scene) is reason
    assert scene.world.entries == []


def test_a_throttled_write_is_tried_again() -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    failures = iter([Unavailable(Reason.RECORDS_UNAVAILABLE)] * 2)

    def fail(name: str) -> None:
        if name == "change" and (error := next(failures, None)) is not None:
            raise error

    scene.world.before = fail
    lead = scene.caller()
    require_client_approval(scene.ports, lead, "acme-prod", why="the contract")
    revoked = revoke_approver(scene.ports, lead, "acme-prod", "jo", why="x")
    assert not revoked.approver.is_active
