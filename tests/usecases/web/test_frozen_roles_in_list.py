"""The list of engagements marks those with a role that Daypass froze, and says what it has not
read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.web.engagements.listing import MAX_ROLES_READ, list_engagements
from chalicelib.usecases.web.engagements.page import read_engagement_page
from tests.builders import ROLE_ARN, a_role, a_seen_cut_off, an_engagement, role_cut_offs
from tests.fakes import NOON
from tests.usecases.web.test_engagement_pages import cannot_read, scene_of

DAY = timedelta(days=1)
FROZEN = role_cut_offs(method=CutOffMethod.FREEZE, frozen_at=NOON, frozen_by="lena")
MOVED = replace(FROZEN, role_arn=f"{ROLE_ARN}2")
ROLE, OTHER, ENDED = a_role(), a_role("deploy"), a_role(ended_at=NOON)

ROWS: dict[str, tuple[list[Any], list[str], str]] = {
    "no cut-off": ([an_engagement(), ROLE], [], "Proven or active"),
    "cut off, and not frozen": (
        [an_engagement(), ROLE, role_cut_offs(a_seen_cut_off())],
        [],
        "Proven or active",
    ),
    "every role": ([an_engagement(), ROLE, FROZEN], ["readonly"], "Frozen"),
    "one of two": ([an_engagement(), ROLE, OTHER, FROZEN], ["readonly"], "Proven or active"),
    "both": (
        [an_engagement(), ROLE, OTHER, FROZEN, replace(FROZEN, role="deploy")],
        ["deploy", "readonly"],
        "Frozen",
    ),
    "an ended role": ([an_engagement(), ENDED, OTHER, FROZEN], [], "Proven or active"),
    "its former IAM role": ([an_engagement(), ROLE, MOVED], [], "Proven or active"),
    "over": ([an_engagement(closed_at=NOON), ROLE, FROZEN], ["readonly"], "Over"),
    "of another engagement": (
        [an_engagement(), ROLE, replace(FROZEN, engagement="acme-dev")],
        [],
        "Proven or active",
    ),
}


@pytest.mark.parametrize(("items", "roles", "label"), ROWS.values(), ids=ROWS)
def test_the_list_says_what_the_engagements_page_says(
    items: list[Any], roles: list[str], label: str
) -> None:
    scene = scene_of(*items)
    page = list_engagements(scene.ports)
    (row,) = page.rows
    assert row.frozen is not None
    assert [each.role for each in row.frozen] == roles
    assert (row.state.label, page.unread) == (label, ())
    own_page = read_engagement_page(scene.ports, "acme-prod")
    assert own_page.frozen == row.frozen
    assert own_page.state.label == label.removesuffix(" or active")


def test_an_engagement_that_daypass_has_left_is_not_marked() -> None:
    left = an_engagement(closed_at=NOON - DAY, access_removed_at=NOON)
    (row,) = list_engagements(scene_of(left, ROLE, FROZEN).ports).rows
    assert (row.frozen, row.state.label) == ((), "Left")


def test_without_the_cut_offs_nothing_is_said_of_a_freeze() -> None:
    scene = scene_of(an_engagement(), ROLE, FROZEN)
    scene.world.fails_at("get_together", Unavailable(Reason.RECORDS_UNAVAILABLE))
    page = list_engagements(scene.ports)
    (row,) = page.rows
    assert (row.frozen, row.is_paused, page.is_frozen) == (None, None, None)
    assert page.unread == ("pauses and frozen roles",)
    assert row.role_count == 1


def test_without_the_roles_nothing_is_said_of_a_freeze() -> None:
    scene = cannot_read(scene_of(an_engagement(), ROLE, FROZEN), Role)
    page = list_engagements(scene.ports)
    (row,) = page.rows
    assert (row.frozen, row.is_paused) == (None, False)
    assert page.unread == ("roles",)


def test_beyond_the_roles_that_are_read_nothing_is_said_of_a_freeze() -> None:
    names = ["acme-1", "acme-2"]
    roles = [
        a_role(f"r{n:03}", engagement=name) for name in names for n in range(MAX_ROLES_READ - 1)
    ]
    frozen = [replace(FROZEN, engagement=name, role="r000") for name in names]
    page = list_engagements(scene_of(*map(an_engagement, names), *roles, *frozen).ports)
    first, second = page.rows
    assert first.frozen is not None
    assert [each.role for each in first.frozen] == ["r000"]
    assert (second.frozen, second.role_count) == (None, None)


def test_a_freeze_is_listed_until_the_client_undid_it() -> None:
    scene = scene_of(an_engagement(), ROLE, FROZEN)
    assert list_engagements(scene.ports).rows[0].frozen
    item = scene.ports.state.get(RoleCutOffs, "acme-prod", "readonly")
    assert item is not None
    scene.world.add(replace(item, frozen_at=None))
    assert list_engagements(scene.ports).rows[0].frozen == ()
