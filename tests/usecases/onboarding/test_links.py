"""Links to a client's page: shown once, stored as a hash, and invalid after their expiry."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest, NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import I, Item
from chalicelib.usecases.onboarding.links import (
    NewLink,
    create_link,
    list_links,
    open_link,
    revoke_link,
)
from tests.builders import (
    AFTER,
    BEFORE,
    LINK_TEXT,
    Scene,
    a_link,
    a_member,
    a_scene,
    an_engagement,
)
from tests.fakes import NOON, FakeState, World
from tests.rows import every
from tests.usecases.refusals import refusal_of

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def new_link(scene: Scene, expires_at: datetime | None = None) -> NewLink:
    return scene.do(create_link, "acme-prod", CreateLink(expires_at=expires_at))


def is_invalid(scene: Scene, text: str) -> None:
    with pytest.raises(NotFound) as refusal:
        open_link(scene.ports, text)
    # The same response for every invalid link.
    assert refusal.value.reason is Reason.NO_SUCH_PAGE
    assert refusal.value.detail == Reason.NO_SUCH_PAGE.text(Surface.PAGE)
    assert refusal.value.field == ""
    assert refusal.value.__cause__ is None


def test_a_link_opens_its_engagements_page() -> None:
    scene = a_scene()
    new = new_link(scene)
    assert open_link(scene.ports, new.text) == (new.link, an_engagement())
    assert new.link.id not in new.text
    for guess in (new.link.id, new.link.hash, new.link.id.ljust(52, "a")):
        is_invalid(scene, guess)
    assert new.link.engagement == "acme-prod"
    assert (new.link.created_by, new.link.created_at) == ("lena", NOON)


@every(
    "expires_at, lifetime",
    [
        (None, 14 * DAY),
        (NOON + 90 * DAY, 90 * DAY),
        (NOON + MOMENT, MOMENT),
    ],
)
def test_a_link_is_valid_until_its_expiry(expires_at: datetime | None, lifetime: timedelta) -> None:
    scene = a_scene()
    new = new_link(scene, expires_at)
    assert new.link.expires_at == NOON + lifetime
    scene.world.clock = NOON + lifetime - MOMENT
    assert open_link(scene.ports, new.text)[0] == new.link
    scene.world.clock = NOON + lifetime
    is_invalid(scene, new.text)


@every("expires_at", [NOON + 90 * DAY + MOMENT, NOON, NOON - DAY])
def test_an_invalid_expiry_is_refused(expires_at: datetime) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest, match="90 days") as refusal:
        new_link(scene, expires_at)
    assert refusal.value.field == "expires_at"
    assert (scene.world.items, scene.entries) == (before, [])


class RecordingState(FakeState):
    """Records the requested links, and finds none."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.requested: list[str] = []

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind is not SetupLink:
            return super().get(kind, *key)
        self.requested += key
        return None


def test_a_malformed_link_causes_no_read() -> None:
    scene = a_scene()
    state = RecordingState(scene.world)
    watched = replace(scene, ports=replace(scene.ports, state=state))
    for text in ("", "é" * 52, LINK_TEXT.upper()):
        is_invalid(watched, text)
    assert state.requested == []
    is_invalid(watched, LINK_TEXT)
    assert state.requested == [a_link().hash]


@every(
    "engagement, link",
    [
        ("acme-prod", "0" * 12),
        ("acme-prod", a_link().hash),
        ("acme-prod", LINK_TEXT),
        ("globex", a_link().id),
        ("nowhere", a_link().id),
    ],
)
def test_revoking_needs_the_links_id_and_engagement(engagement: str, link: str) -> None:
    scene = a_scene()
    with pytest.raises(NotFound):
        scene.do(revoke_link, engagement, link, why="w")
    assert open_link(scene.ports, LINK_TEXT)[0] == a_link()


def test_a_deleted_link_that_is_still_listed_is_not_found() -> None:
    scene = a_scene()
    ports = replace(scene.ports, state=RecordingState(scene.world))
    assert (
        refusal_of(NotFound, revoke_link, ports, scene.caller(), "acme-prod", a_link().id, why="w")
        == "no-such-link"
    )


class Lagging(FakeState):
    """Lists the links with their first version."""

    def list(self, kind: type[Any], **_filters: Any) -> Page[Any]:
        assert kind is SetupLink
        return Page((a_link(),), "")


def test_a_revoked_link_is_invalid_at_once_and_also_an_expired_one_can_be_revoked() -> None:
    scene = a_scene()
    scene.add(an_engagement(closed_at=NOON))  # its page still opens
    assert open_link(scene.ports, LINK_TEXT)[0] == a_link()
    checked = a_link(checked_at=NOON, version=2, expires_at=NOON)
    scene.add(checked)
    ports = replace(scene.ports, state=Lagging(scene.world))
    revoked = revoke_link(ports, scene.caller(), "acme-prod", a_link().id, why="wrong person")
    assert revoked == replace(checked, revoked_at=NOON, version=3)
    is_invalid(scene, LINK_TEXT)


def all_links(scene: Scene) -> list[SetupLink]:
    return [each.link for each in list_links(scene.ports, "acme-prod", limit=50).items]


def test_links_are_listed_oldest_first_including_invalid_ones() -> None:
    scene = a_scene()
    texts = [letter * 52 for letter in "zyxbc"]
    links = [a_link(text, created_at=BEFORE + n * DAY) for n, text in enumerate(texts, start=1)]
    same = [a_link(letter * 52, created_at=BEFORE + 9 * DAY) for letter in "efg"]
    links += [
        a_link("u" * 52, expires_at=NOON, created_at=BEFORE + 6 * DAY),
        a_link("v" * 52, revoked_at=NOON, created_at=BEFORE + 7 * DAY),
    ]
    other = a_link("h" * 52, engagement="globex")
    scene.add(*links, *same, other)
    assert all_links(scene) == [a_link(), *links, *sorted(same, key=lambda link: link.id)]


LENA = a_member("lena", kind=Kind.LEAD)


@every(
    "item",
    [
        replace(LENA, suspended_at=NOON),
        replace(LENA, kind=Kind.MEMBER),
        replace(LENA, leads_from=AFTER),
        replace(LENA, tokens_from=AFTER),
        a_link(created_by="nobody"),
        a_link(engagement="gone"),
    ],
)
def test_a_link_is_invalid_without_its_engagement_or_if_its_creator_stopped_leading(
    item: Item,
) -> None:
    scene = a_scene()
    assert open_link(scene.ports, LINK_TEXT)
    scene.add(item)
    is_invalid(scene, LINK_TEXT)
