"""Alerts: every lead learns of certain changes, so that no lead can make them unnoticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.engagements import change_engagement
from tests.builders import Scene, an_engagement
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.changes_table import CHANGES, TO_THEMSELVES, two_leads

# Each change that raises an alert, with its engagement, role and member. No other does.
ALERTS: dict[str, tuple[str, str, str, str]] = {
    "member.create lead": ("lead-made", "", "", "eve"),
    "member.change to lead": ("lead-made", "", "", "alice"),
    "member.change own kind": ("lead-ended", "", "", "lena"),
    "member.revoke own": ("lead-ended", "", "", "lena"),
    "member.reinstate": ("member-reinstated", "", "", "sam"),
    "role.override": ("role-overridden", "acme-prod", "readonly", ""),
    "engagement.reopen": ("engagement-reopened", "closed", "", ""),
    "engagement.import": ("external-id-imported", "umbrella", "", ""),
    "grant.create own": ("grant-to-oneself", "acme-prod", "", "lena"),
}
ALL = CHANGES | TO_THEMSELVES


def alerts_of(scene: Scene) -> list[tuple[str, str, str, str]]:
    return [
        (alert.alert, alert.engagement, alert.role, alert.member) for alert in scene.world.alerts
    ]


def test_every_row_is_a_tested_change() -> None:
    assert ALERTS.keys() <= ALL.keys()


@every("name", ALL)
def test_an_alert_names_the_actor_and_the_action(name: str) -> None:
    scene = two_leads()
    ALL[name](scene.ports, scene.caller())
    assert alerts_of(scene) == ([ALERTS[name]] if name in ALERTS else [])
    for event in scene.world.alerts:
        assert event.text.startswith("lena ")
        assert event.text.endswith(" It was done by lena from 203.0.113.7.")
        assert event.at == NOON


@every("name", ALERTS)
def test_an_unwritten_change_causes_no_alert(name: str) -> None:
    scene = two_leads()
    step = "save" if name.startswith("member.revoke") else "change"
    scene.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        ALL[name](scene.ports, scene.caller())
    assert alerts_of(scene) == []


@every("name", ALERTS)
def test_alerts_contain_nothing_that_someone_typed(name: str) -> None:
    """Alerts reach the log. The reason for a change is only on the trail."""
    scene = two_leads()
    ALL[name](scene.ports, scene.caller())
    (entry,) = scene.world.entries
    typed = {entry.details[field] for field in ("said", "name") if field in entry.details}
    for event in scene.world.alerts:
        assert not [text for text in typed if text in event.text]


ENDED = {"ends_at": NOON - timedelta(seconds=1)}


@every(
    "facts, days, is_notified",
    [
        (ENDED, 1, True),
        ({}, 1, False),
        (ENDED | {"closed_at": NOON}, 1, False),  # the closed engagement stays over
    ],
)
def test_an_engagement_that_had_ended_is_reopened_by_a_later_end(
    facts: dict[str, Any], days: int, *, is_notified: bool
) -> None:
    scene = two_leads()
    scene.world.add(an_engagement(**facts))
    change = ChangeEngagement(ends_at=NOON + timedelta(days=days))
    scene.do(change_engagement, "acme-prod", change)
    assert alerts_of(scene) == [("engagement-reopened", "acme-prod", "", "")] * is_notified
