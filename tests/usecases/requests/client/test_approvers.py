"""Leads name the client's approvers. The links to their pages stop with their right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
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
    RevokedApprover,
    name_approver,
    request_link,
    revoke_approver,
)
from chalicelib.usecases.requests.client.links import create_approver_link, open_approver_link
from chalicelib.usecases.requests.client.requirement import require_client_approval
from tests.builders import APPROVER_TEXT, Scene, a_scene, an_approver_link, an_engagement
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.scene import API_URL, an_approver
from tests.usecases.telling import Telling

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


def without_mail(scene: Scene) -> None:
    force_setattr(scene.ports, "can_mail_clients", False)  # noqa: FBT003


def with_people(count: int, **changes: Any) -> Callable[[Scene], None]:
    return lambda scene: scene.world.add(
        *(an_approver(f"jo-{n}", is_contact=bool(n % 2), **changes) for n in range(count))
    )


def with_jo(**changes: Any) -> Callable[[Scene], None]:
    return lambda scene: scene.world.add(an_approver(**changes))


def revoked(scene: Scene) -> RevokedApprover:
    return revoke_approver(scene.ports, scene.caller(), "acme-prod", "jo", why="left")


PEOPLE: dict[str, Callable[[Scene], Any]] = {
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


@pytest.mark.golden
def test_what_leads_change_is_as_the_file_says() -> None:
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
