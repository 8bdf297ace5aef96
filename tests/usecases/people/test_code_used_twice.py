"""A code that is used again: the leads are alerted, but not without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.values import next_version
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import create_enrolment
from chalicelib.usecases.people.tokens import rotate_token
from tests.builders import Scene, code_text_of
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import (
    CODE,
    HERE,
    THERE,
    caller,
    got,
    refused,
    used,
    used_and_superseded,
)


@every("use_code", [used, used_and_superseded])
def test_a_code_used_twice_alerts_the_leads(use_code: Callable[[Scene], None]) -> None:
    """The first user cannot hide by sending the member another code."""
    scene = two_leads()
    use_code(scene)
    (stolen,) = (
        t for t in list_all(scene.ports.state, Token, member="alice") if t.enrolment == CODE.hash
    )
    scene.world.later(hours=1)
    refused(scene, address=HERE)
    further, event = scene.world.alerts
    assert further.alert == "further-token"  # alice has another that works
    assert (event.alert, event.member, event.at) == (
        "code-used-twice",
        "alice",
        NOON + timedelta(hours=1),
    )
    for fact in ("2026-11-24T12:00:00Z", THERE, HERE, stolen.id):
        assert fact in event.text
    assert scene.last_entry.details["token"] == stolen.id


def second_uses(scene: Scene) -> int:
    return [alert.alert for alert in scene.world.alerts].count("code-used-twice")


@every("use_code", [used, used_and_superseded])
def test_one_code_alerts_once_a_day_and_every_use_is_recorded(
    use_code: Callable[[Scene], None],
) -> None:
    scene = two_leads()
    use_code(scene)
    scene.world.entries.clear()
    for hours, times in ((0, 1), (23.9, 1), (24, 2), (25, 2)):
        scene.world.clock = NOON + timedelta(hours=hours)
        refused(scene)
        refused(scene)
        assert second_uses(scene) == times
    assert [entry.details["because"] for entry in scene.world.entries] == ["used"] * 8


def test_a_second_use_of_another_code_raises_an_alert_too() -> None:
    scene = two_leads()
    used(scene)
    second = scene.do(create_enrolment, "alice").code
    enrol(scene.ports, Enrol(code=second, label="desktop"), address=THERE)
    for code in (code_text_of("alice"), second):
        refused(scene, code)
    assert second_uses(scene) == 2


@every("changes", [1, 4])
def test_a_concurrent_change_of_the_token_hides_no_second_use(
    changes: int,
) -> None:
    scene = two_leads()
    used(scene)
    label = 0

    def relabel(step: str) -> None:
        nonlocal label
        if step == "change" and label < changes:
            label += 1
            (token,) = scene.ports.state.list(Token, enrolment=CODE.hash, limit=1000).items
            scene.world.add(next_version(token, label=f"laptop {label}"))

    scene.world.before = relabel
    refused(scene)
    refused(scene)
    (token,) = scene.ports.state.list(Token, enrolment=CODE.hash, limit=1000).items
    assert token.label == f"laptop {changes}"
    assert second_uses(scene) == (1 if changes < 4 else 2)
    assert scene.story().count("enrolment.use refused enrolment-refused") == 2


def test_rotating_does_not_wash_a_stolen_codes_token_clean() -> None:
    scene = two_leads()
    thief = caller(scene, got(scene, address=THERE))
    new = rotate_token(scene.ports, thief)
    scene.world.later(hours=1)
    refused(scene, address=HERE)
    assert new.token.enrolment == CODE.hash
    assert new.token.id in scene.world.alerts[-1].text
    assert thief.token.id not in scene.world.alerts[-1].text
