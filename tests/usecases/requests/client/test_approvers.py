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
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action
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
from tests.fakes import NOON
from tests.usecases.requests.client.scene import API_URL, an_approver

JO = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example")


def create_approver(scene: Scene, request: NameApprover = JO) -> ClientApprover:
    return name_approver(scene.ports, scene.caller(), "acme-prod", request, api_url=API_URL)


def refusal_of(act: Callable[[], Any]) -> Reason:
    with pytest.raises((Conflict, NotFound)) as refusal:
        act()
    return refusal.value.reason


def opens(scene: Scene, text: str) -> bool:
    try:
        open_approver_link(scene.ports, text)
    except NotFound as error:
        return error.reason is not Reason.NO_SUCH_PAGE
    return True


def minted(scene: Scene, approver: ClientApprover) -> str:
    """Return the secret text of a new link."""
    url = create_approver_link(scene.ports, SystemActor(SCHEDULE), approver)
    assert url.startswith(f"{API_URL}/approve/")
    return url.rpartition("/")[2]


def test_a_lead_names_an_approver_and_notify_runs_at_once() -> None:
    scene = a_scene()
    approver = create_approver(scene)
    assert approver == an_approver(named_at=NOON, named_alone=True)
    assert list_approvers(scene.ports, "acme-prod") == (approver,)
    (entry,) = scene.world.entries
    assert (entry.action, entry.actor, entry.engagement) == (
        Action.APPROVER_CREATE,
        "lena",
        "acme-prod",
    )
    assert entry.details == {
        "approver": "jo",
        "name": "Jo Doe",
        "email": "jo@acme.example",
        "is_contact": "false",
        "alone": "true",
    }
    assert scene.world.notify_kicks == [NOON]


def test_naming_makes_no_link_so_no_one_at_the_firm_sees_one() -> None:
    scene = a_scene()
    create_approver(scene)
    assert scene.world.find(ApproverLink) == []


def without_mail(scene: Scene) -> None:
    force_setattr(scene.ports, "can_mail_clients", False)  # noqa: FBT003


