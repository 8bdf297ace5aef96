"""An access link starts approved access that waits for its first use, when someone presses."""

from datetime import timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.requests.own import start_access_of_link
from chalicelib.usecases.vending.access_links import make_access_link
from chalicelib.usecases.vending.vend_by_link import check_link_without_use, vend_by_link
from tests.builders import ACCESS_TEXT, a_binding, a_block, a_role, an_access_link
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.vending.approving import a_scene_with_access
from tests.usecases.vending.linking import BROWSER

HOUR = timedelta(hours=1)


def a_scene_that_waits(**changes):
    """Return a scene in which bob approved an hour for alice, from its first use within a day, and
    alice has an access link."""
    fields = {"duration": 3600, "ends_at": NOON + timedelta(days=1)} | changes
    scene = a_scene_with_access(**fields)
    scene.add(a_binding(), an_access_link())
    return scene


def press(scene):
    return vend_by_link(
        scene.ports, ACCESS_TEXT, address=BROWSER, start_access=start_access_of_link
    )


def access(scene):
    (grant,) = scene.find(ApprovedGrant)
    return grant


def test_the_link_is_made_and_its_page_opens_without_a_start():
    scene = a_scene_that_waits()
    request = SessionRequest(role="readonly")
    made = make_access_link(
        scene.ports, scene.in_slack(), "acme-prod", request, asked_in="slack:T/C/U"
    )
    _, allowed, starts = check_link_without_use(scene.ports, made.text)
    assert made.starts == starts == access(scene)
    assert allowed.deadline == NOON + HOUR
    assert access(scene).started_at is None


def test_the_press_starts_the_access_and_gives_its_session():
    scene = a_scene_that_waits()
    scene.later(minutes=2)
    session = press(scene)
    assert session.credentials.expires_at <= scene.clock + HOUR
    assert access(scene).started_at == NOON + timedelta(minutes=2)
    assert access(scene).ends_at == NOON + timedelta(minutes=62)
    assert scene.story() == [
        "access-link.use done",
        "vend refused access-not-started",
        "request.start done",
        "vend intended",
        "vend issued",
    ]
    started = scene.entries[2]
    assert (started.actor, started.address) == ("alice", BROWSER)


def test_access_that_has_started_needs_no_other_start():
    scene = a_scene_that_waits(started_at=NOON, ends_at=NOON + HOUR)
    press(scene)
    assert "request.start done" not in scene.story()


@every(
    "changes, items, reason",
    [
        ({"ends_at": NOON}, [], Reason.APPROVAL_REQUIRED),
        ({"revoked_at": NOON}, [], Reason.APPROVAL_REVOKED),
        ({"stops": ("an earlier", "", "", "")}, [], Reason.APPROVAL_REQUIRED),
        ({}, [a_binding(revoked_at=NOON)], Reason.TOKEN_REVOKED),
        ({}, [a_block()], Reason.FROZEN),
        ({}, [a_role(verification=None)], Reason.ROLE_UNVERIFIED),
        ({}, [a_role(allows_links=False)], Reason.ROLE_CLOSED_TO_LINKS),
        ({}, [a_role(requires_reason=True)], Reason.REASON_REQUIRED),
    ],
)
def test_access_that_cannot_start_gives_neither_link_nor_session_and_its_time_does_not_begin(
    changes, items, reason
):
    scene = a_scene_that_waits(**changes)
    scene.add(*items)
    assert reason_of(check_link_without_use, scene.ports, ACCESS_TEXT) is reason
    assert reason_of(press, scene) is reason
    assert (scene.world.issued, access(scene).started_at) == ([], None)
    assert "request.start done" not in scene.story()


def test_a_press_that_is_killed_after_any_step_can_be_repeated_with_another_link():
    count = 0
    while True:
        scene = a_scene_that_waits()
        scene.world.killed_after(count)
        try:
            press(scene)
            break
        except Killed:
            count += 1
        scene.world.before = None
        scene.later(minutes=1)
        scene.add(an_access_link())  # the first one may be used up
        press(scene)
        started = access(scene)
        assert started.started_at in (NOON, NOON + timedelta(minutes=1))
        assert started.ends_at == started.started_at + HOUR
        assert scene.story().count("request.start done") == 1
    assert count > 8
