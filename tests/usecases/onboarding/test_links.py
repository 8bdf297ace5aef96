"""Links to a client's page: shown once, stored as a hash, and invalid after their expiry."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Page
from chalicelib.usecases.onboarding.links import (
    LINKS,
    LinkFilters,
    create_link,
    open_link,
    revoke_link,
)
from tests.builders import AFTER, LINK_TEXT, a_link, a_member, a_scene, an_engagement
from tests.fakes import NOON, FakeState
from tests.usecases.refusals import refusal_of, refused
from tests.usecases.telling import Telling

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def new_link(scene, expires_at=None):
    return scene.do(create_link, "acme-prod", CreateLink(expires_at=expires_at))


def is_invalid(scene, text):
    """Require the same response as for every invalid link."""
    error = refused(open_link, scene.ports, text)
    about = (type(error), error.reason, error.field, error.__cause__)
    assert about == (NotFound, Reason.NO_SUCH_PAGE, "", None)
    assert error.detail == Reason.NO_SUCH_PAGE.text(Surface.PAGE)


def creates(scene, expires_at=None):
    return {"link": new_link(scene, expires_at).link}


def opens(scene, text=LINK_TEXT):
    link, engagement = open_link(scene.ports, text)
    return {"link": link.id, "engagement": engagement.id}


def revokes(scene, engagement, link):
    scene.do(revoke_link, engagement, link)


def test_what_links_open_is_as_the_file_says():
    story = Telling()
    for expires_at in (None, NOON + 90 * DAY, NOON + MOMENT, NOON + 90 * DAY + MOMENT, NOON):
        story.do(creates, story.begin("A lead creates a link", a_scene()), expires_at)
    for title, items in SITUATIONS.items():
        story.do(opens, story.begin(title, a_scene(*items)))
    scene = story.begin("A link is revoked by its ID and its engagement", a_scene())
    for engagement, link in (
        ("acme-prod", "0" * 12),
        ("acme-prod", a_link().hash),
        ("acme-prod", LINK_TEXT),
        ("globex", a_link().id),
        ("nowhere", a_link().id),
        ("acme-prod", a_link().id),
    ):
        story.do(revokes, scene, engagement, link)
    for guess in (a_link().id, a_link().hash, a_link().id.ljust(52, "a")):
        story.do(opens, a_scene(), guess)
    story.hold("onboarding/links")


class RecordingState(FakeState):
    """Records the requested links, and finds none."""

    def __init__(self, world):
        super().__init__(world)
        self.requested = []

    def get(self, kind, *key):
        if kind is not SetupLink:
            return super().get(kind, *key)
        self.requested += key
        return None


def test_a_malformed_link_causes_no_read():
    scene = a_scene()
    state = RecordingState(scene.world)
    watched = replace(scene, ports=replace(scene.ports, state=state))
    for text in ("", "é" * 52, LINK_TEXT.upper()):
        is_invalid(watched, text)
    assert state.requested == []
    is_invalid(watched, LINK_TEXT)
    assert state.requested == [a_link().hash]
    # A deleted link is still listed.
    revocation = (revoke_link, "acme-prod", a_link().id)
    assert refusal_of(NotFound, watched.do, *revocation) == "no-such-link"


class Lagging(FakeState):
    """Lists the links with their first version."""

    def list(self, kind, **_filters):
        assert kind is SetupLink
        return Page((a_link(),), "")


def test_a_revoked_link_is_invalid_at_once_and_also_an_expired_one_can_be_revoked():
    scene = a_scene(an_engagement(closed_at=NOON))  # its page still opens
    assert open_link(scene.ports, LINK_TEXT)[0] == a_link()
    checked = a_link(checked_at=NOON, version=2, expires_at=NOON)
    scene.add(checked)
    ports = replace(scene.ports, state=Lagging(scene.world))
    revoked = revoke_link(ports, scene.caller(), "acme-prod", a_link().id, why="wrong person")
    assert revoked == replace(checked, revoked_at=NOON, version=3)
    is_invalid(scene, LINK_TEXT)


def test_links_are_listed_for_91_days_and_those_that_work_come_first():
    scene = a_scene(
        a_member("mallory"),
        a_link("a" * 52, created_at=NOON - 3 * DAY),
        a_link("b" * 52, created_at=NOON - 2 * DAY, revoked_at=NOON),
        a_link("c" * 52, created_at=NOON - 1 * DAY, expires_at=NOON),
        a_link("d" * 52, created_at=NOON, created_by="mallory"),
        a_link("e" * 52, created_at=NOON - 100 * DAY),
        a_link("h" * 52, engagement="globex"),
    )
    page = LINKS.ask(scene.ports, scene.caller(), LinkFilters(engagement="acme-prod"))
    statuses = [each.status.value for each in page.items]
    assert statuses == ["works", "works", "off", "expired", "revoked"]


LENA = a_member("lena", kind=Kind.LEAD)
SITUATIONS = {
    "It opens its engagement's page": [],
    "It is valid until its expiry": [a_link(expires_at=NOON + MOMENT)],
    "It has expired": [a_link(expires_at=NOON)],
    "Its creator is suspended": [replace(LENA, suspended_at=NOON)],
    "Its creator leads no more": [replace(LENA, kind=Kind.MEMBER)],
    "Its creator leads again since": [replace(LENA, leads_from=AFTER)],
    "Its creator was suspended since": [replace(LENA, tokens_from=AFTER)],
    "No one created it": [a_link(created_by="nobody")],
    "It has no engagement": [a_link(engagement="gone")],
}
