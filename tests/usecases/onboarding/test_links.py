"""Links to a client's page: shown once, kept as a hash, and worth nothing after their time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import I
from chalicelib.usecases.onboarding.links import (
    NewLink,
    create_link,
    links_of,
    open_link,
    revoke_link,
)
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from tests.builders import AFTER, BEFORE, LINK_TEXT, Scene, a_link, a_scene, an_engagement
from tests.fakes import NOON, FakeState, World
from tests.usecases.changes_table import two_leads

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def created(scene: Scene, expires_at: datetime | None = None) -> NewLink:
    return create_link(scene.ports, scene.caller(), "acme-prod", expires_at=expires_at)


def leads_nowhere(scene: Scene, text: str) -> None:
    with pytest.raises(NotFound) as refusal:
        open_link(scene.ports, text)
    # Always the very same answer.
    assert refusal.value.reason is Reason.NO_SUCH_PAGE
    assert refusal.value.detail == Reason.NO_SUCH_PAGE.text(Surface.PAGE)
    assert refusal.value.field == ""
    assert refusal.value.__cause__ is None


def test_a_link_leads_to_its_engagement() -> None:
    scene = a_scene()
    new = created(scene)
    assert open_link(scene.ports, new.text) == (new.link, an_engagement())
    assert new.link.engagement == "acme-prod"
    assert (new.link.created_by, new.link.created_at) == ("lena", NOON)


def test_a_link_goes_by_a_name_that_opens_nothing() -> None:
    scene = a_scene()
    new = created(scene)
    assert len(new.link.id) == 12
    assert new.link.id not in new.text
    for guess in (new.link.id, new.link.hash, new.link.id.ljust(52, "a")):
        leads_nowhere(scene, guess)


@pytest.mark.parametrize(
    ("asked_for", "lives"),
    [
        (None, 14 * DAY),
        (NOON + 90 * DAY, 90 * DAY),
        (NOON + MOMENT, MOMENT),
    ],
    ids=["fourteen days", "ninety", "a moment"],
)
def test_a_link_lives_exactly_so_long(asked_for: datetime | None, lives: timedelta) -> None:
    scene = a_scene()
    new = created(scene, asked_for)
    assert new.link.expires_at == NOON + lives
    scene.world.clock = NOON + lives - MOMENT
    assert open_link(scene.ports, new.text)[0] == new.link
    scene.world.clock = NOON + lives
    leads_nowhere(scene, new.text)


@pytest.mark.parametrize("asked_for", [NOON + 90 * DAY + MOMENT, NOON, NOON - DAY])
def test_a_link_that_lives_too_long_or_not_at_all_is_not_made(asked_for: datetime) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest, match="90 days") as refusal:
        created(scene, asked_for)
    assert refusal.value.field == "expires_at"
    assert (scene.world.items, scene.world.entries) == (before, [])


class Watched(FakeState):
    """Remembers which links were looked for, and finds none."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.asked: list[str] = []

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind is not SetupLink:
            return super().get(kind, *key)
        self.asked += key
        return None


def test_malformed_text_is_not_even_looked_for() -> None:
    scene = a_scene()
    state = Watched(scene.world)
    watched = replace(scene, ports=replace(scene.ports, state=state))
    for text in ("", "é" * 52, LINK_TEXT.upper()):
        leads_nowhere(watched, text)
    assert state.asked == []
    leads_nowhere(watched, LINK_TEXT)
    assert state.asked == [a_link().hash]


def test_a_revoked_link_is_gone_at_once() -> None:
    scene = a_scene()
    assert open_link(scene.ports, LINK_TEXT)[0] == a_link()
    gone = revoke_link(scene.ports, scene.caller(), "acme-prod", a_link().id, why="wrong person")
    assert gone == a_link(revoked_at=NOON, version=2)
    leads_nowhere(scene, LINK_TEXT)


def test_a_link_that_has_expired_can_still_be_revoked() -> None:
    scene = a_scene()
    scene.world.clock = AFTER
    assert revoke_link(scene.ports, scene.caller(), "acme-prod", a_link().id, why="w").revoked_at


@pytest.mark.parametrize(
    ("engagement", "link"),
    [
        ("acme-prod", "0" * 12),
        ("acme-prod", a_link().hash),
        ("acme-prod", LINK_TEXT),
        ("globex", a_link().id),
        ("nowhere", a_link().id),
    ],
)
def test_a_link_is_revoked_by_its_name_and_its_engagements(engagement: str, link: str) -> None:
    scene = a_scene()
    with pytest.raises(NotFound):
        revoke_link(scene.ports, scene.caller(), engagement, link, why="w")
    assert open_link(scene.ports, LINK_TEXT)[0] == a_link()


