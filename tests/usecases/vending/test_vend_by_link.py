"""Vend by an access link: once, recorded, and under the usual rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

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
    a_grant,
    a_member,
    a_role,
    an_access_link,
    presented_in_slack,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.usecases.vending.linking import (
    BROWSER,
    BY_LINK_STEPS,
    a_scene_in_slack,
    link_of,
    pressed,
    refused,
)

LINK = an_access_link()
LATE = NOON + timedelta(minutes=5)


def test_the_link_is_used_up_before_anything_is_vended() -> None:
    scene = a_scene_in_slack()
    vended_session = pressed(scene)
    assert scene.world.steps == BY_LINK_STEPS
    assert scene.story() == ["access-link.use done", "vend intended", "vend issued"]
    assert vended_session.credentials.secret_access_key == CANARY_SECRET_KEY
    assert (vended_session.engagement, vended_session.role) == ("acme-prod", "readonly")
    assert vended_session.session_name == f"alice.{vended_session.vend}"
    assert link_of(scene) == an_access_link(used_at=NOON, version=2)


def test_the_vended_session_is_the_one_requested_in_slack() -> None:
    requested = an_access_link(duration=900, reason="INC-7")
    scene = a_scene_in_slack(requested, a_role(requires_reason=True))
    vended_session = pressed(scene)
    assert vended_session.credentials.expires_at == NOON + timedelta(seconds=900)
    intent = scene.world.entries[1]
    assert (intent.details["duration"], intent.details["said"]) == ("900", "INC-7")


def test_the_trail_names_the_link_and_its_slack_message() -> None:
    scene = a_scene_in_slack()
    pressed(scene)
    used, intent, issued = scene.world.entries
    for entry in (used, intent, issued):
        assert (entry.actor, entry.engagement, entry.role) == ("alice", "acme-prod", "readonly")
        assert (entry.token, entry.address) == (a_binding().id, BROWSER)
    details = {"link": LINK.id, "asked_in": ASKED_IN}
    assert used.details == details
    assert details.items() <= dict(intent.details).items()


def test_a_vend_without_a_link_says_nothing_of_one() -> None:
    scene = a_scene_in_slack()
    scene.vend()
    assert not {"link", "asked_in"} & set(scene.world.entries[0].details)


# Changes of the link before the button is pressed.
DEAD: list[tuple[str, AccessLink, type[DaypassError], Reason]] = [
    ("used", an_access_link(used_at=NOON), AccessDenied, Reason.ACCESS_LINK_USED),
    ("used, and revoked", an_access_link(used_at=NOON, revoked_at=NOON), AccessDenied,
     Reason.ACCESS_LINK_USED),
    ("used, and expired", an_access_link(used_at=NOON, expires_at=NOON), AccessDenied,
     Reason.ACCESS_LINK_USED),
    ("revoked", an_access_link(revoked_at=NOON), AccessDenied, Reason.ACCESS_LINK_REVOKED),
    ("expired", an_access_link(expires_at=NOON), AccessDenied, Reason.ACCESS_LINK_EXPIRED),
]  # fmt: skip
dead = pytest.mark.parametrize(
    ("link", "error", "reason"), [pytest.param(*row[1:], id=row[0]) for row in DEAD]
)


@dead
def test_a_link_that_is_not_good_gives_nothing_and_that_is_on_record(
    link: AccessLink, error: type[DaypassError], reason: Reason
) -> None:
    scene = a_scene_in_slack(link)
    pressing = refused(lambda: pressed(scene))
    assert (type(pressing), pressing.reason) == (error, reason)
    (entry,) = scene.world.entries
    assert (entry.action, entry.outcome, entry.reason) == ("access-link.use", "refused", reason)
    assert (entry.actor, entry.token, entry.address) == ("alice", a_binding().id, BROWSER)
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.details == {"link": LINK.id, "asked_in": ASKED_IN}
    assert scene.world.issued == []


@dead
def test_opening_a_link_gets_the_same_refusal_and_is_not_recorded(
    link: AccessLink, error: type[DaypassError], reason: Reason
) -> None:
    scene = a_scene_in_slack(link)
    pressing = refused(lambda: check_link_without_use(scene.ports, ACCESS_TEXT))
    assert (type(pressing), pressing.reason) == (error, reason)
    assert scene.story() == []


@pytest.mark.parametrize(
    "text", ["", "c" * 52, ACCESS_TEXT[:-1], ACCESS_TEXT + "a", ACCESS_TEXT.upper(), "é" * 52]
)
def test_a_link_that_is_not_known_gives_nothing_and_fills_no_trail(text: str) -> None:
    scene = a_scene_in_slack()
    for act in (pressed, lambda s, t: check_link_without_use(s.ports, t)):
        pressing = refused(lambda act=act: act(scene, text))
        assert (type(pressing), pressing.reason) == (NotFound, Reason.ACCESS_LINK_UNKNOWN)
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


def test_a_second_press_gives_nothing() -> None:
    scene = a_scene_in_slack()
    pressed(scene)
    assert refused(lambda: pressed(scene)).reason is Reason.ACCESS_LINK_USED
    assert len(scene.world.issued) == 1


def test_one_of_two_simultaneous_tabs_gets_the_session() -> None:
    scene = a_scene_in_slack()
    scene.world.just_before("change", lambda: pressed(scene))
    pressing = refused(lambda: pressed(scene))
    assert (type(pressing), pressing.reason) == (AccessDenied, Reason.ACCESS_LINK_USED)
    assert len(scene.world.issued) == 1
    assert scene.story().count("access-link.use refused access-link-used") == 1


def test_a_link_that_is_revoked_at_the_moment_of_its_use_gives_nothing() -> None:
    scene = a_scene_in_slack()
    gone = an_access_link(revoked_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(gone))
    assert refused(lambda: pressed(scene)).reason is Reason.ACCESS_LINK_REVOKED
    assert scene.story() == ["access-link.use refused access-link-revoked"]


def test_a_use_that_was_not_written_can_be_tried_again() -> None:
    scene = a_scene_in_slack()
    scene.world.fails_at("change", FactsChanged())
    pressing = refused(lambda: pressed(scene))
    assert (type(pressing), pressing.reason) == (Conflict, Reason.CHANGED_MEANWHILE)
    assert scene.story() == ["access-link.use refused changed-meanwhile"]
    scene.world.before = None
    pressed(scene)


UNLINKED = Reason.TOKEN_UNKNOWN.text(Surface.PAGE)


def test_a_link_without_its_binding_gives_no_session() -> None:
    scene = a_scene_in_slack(an_access_link(token="0" * 64))
    opening = refused(lambda: check_link_without_use(scene.ports, ACCESS_TEXT))
    pressing = refused(lambda: pressed(scene))
    assert opening.reason is pressing.reason is Reason.TOKEN_UNKNOWN
    assert "/daypass link" in UNLINKED
    texts = (opening.text(Surface.PAGE), pressing.text(Surface.PAGE))
    assert texts == (UNLINKED, f"{UNLINKED} {LINK_USED_UP}")
    assert scene.story() == ["access-link.use done"]


def test_a_refusal_after_the_link_was_used_says_how_to_get_another() -> None:
    assert (
        LINK_USED_UP
        == "Your access link cannot be used again. To get another link, type /daypass access …"
        " in Slack."
    )


# Changes of the items that the link depends on.
ENDED: list[tuple[str, Item, type[DaypassError], Reason, str]] = [
    ("binding", a_binding(revoked_at=NOON), Unauthenticated, Reason.TOKEN_REVOKED, UNLINKED),
    ("binding's end", a_binding(expires_at=NOON), Unauthenticated, Reason.TOKEN_EXPIRED, UNLINKED),
    ("member", a_member(suspended_at=NOON), AccessDenied, Reason.MEMBER_SUSPENDED, "suspended"),
    ("grant", a_grant(revoked_at=NOON), AccessDenied, Reason.GRANT_NOT_CURRENT, "Your grant"),
    ("role", a_role(allows_links=False), AccessDenied, Reason.ROLE_CLOSED_TO_LINKS, "terminal"),
]


@pytest.mark.parametrize(
    ("item", "error", "reason", "advice"), [pytest.param(*row[1:], id=row[0]) for row in ENDED]
)
def test_a_link_is_refused_like_its_member(
    item: Item, error: type[DaypassError], reason: Reason, advice: str
) -> None:
    scene = a_scene_in_slack(item)
    opening = refused(lambda: check_link_without_use(scene.ports, ACCESS_TEXT))
    assert scene.story() == []
    pressing = refused(lambda: pressed(scene))
    for error_raised in (opening, pressing):
        assert (type(error_raised), error_raised.reason) == (error, reason)
        assert advice in error_raised.text(Surface.PAGE)
    # The text says that the link is used up.
    assert pressing.text(Surface.PAGE).endswith(LINK_USED_UP)
    assert scene.story() == ["access-link.use done", f"vend refused {reason}"]
    assert dict(scene.world.entries[-1].details)["link"] == LINK.id


RECORDS = Unavailable(Reason.RECORDS_UNAVAILABLE)
FAULTS = [
    ("change", 1, RECORDS, []),
    ("access_facts", 1, RECORDS, ["access-link.use done"]),
    ("record intended", 1, RECORDS, ["access-link.use done"]),
    ("issue", 1, Unavailable(Reason.AWS_UNREACHABLE),
     ["access-link.use done", "vend intended", "vend withheld aws-unreachable"]),
    ("issue", 1, AwsRefused(Reason.ROLE_REFUSED_DAYPASS),
     ["access-link.use done", "vend intended", "vend failed role-refused-daypass"]),
    ("access_facts", 2, RECORDS, ["access-link.use done", "vend intended"]),
    ("put_outcome issued", 1, RECORDS, ["access-link.use done", "vend intended"]),
]  # fmt: skip


@pytest.mark.parametrize(("step", "nth", "error", "story"), FAULTS)
def test_a_used_link_stays_used_up_after_any_failure(
    step: str, nth: int, error: DaypassError, story: list[str]
) -> None:
    scene = a_scene_in_slack()

    def fail() -> None:
        raise error

    scene.world.just_before(step, fail, nth=nth)
    pressing = refused(lambda: pressed(scene))
    assert (type(pressing), pressing.reason) == (type(error), error.reason)
    assert scene.story() == story
    if story:
        assert pressing.text(Surface.PAGE) == f"{error.text(Surface.PAGE)} {LINK_USED_UP}"
        assert refused(lambda: pressed(scene)).reason is Reason.ACCESS_LINK_USED
        assert scene.world.steps.count("issue") <= 1
    else:  # the link was not used, so it can be tried again
        assert pressing.detail == error.detail
        pressed(scene)


def test_slack_alone_vends_nothing() -> None:
    scene = a_scene_in_slack()
    pressing = refused(
        lambda: vend(scene.ports, scene.in_slack(), "acme-prod", SessionRequest(role="readonly"))
    )
    assert (type(pressing), pressing.reason) == (AccessDenied, Reason.ACCESS_LINK_REQUIRED)
    assert scene.story() == ["vend refused access-link-required"]


def test_only_a_links_id_is_recorded() -> None:
    scene = a_scene_in_slack()
    pressed(scene)
    refused(lambda: pressed(scene))
    on_record = repr(scene.world.entries) + repr(list(scene.world.items.values()))
    for secret in (ACCESS_TEXT, LINK.hash, presented_in_slack().hash):
        assert secret not in on_record
