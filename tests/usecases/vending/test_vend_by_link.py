"""Access links: created for members with access, and revoked. A vend by a link happens once,
recorded, and under the usual rules."""

import hashlib
import re
from datetime import timedelta

from chalicelib.domain.errors import AwsRefused, DaypassError, FactsChanged
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.text import PART_OF_A_LINK
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.vending.access_links import make_access_link, revoke_access_link
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.vending.vend_by_link import LINK_USED_UP, check_link_without_use
from tests.builders import (
    ACCESS_TEXT,
    ASKED_IN,
    NOON,
    READONLY,
    a_binding,
    a_member,
    a_role,
    an_access_link,
    an_engagement,
)
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import reason_of, refused
from tests.usecases.telling import Telling
from tests.usecases.vending.linking import BY_LINK_STEPS, a_scene_in_slack, pressed
from tests.usecases.vending.test_vend import promotes, rotating

LINK = an_access_link()


USED, REVOKED = Reason.ACCESS_LINK_USED, Reason.ACCESS_LINK_REVOKED


REQUESTED = an_access_link(duration=900, reason="INC-7")
GONE = an_access_link(revoked_at=NOON, version=2)


def on_page(act, *arguments):
    """Return what the page says if this is refused."""
    try:
        act(*arguments)
    except DaypassError as error:
        return {"refused": type(error).__name__, "page": error.text(Surface.PAGE)}
    return None


def opens(scene, text=ACCESS_TEXT):
    return on_page(check_link_without_use, scene.ports, text)


def presses(scene, text=ACCESS_TEXT):
    return on_page(pressed, scene, text)


def test_what_a_link_gives_is_as_the_file_says():
    story = Telling()
    for title, item in {
        "A link": LINK,
        "A link with a duration and a reason": REQUESTED,
        "A used link": an_access_link(used_at=NOON),
        "A used link that was revoked": an_access_link(used_at=NOON, revoked_at=NOON),
        "A used link that expired": an_access_link(used_at=NOON, expires_at=NOON),
        "A revoked link": GONE,
        "An expired link": an_access_link(expires_at=NOON),
        "A link without its binding": an_access_link(token="0" * 64),
        "A link of a revoked binding": a_binding(revoked_at=NOON),
        "A link of a suspended member": a_member(suspended_at=NOON),
        "A link for a role that is closed to links": a_role(allows_links=False),
    }.items():
        scene = story.begin(title, a_scene_in_slack(item))
        for act in (opens, opens, presses, presses):
            story.do(act, scene)
    scene = story.begin("A link that is revoked at the moment of its use", a_scene_in_slack())
    scene.just_before("change", lambda: scene.add(GONE))
    story.do(presses, scene)
    scene = story.begin("A use that was not written", a_scene_in_slack())
    scene.fails_at("change", FactsChanged())
    story.do(presses, scene)
    scene.world.before = None
    story.do(presses, scene)
    scene = story.begin("Unknown links, and no link", a_scene_in_slack())
    for text in ("", "c" * 52, ACCESS_TEXT[:-1], ACCESS_TEXT + "a", ACCESS_TEXT.upper(), "é" * 52):
        story.do(opens, scene, text)
        story.do(presses, scene, text)
    story.do(vend, scene.ports, scene.in_slack(), "acme-prod", READONLY)
    story.hold("vending/by-link")


def test_the_link_is_used_up_before_its_session_is_vended():
    scene = a_scene_in_slack(REQUESTED)
    session = pressed(scene)
    assert scene.steps == BY_LINK_STEPS
    assert session.credentials.secret_access_key == CANARY_SECRET_KEY
    assert session.credentials.expires_at == NOON + timedelta(seconds=900)
    assert (session.engagement, session.role) == ("acme-prod", "readonly")
    assert session.session_name == f"alice.{session.vend}"
    scene.vend(reason="without the link")
    assert not {"link", "asked_in"} & set(scene.entries[-2].details)


USE, INTENT = "access-link.use done", "vend intended"
REFUSAL = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
FAULTS = [
    ("change", 1, DOWN, []),
    ("access_facts", 1, DOWN, [USE]),
    ("record intended", 1, DOWN, [USE]),
    ("issue", 1, DOWN, [USE, INTENT, "vend withheld records-unavailable"]),
    ("issue", 1, REFUSAL, [USE, INTENT, "vend failed role-refused-daypass"]),
    ("access_facts", 2, DOWN, [USE, INTENT]),
    ("put_outcome issued", 1, DOWN, [USE, INTENT]),
]