REFUSALS: dict[Reason, Callable[[Scene], Any]] = {
    Reason.MAIL_NOT_SET_UP: without_mail,
    Reason.ALREADY_EXISTS: lambda scene: scene.world.add(an_approver()),
    Reason.TOO_MANY_APPROVERS: lambda scene: scene.world.add(
        *(an_approver(f"jo-{n}", is_contact=bool(n % 2)) for n in range(MAX_APPROVERS))
    ),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_naming_is_refused(reason: Reason) -> None:
    scene = a_scene()
    REFUSALS[reason](scene)
    assert refusal_of(lambda: create_approver(scene)) is reason
    assert (scene.world.entries, scene.world.notify_kicks) == ([], [])


def test_no_one_is_named_in_an_engagement_that_does_not_exist() -> None:
    scene = a_scene()
    act = lambda: name_approver(scene.ports, scene.caller(), "x-1", JO, api_url=API_URL)  # noqa: E731
    assert refusal_of(act) is Reason.NO_SUCH_ENGAGEMENT


def test_revoked_people_do_not_count_and_their_id_is_free_again() -> None:
    scene = a_scene()
    for number in range(MAX_APPROVERS):
        scene.world.add(an_approver(f"jo-{number}", revoked_at=NOON))
    scene.world.add(an_approver(revoked_at=NOON, confirmed_by="pat", confirmed_at=NOON))
    again = create_approver(scene)
    changes = {
        "named_at": NOON,
        "named_alone": True,
        "counted_before": True,
        "first_named_at": BEFORE,
    }
    assert again == an_approver(version=2, **changes)


def test_an_id_belongs_to_one_address_for_ever() -> None:
    scene = a_scene()
    scene.world.add(an_approver(revoked_at=NOON, email="old@acme.example"))
    assert refusal_of(lambda: create_approver(scene)) is Reason.OTHER_ADDRESS
    scene.world.add(an_approver(revoked_at=NOON, email="JO@acme.example"))
    assert create_approver(scene).is_active


def test_an_engagement_has_a_hundred_approvers_and_contacts_at_most() -> None:
    scene = a_scene()
    for number in range(MAX_NAMED):
        scene.world.add(an_approver(f"jo-{number}", revoked_at=NOON))
    assert refusal_of(lambda: create_approver(scene)) is Reason.TOO_MANY_EVER
    scene.world.add(an_approver(revoked_at=NOON))
    assert create_approver(scene).is_active


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


CLOSED: dict[str, Callable[[Scene], Any]] = {
    "of an approver who was revoked": lambda scene: scene.world.add(an_approver(revoked_at=NOON)),
    "of a contact": lambda scene: scene.world.add(an_approver(is_contact=True)),
    "from before the ID had another person": lambda scene: scene.world.add(
        an_approver(named_at=NOON + timedelta(seconds=1))
    ),
    "of no one": lambda scene: scene.world.items.pop((ClientApprover, ("acme-prod", "jo"))),
    "of no engagement": lambda scene: scene.world.items.pop((Engagement, ("acme-prod",))),
    "that was revoked": lambda scene: scene.world.add(an_approver_link(revoked_at=NOON)),
    "that is unknown": lambda scene: scene.world.items.pop((ApproverLink, an_approver_link().key)),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_link_opens_nothing(name: str) -> None:
    scene = a_scene()
    scene.world.add(an_approver(), an_approver_link())
    assert opens(scene, APPROVER_TEXT)
    CLOSED[name](scene)
    assert not opens(scene, APPROVER_TEXT)


@pytest.mark.parametrize("text", ["", "x", APPROVER_TEXT[:-1], an_approver_link().hash])
def test_a_malformed_link_opens_nothing(text: str) -> None:
    scene = a_scene()
    scene.world.add(an_approver(), an_approver_link())
    assert not opens(scene, text)


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


@pytest.mark.parametrize(
    "changes", [{"revoked_at": NOON}, {"named_at": NOON, "email": "mallory@firm.example"}]
)
def test_a_link_for_an_approver_who_was_revoked_meanwhile_opens_nothing(
    changes: dict[str, Any],
) -> None:
    scene = a_scene()
    scene.world.add(an_approver(version=2, **changes))
    assert not opens(scene, minted(scene, an_approver()))


def test_no_change_of_an_approver_delays_a_link() -> None:
    scene = a_scene()
    scene.world.add(an_approver(version=7))
    assert opens(scene, minted(scene, an_approver()))


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
    approver = request_link(scene.ports, scene.caller(), "acme-prod", "jo", api_url=API_URL)
    assert approver == an_approver(version=2)
    (entry,) = scene.world.entries
    assert (entry.action, entry.details) == (Action.APPROVER_LINK_CREATE, {"approver": "jo"})
    assert scene.world.notify_kicks == [NOON]
    assert scene.world.find(ApproverLink) == []


NO_LINK: dict[Reason, Callable[[Scene], Any]] = {
    Reason.MAIL_NOT_SET_UP: without_mail,
    Reason.NO_SUCH_APPROVER: lambda scene: scene.world.add(an_approver(is_contact=True)),
}


@pytest.mark.parametrize("reason", NO_LINK)
def test_no_new_link_is_sent(reason: Reason) -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    NO_LINK[reason](scene)
    act = lambda: request_link(scene.ports, scene.caller(), "acme-prod", "jo", api_url=API_URL)  # noqa: E731
    assert refusal_of(act) is reason
    assert scene.world.entries == []


def test_no_one_unknown_or_revoked_gets_a_link() -> None:
    scene = a_scene()
    scene.world.add(an_approver(revoked_at=NOON))
    for name in ("jo", "kim"):
        with pytest.raises(NotFound):
            request_link(scene.ports, scene.caller(), "acme-prod", name, api_url=API_URL)


@pytest.mark.parametrize("step", ["change"])
def test_a_throttled_write_is_tried_again(step: str) -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    failures = iter([Unavailable(Reason.RECORDS_UNAVAILABLE)] * 2)

    def fail(name: str) -> None:
        if name == step and (error := next(failures, None)) is not None:
            raise error

    scene.world.before = fail
    lead = scene.caller()
    require_client_approval(scene.ports, lead, "acme-prod", why="the contract")
    revoked = revoke_approver(scene.ports, lead, "acme-prod", "jo", why="x")
    assert not revoked.approver.is_active
