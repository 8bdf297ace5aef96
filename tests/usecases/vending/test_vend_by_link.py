"""Vend by an access link: once, recorded, and under the usual rules."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    AwsRefused,
    Conflict,
    DaypassError,
    FactsChanged,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.vending.vend_by_link import LINK_USED_UP, check_link_without_use
from tests.builders import (
    ACCESS_TEXT,
    ASKED_IN,
    a_binding,
    a_member,
    a_role,
    an_access_link,
    presented_in_slack,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.rows import every
from tests.usecases.refusals import reason_of, refused
from tests.usecases.vending.linking import (
    BROWSER,
    BY_LINK_STEPS,
    a_scene_in_slack,
    link_of,
    pressed,
)

LINK = an_access_link()
LATE = NOON + timedelta(minutes=5)


def test_the_link_is_used_up_before_its_session_is_vended() -> None:
    requested = an_access_link(duration=900, reason="INC-7")
    scene = a_scene_in_slack(requested, a_role(requires_reason=True))
    vended_session = pressed(scene)
    assert scene.world.steps == BY_LINK_STEPS
    assert scene.story() == ["access-link.use done", "vend intended", "vend issued"]
    assert vended_session.credentials.secret_access_key == CANARY_SECRET_KEY
    assert vended_session.credentials.expires_at == NOON + timedelta(seconds=900)
    assert (vended_session.engagement, vended_session.role) == ("acme-prod", "readonly")
    assert vended_session.session_name == f"alice.{vended_session.vend}"
    assert link_of(scene) == replace(requested, used_at=NOON, version=2)
    used, intent, _ = scene.world.entries
    for entry in scene.world.entries:
        assert (entry.actor, entry.engagement, entry.role) == ("alice", "acme-prod", "readonly")
        assert (entry.token, entry.address) == (a_binding().id, BROWSER)
    assert used.details == {"link": LINK.id, "asked_in": ASKED_IN}
    shown = {"link": LINK.id, "asked_in": ASKED_IN, "duration": "900", "said": "INC-7"}
    assert shown.items() <= dict(intent.details).items()
    scene.vend(reason="without the link")
    assert not {"link", "asked_in"} & set(scene.world.entries[-2].details)


# Changes of the link before the button is pressed.
USED, REVOKED = Reason.ACCESS_LINK_USED, Reason.ACCESS_LINK_REVOKED


@every(
    "link, reason",
    [
        (an_access_link(used_at=NOON), USED),
        (an_access_link(used_at=NOON, revoked_at=NOON), USED),
        (an_access_link(used_at=NOON, expires_at=NOON), USED),
        (an_access_link(revoked_at=NOON), REVOKED),
        (an_access_link(expires_at=NOON), Reason.ACCESS_LINK_EXPIRED),
    ],
)
def test_a_link_that_is_not_good_gives_nothing_and_that_is_on_record(
    link: AccessLink, reason: Reason
) -> None:
    scene = a_scene_in_slack(link)
    assert reason_of(check_link_without_use, scene.ports, ACCESS_TEXT) is reason
    assert scene.story() == []
    error = refused(pressed, scene)
    assert (type(error), error.reason) == (AccessDenied, reason)
    (entry,) = scene.world.entries
    assert (entry.action, entry.outcome, entry.reason) == ("access-link.use", "refused", reason)
    assert (entry.actor, entry.token, entry.address) == ("alice", a_binding().id, BROWSER)
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.details == {"link": LINK.id, "asked_in": ASKED_IN}
    assert scene.world.issued == []


@every("text", ["", "c" * 52, ACCESS_TEXT[:-1], ACCESS_TEXT + "a", ACCESS_TEXT.upper(), "é" * 52])
def test_a_link_that_is_not_known_gives_nothing_and_fills_no_trail(text: str) -> None:
    scene = a_scene_in_slack()
    for error in (
        refused(pressed, scene, text),
        refused(check_link_without_use, scene.ports, text),
    ):
        assert (type(error), error.reason) == (NotFound, Reason.ACCESS_LINK_UNKNOWN)
    assert scene.story() == []
    assert link_of(scene) == LINK


def test_opening_a_link_never_uses_it() -> None:
    scene = a_scene_in_slack()
    for _ in range(5):
        link, allowed, _ = check_link_without_use(scene.ports, ACCESS_TEXT)
        assert link == LINK
        assert allowed.caller.member == a_member()
        assert (allowed.client, allowed.terms.duration) == ("Acme", 3600)
    assert scene.story() == []
    assert "change" not in scene.world.steps
    pressed(scene)


def test_a_link_that_is_revoked_at_the_moment_of_its_use_gives_nothing() -> None:
    scene = a_scene_in_slack()
    gone = an_access_link(revoked_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(gone))
    assert refused(pressed, scene).reason is Reason.ACCESS_LINK_REVOKED
    assert scene.story() == ["access-link.use refused access-link-revoked"]


def test_a_use_that_was_not_written_can_be_tried_again() -> None:
    scene = a_scene_in_slack()
    scene.world.fails_at("change", FactsChanged())
    pressing = refused(pressed, scene)
    assert (type(pressing), pressing.reason) == (Conflict, Reason.CHANGED_MEANWHILE)
    assert scene.story() == ["access-link.use refused changed-meanwhile"]
    scene.world.before = None
    pressed(scene)


UNLINKED = Reason.TOKEN_UNKNOWN.text(Surface.PAGE)


def test_a_link_without_its_binding_gives_no_session() -> None:
    scene = a_scene_in_slack(an_access_link(token="0" * 64))
    opening = refused(check_link_without_use, scene.ports, ACCESS_TEXT)
    pressing = refused(pressed, scene)
    assert opening.reason is pressing.reason is Reason.TOKEN_UNKNOWN
    assert "/daypass link" in UNLINKED
    texts = (opening.text(Surface.PAGE), pressing.text(Surface.PAGE))
    assert texts == (UNLINKED, f"{UNLINKED} {LINK_USED_UP}")
    assert scene.story() == ["access-link.use done"]


@every(
    "item, error, reason, advice",
    [
        (a_binding(revoked_at=NOON), Unauthenticated, Reason.TOKEN_REVOKED, UNLINKED),
        (a_member(suspended_at=NOON), AccessDenied, Reason.MEMBER_SUSPENDED, "suspended"),
        (a_role(allows_links=False), AccessDenied, Reason.ROLE_CLOSED_TO_LINKS, "terminal"),
    ],
)
def test_a_link_is_refused_like_its_member(
    item: Item, error: type[DaypassError], reason: Reason, advice: str
) -> None:
    scene = a_scene_in_slack(item)
    opening = refused(check_link_without_use, scene.ports, ACCESS_TEXT)
    assert scene.story() == []
    pressing = refused(pressed, scene)
    for error_raised in (opening, pressing):
        assert (type(error_raised), error_raised.reason) == (error, reason)
        assert advice in error_raised.text(Surface.PAGE)
    # The text says that the link is used up.
    assert pressing.text(Surface.PAGE).endswith(LINK_USED_UP)
    assert scene.story() == ["access-link.use done", f"vend refused {reason}"]
    assert dict(scene.world.entries[-1].details)["link"] == LINK.id


RECORDS = Unavailable(Reason.RECORDS_UNAVAILABLE)
USE, INTENT = "access-link.use done", "vend intended"
REFUSAL = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
FAULTS: list[tuple[str, int, DaypassError, list[str]]] = [
    ("change", 1, RECORDS, []),
    ("access_facts", 1, RECORDS, [USE]),
    ("record intended", 1, RECORDS, [USE]),
    ("issue", 1, RECORDS, [USE, INTENT, "vend withheld records-unavailable"]),
    ("issue", 1, REFUSAL, [USE, INTENT, "vend failed role-refused-daypass"]),
    ("access_facts", 2, RECORDS, [USE, INTENT]),
    ("put_outcome issued", 1, RECORDS, [USE, INTENT]),
]


@every("step, nth, error, story", FAULTS)
def test_a_used_link_stays_used_up_after_any_failure(
    step: str, nth: int, error: DaypassError, story: list[str]
) -> None:
    scene = a_scene_in_slack()

    def fail() -> None:
        raise error

    scene.world.just_before(step, fail, nth=nth)
    pressing = refused(pressed, scene)
    assert (type(pressing), pressing.reason) == (type(error), error.reason)
    assert scene.story() == story
    if story:
        assert pressing.text(Surface.PAGE) == f"{error.text(Surface.PAGE)} {LINK_USED_UP}"
        assert reason_of(pressed, scene) is USED
        assert scene.world.steps.count("issue") <= 1
    else:  # the link was not used, so it can be tried again
        assert pressing.detail == error.detail
        pressed(scene)


def test_slack_alone_vends_nothing() -> None:
    scene = a_scene_in_slack()
    session = SessionRequest(role="readonly")
    error = refused(vend, scene.ports, scene.in_slack(), "acme-prod", session)
    assert (type(error), error.reason) == (AccessDenied, Reason.ACCESS_LINK_REQUIRED)
    assert scene.story() == ["vend refused access-link-required"]


def test_only_a_links_id_is_recorded() -> None:
    scene = a_scene_in_slack()
    pressed(scene)
    refused(pressed, scene)
    on_record = repr(scene.world.entries) + repr(list(scene.world.items.values()))
    for secret in (ACCESS_TEXT, LINK.hash, presented_in_slack().hash):
        assert secret not in on_record
