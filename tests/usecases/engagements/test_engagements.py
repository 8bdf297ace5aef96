"""Engagements are opened, changed, closed, revoked and reopened; Daypass generates external IDs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib import usecases
from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement, UsedExternalId
from chalicelib.domain.engagements.life import LONGEST_ENGAGEMENT
from chalicelib.domain.errors import Conflict, DaypassError, InvalidRequest
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    find_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.lists import iterate_list, list_all
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from tests.builders import (
    AFTER,
    BEFORE,
    Scene,
    a_scene,
    an_engagement,
)
from tests.fakes import FIRM, NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
LIMIT = NOON + LONGEST_ENGAGEMENT


def created(scene: Scene, id: str = "initech", **changes: Any) -> Engagement:
    facts = {"client": "Initech", "account_id": "765432109876", "ends_at": NOON + DAY}
    return scene.do(open_engagement, OpenEngagement(id=id, **(facts | changes))).engagement


def tombstones(scene: Scene) -> dict[str, str]:
    stored = scene.find(UsedExternalId, where=lambda _: True)
    return {taken.external_id: taken.engagement for taken in stored}


def test_an_engagement_begins_now_by_default() -> None:
    scene = a_scene()
    assert created(scene).starts_at == NOON
    assert created(scene, "hooli", starts_at=NOON + timedelta(hours=1)).starts_at > NOON
    assert find_engagement(scene.ports, "initech").is_open(NOON)


def test_no_request_can_choose_an_external_id() -> None:
    functions = [
        function
        for module in pkgutil.walk_packages(usecases.__path__, f"{usecases.__name__}.")
        for _, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.isfunction
        )
        if function.__module__.startswith(usecases.__name__)
        and function not in (list_all, iterate_list)  # they read
    ]
    assert open_engagement in functions
    for function in functions:
        assert "external_id" not in inspect.signature(function).parameters
        assert not any(
            parameter.kind is parameter.VAR_KEYWORD
            for parameter in inspect.signature(function).parameters.values()
        )


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("cxrk"), st.integers(0, 5)), max_size=30))
def test_no_two_engagements_ever_share_an_external_id(steps: list[tuple[str, int]]) -> None:
    """c: create, x: close, r: revoke, k: reopen. The random source repeats itself."""
    scene = a_scene()

    def random(count: int) -> bytes:
        if count == RECORD_ID_BYTES:  # no two entries ever share an ID
            return scene.world.random(count)
        return (next(scene.world.randoms) % 7).to_bytes(count, "big")

    ports = replace(scene.ports, random=random)
    lena, given_out = scene.caller(), {}
    for act, number in steps:
        name = f"client-{number}"
        try:
            match act:
                case "c":
                    made = open_engagement(
                        ports,
                        lena,
                        OpenEngagement(
                            id=name, client="C", account_id="765432109876", ends_at=AFTER
                        ),
                    ).engagement
                    assert made.external_id not in given_out
                    given_out[made.external_id] = name
                case "x":
                    close_engagement(ports, lena, name, why="done")
                case "r":
                    revoke_engagement(ports, lena, name, why="incident")
                case "k":
                    reopen_engagement(ports, lena, name, why="again")
        except DaypassError:
            continue
    assert tombstones(scene) == given_out
    kept = {
        e.id: e.external_id for e in list_all(scene.ports.state, Engagement) if "client" in e.id
    }
    assert kept == {name: external_id for external_id, name in given_out.items()}


@every("end", [close_engagement, revoke_engagement])
def test_an_id_is_never_used_again(end: Callable[..., Any]) -> None:
    scene = a_scene()
    scene.do(end, "acme-prod", why="done")
    with pytest.raises(Conflict) as refusal:
        created(scene, "acme-prod")
    assert (refusal.value.reason, refusal.value.field) == ("already-exists", "id")


@every(
    "account_id, reason",
    [
        (FIRM.account_id, "daypass-account"),
        *((other, "firm-account") for other in FIRM.other_accounts),
    ],
)
def test_the_firms_own_account_is_refused(account_id: str, reason: str) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest, match=reason) as refusal:
        created(scene, account_id=account_id)
    assert refusal.value.field == "account_id"
    assert scene.story() == []


@every(
    "starts_at, ends_at",
    [
        (NOON + DAY, NOON + DAY),
        (NOON - 2 * DAY, NOON - DAY),
        (None, NOON),
    ],
)
def test_an_engagement_ends_after_it_starts_and_after_now(
    starts_at: datetime | None, ends_at: datetime
) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest, match="ends-before-it-starts") as refusal:
        created(scene, starts_at=starts_at, ends_at=ends_at)
    assert refusal.value.field == "ends_at"
    assert (
        refusal_of(
            InvalidRequest,
            scene.do,
            change_engagement,
            "acme-prod",
            ChangeEngagement(starts_at=starts_at, ends_at=ends_at),
        )
        == "ends-before-it-starts"
    )


@every("starts_at, ends_at", [(NOON, LIMIT), (BEFORE, LIMIT), (AFTER, AFTER + LONGEST_ENGAGEMENT)])
def test_an_engagement_ends_two_years_from_its_start_or_from_now_at_most(
    starts_at: datetime, ends_at: datetime
) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest, match="engagement-too-long") as refusal:
        created(scene, starts_at=starts_at, ends_at=ends_at + TICK)
    assert refusal.value.field == "ends_at"
    assert scene.story() == []
    assert created(scene, starts_at=starts_at, ends_at=ends_at).ends_at == ends_at


def test_a_change_cannot_make_an_engagement_longer_in_two_steps() -> None:
    scene = a_scene()
    lena, later = scene.caller(), NOON + 700 * DAY
    postponed = ChangeEngagement(starts_at=later, ends_at=later + LONGEST_ENGAGEMENT)
    change_engagement(scene.ports, lena, "acme-prod", postponed)
    assert (
        refusal_of(
            InvalidRequest,
            change_engagement,
            scene.ports,
            lena,
            "acme-prod",
            ChangeEngagement(starts_at=NOON),
        )
        == "engagement-too-long"
    )


def test_the_start_cannot_be_moved_to_the_end() -> None:
    scene = a_scene()
    assert (
        refusal_of(
            InvalidRequest,
            scene.do,
            change_engagement,
            "acme-prod",
            ChangeEngagement(starts_at=AFTER),
        )
        == "ends-before-it-starts"
    )
    new = scene.do(change_engagement, "acme-prod", ChangeEngagement(starts_at=AFTER - DAY))
    assert new == an_engagement(starts_at=AFTER - DAY, version=2)


@every("end", [close_engagement, revoke_engagement])
def test_a_reopened_engagement_is_unchanged(end: Callable[..., Any]) -> None:
    scene = a_scene()
    scene.do(end, "acme-prod", why="by mistake")
    scene.do(reopen_engagement, "acme-prod", why="by mistake")
    assert scene.last_entry.details == {"said": "by mistake"}
    reopened = find_engagement(scene.ports, "acme-prod")
    assert reopened == an_engagement(version=3, stop=reopened.stop)
    scene.vend()
