"""The state of an engagement follows from what is stored, with few reads for a page of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.life import EngagementState
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    find_engagement,
    reopen_engagement,
)
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.states import list_with_states, read_state
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import Scene, a_block, a_grant, a_role, a_scene, an_engagement
from tests.fakes import NOON
from tests.rows import every

INVITED, PROVEN, ACTIVE, ENDING, OVER, LEFT = EngagementState
DAY = timedelta(days=1)


def state_of(scene: Scene, id: str = "acme-prod") -> EngagementState:
    return read_state(scene.ports, scene.get(Engagement, id)).state


def states(scene: Scene, limit: int = 50) -> dict[str, EngagementState]:
    """Return the states that all pages of this size show."""
    shown: dict[str, EngagementState] = {}
    cursor: str | None = None
    while cursor != "":
        page = list_with_states(scene.ports, limit=limit, cursor=cursor or "")
        assert len(page.items) <= limit
        shown |= {each.engagement.id: each.state for each in page.items}
        cursor = page.cursor
    return shown


def many_engagements() -> Scene:
    """Return a scene with an engagement in each state. Some IDs begin like another one."""
    scene = a_scene()
    for state, facts, roles, grants in (
        ("active", {}, [a_role("one", verification=None), a_role("two")], [a_grant()]),
        ("active-2", {}, [], []),
        ("ending", {"ends_at": NOON + 14 * DAY}, [a_role()], []),
        ("left", {"ends_at": NOON, "access_removed_at": NOON}, [a_role()], [a_grant()]),
        ("over", {"ends_at": NOON}, [a_role()], [a_grant()]),
        ("proven", {}, [a_role()], [a_grant(revoked_at=NOON)]),
    ):
        scene.add(an_engagement(state, **facts))  # type: ignore[arg-type]
        scene.add(*(replace(item, engagement=state) for item in (*roles, *grants)))
    return scene


@every("limit", [1, 2, 3, 50])
def test_each_page_shows_the_states_that_the_engagements_have(limit: int) -> None:
    scene = many_engagements()
    listed = states(scene, limit)
    assert listed == {name: state_of(scene, name) for name in listed}
    shown = [EngagementState(name) for name in listed if name in set(EngagementState)]
    assert shown == [ACTIVE, ENDING, LEFT, OVER, PROVEN]
    assert [listed[state] for state in shown] == shown
    assert listed["active-2"] is INVITED


def test_the_state_follows_every_change_at_once() -> None:
    scene = a_scene()
    lena, ports = scene.caller(), scene.ports
    seen = [state_of(scene)]
    change_engagement(ports, lena, "acme-prod", ChangeEngagement(ends_at=NOON + 14 * DAY))
    seen.append(state_of(scene))
    change_engagement(ports, lena, "acme-prod", ChangeEngagement(ends_at=NOON + 15 * DAY))
    for member in ("alice", "sam"):
        revoke_grant(ports, lena, "acme-prod", member, why="done")
    seen.append(state_of(scene))
    close_engagement(ports, lena, "acme-prod", why="done")
    seen.append(state_of(scene))
    scene.world.roles.clear()
    check_access_removed(ports, lena, "acme-prod")
    seen.append(state_of(scene))
    reopen_engagement(ports, lena, "acme-prod", why="more")
    seen.append(state_of(scene))
    assert seen == [ACTIVE, ENDING, PROVEN, OVER, LEFT, PROVEN]


def counted(scene: Scene) -> list[str]:
    """Count the lists that are read from now on."""
    state, reads = scene.ports.state, []
    listed = state.list

    def count(kind: Any, **by: Any) -> Any:
        reads.append(kind.__name__)
        return listed(kind, **by)

    state.list = count  # type: ignore[method-assign]
    return reads


def test_a_page_reads_grants_only_where_the_state_depends_on_them() -> None:
    scene = many_engagements()
    reads = counted(scene)
    by_state = Counter(states(scene).values())
    assert Counter(reads) == {
        "Engagement": 1,
        "Role": 1,
        "Grant": by_state[ACTIVE] + by_state[PROVEN],
    }


def test_a_current_grant_after_two_hundred_ended_ones_counts() -> None:
    scene = many_engagements()
    ended = (a_grant(f"a{number:03}", engagement="proven", ends_at=NOON) for number in range(250))
    scene.add(*ended)
    assert state_of(scene, "proven") is PROVEN
    scene.add(a_grant("zoe", engagement="proven"))
    assert state_of(scene, "proven") is ACTIVE
    assert states(scene)["proven"] is ACTIVE


@every(
    "pause, paused_at",
    [
        (a_block("acme-prod"), NOON),
        (a_block("acme-prod", lifted_at=NOON), None),
        (a_block("globex"), None),
        (a_block(), None),
    ],
)
def test_a_lead_sees_that_the_client_paused(pause: Block, paused_at: datetime | None) -> None:
    scene = a_scene(pause)
    shown = read_state(scene.ports, find_engagement(scene.ports, "acme-prod"))
    assert shown.paused_at == paused_at
    listed = list_with_states(scene.ports, limit=10).items
    assert {each.engagement.id: each.paused_at for each in listed}["acme-prod"] == paused_at