def test_a_link_that_the_list_still_shows_and_is_gone_is_not_found() -> None:
    scene = a_scene()
    ports = replace(scene.ports, state=Watched(scene.world))
    with pytest.raises(NotFound, match="no-such-link"):
        revoke_link(ports, scene.caller(), "acme-prod", a_link().id, why="w")


class Lagging(FakeState):
    """Lists the links as they were at first."""

    def list(self, kind: type[Any], **_which: Any) -> Page[Any]:
        assert kind is SetupLink
        return Page((a_link(),), "")


def test_what_the_list_shows_late_is_read_anew_before_it_is_revoked() -> None:
    scene = a_scene()
    checked = a_link(checked_at=NOON, version=2)
    scene.world.add(checked)
    ports = replace(scene.ports, state=Lagging(scene.world))
    gone = revoke_link(ports, scene.caller(), "acme-prod", a_link().id, why="w")
    assert gone == replace(checked, revoked_at=NOON, version=3)


def all_links(scene: Scene) -> list[SetupLink]:
    return list(links_of(scene.ports, "acme-prod", limit=50).items)


def test_links_are_listed_in_the_order_in_which_they_were_made_dead_ones_too() -> None:
    scene = a_scene()
    texts = [letter * 52 for letter in "zyxbc"]
    made = [a_link(text, created_at=BEFORE + n * DAY) for n, text in enumerate(texts, start=1)]
    same = [a_link(letter * 52, created_at=BEFORE + 9 * DAY) for letter in "efg"]
    made += [
        a_link("u" * 52, expires_at=NOON, created_at=BEFORE + 6 * DAY),
        a_link("v" * 52, revoked_at=NOON, created_at=BEFORE + 7 * DAY),
    ]
    other = a_link("h" * 52, engagement="globex")
    scene.world.add(*made, *same, other)
    assert all_links(scene) == [a_link(), *made, *sorted(same, key=lambda link: link.id)]


def test_a_link_leads_to_an_engagement_that_is_over_as_well() -> None:
    scene = a_scene()
    over = an_engagement(closed_at=NOON)
    scene.world.add(over)
    assert open_link(scene.ports, LINK_TEXT) == (a_link(), over)


def test_a_link_is_not_made_to_what_is_being_changed() -> None:
    scene = a_scene()
    closed = an_engagement(closed_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(closed))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        created(scene)
    assert all_links(scene) == [a_link()]


def suspended(scene: Scene) -> None:
    revoke_member(scene.ports, scene.caller("luis"), "lena", why="gone bad")


def suspended_and_back(scene: Scene) -> None:
    suspended(scene)
    scene.world.later(seconds=1)
    reinstate_member(scene.ports, scene.caller("luis"), "lena")


def stepped_down(scene: Scene) -> None:
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.MEMBER))


def stepped_down_and_back(scene: Scene) -> None:
    stepped_down(scene)
    scene.world.later(seconds=1)
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.LEAD))


FATES = [suspended, suspended_and_back, stepped_down, stepped_down_and_back]


@pytest.mark.parametrize("fate", FATES)
def test_a_link_dies_with_the_lead_who_made_it_for_good(fate: Callable[[Scene], None]) -> None:
    scene = two_leads()
    hers = create_link(scene.ports, scene.caller("lena"), "acme-prod").text
    his = create_link(scene.ports, scene.caller("luis"), "acme-prod").text
    scene.world.later(minutes=1)
    fate(scene)
    with pytest.raises(NotFound, match="no-such-page"):
        open_link(scene.ports, hers)
    assert open_link(scene.ports, his)


def test_another_name_does_not_matter() -> None:
    scene = two_leads()
    text = create_link(scene.ports, scene.caller("lena"), "acme-prod").text
    scene.world.later(minutes=1)
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(name="Lena B"))
    assert open_link(scene.ports, text)


@pytest.mark.parametrize("lacks", [{"created_by": "nobody"}, {"engagement": "gone"}], ids=str)
def test_a_link_without_its_maker_or_its_engagement_leads_nowhere(lacks: dict[str, str]) -> None:
    scene = a_scene()
    scene.world.add(a_link("d" * 52, **lacks))
    leads_nowhere(scene, "d" * 52)


def test_what_they_make_once_they_lead_again_is_good() -> None:
    scene = two_leads()
    stepped_down_and_back(scene)
    assert open_link(scene.ports, created(scene).text)