@every("step, nth, error, story", FAULTS)
def test_a_used_link_stays_used_up_after_any_failure(step, nth, error, story):
    scene = a_scene_in_slack()

    def fail():
        raise error

    scene.just_before(step, fail, nth=nth)
    pressing = refused(pressed, scene)
    assert (type(pressing), pressing.reason) == (type(error), error.reason)
    assert scene.story() == story
    if story:
        assert pressing.text(Surface.PAGE) == f"{error.text(Surface.PAGE)} {LINK_USED_UP}"
        assert reason_of(pressed, scene) == "access-link-used"
        assert scene.steps.count("issue") <= 1
    else:  # the link was not used, so it can be tried again
        assert pressing.detail == error.detail
        pressed(scene)


def test_a_link_that_is_revoked_while_it_is_used_says_only_that():
    scene = a_scene_in_slack()
    scene.just_before("issue", lambda: revokes(scene, "alice"))
    error = refused(pressed, scene)
    assert error.reason == "access-link-revoked"
    assert LINK_USED_UP not in error.text(Surface.PAGE)


REQUEST = SessionRequest(role="readonly", duration=1800, reason="INC-7")
HASH = an_access_link().hash


def a_scene_without_a_link(*items):
    scene = a_scene_in_slack(*items)
    scene.world.items = {k: i for k, i in scene.items.items() if i != an_access_link()}
    return scene


def made(scene, request=REQUEST, engagement="acme-prod"):
    return make_access_link(scene.ports, scene.in_slack(), engagement, request, asked_in=ASKED_IN)


def makes(scene):
    made(scene)


def revokes(scene, by, link=HASH):
    return scene.do(revoke_access_link, link, why="not me", by=by)


def test_what_is_made_and_revoked_is_as_the_file_says():
    story = Telling()
    for item in (
        an_engagement(),
        a_binding(revoked_at=NOON),
        a_role(max_session=900),
        a_role(allows_links=False),
    ):
        story.do(makes, story.begin("A link is made", a_scene_without_a_link(item)))
    for step in ("access_facts", "change"):
        scene = story.begin(f"A link is made, but {step} fails", a_scene_without_a_link())
        scene.fails_at(step, DOWN)
        story.do(makes, scene)
    scene = story.begin("A link is made, and its binding ends", a_scene_without_a_link())
    ended = a_binding(revoked_at=NOON, version=2)
    scene.just_before("change", lambda: scene.add(ended))
    story.do(makes, scene)
    for member in ("alice", "lena", "bob", "ada"):
        scene = story.begin("A link is revoked", a_scene_in_slack())
        story.do(revokes, scene, member)
        scene.later(seconds=7)
        story.do(revokes, scene, "lena")
        story.do(presses, scene)
        story.do(revokes, scene, member, "0" * 64)
    scene = story.begin("A link is revoked while it is used", a_scene_in_slack())
    scene.just_before("save", lambda: presses(scene))
    story.do(revokes, scene, "alice")
    story.hold("vending/access-links")


def test_the_trail_says_how_long_a_links_session_lasts_and_why_it_was_requested():
    scene = a_scene_without_a_link()
    made(scene, SessionRequest(role="readonly", reason="INC-7"))
    assert scene.entries[-1].details.items() >= {"duration": "3600", "said": "INC-7"}.items()


def test_its_text_is_unguessable_and_only_its_hash_is_kept():
    scene = a_scene_without_a_link()
    first, second = made(scene), made(scene)
    assert first.text != second.text
    assert re.fullmatch(IN_URL.pattern, first.text)
    assert PART_OF_A_LINK.search(first.text)  # so that no free text takes it
    assert hashlib.sha256(first.text.encode()).hexdigest() == first.link.hash
    assert first.link.id == first.link.hash[:12]
    assert first.text not in repr(scene.items) + repr(scene.entries) + repr(first)


def test_a_rotation_meanwhile_refuses_no_link():
    scene = rotating()
    scene.add(a_binding())
    promotes(scene, before="role")
    assert made(scene).link.role == "readonly"
    assert scene.steps.count("access_facts") == 2
