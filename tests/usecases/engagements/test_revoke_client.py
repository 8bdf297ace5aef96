"""A client is revoked: all its engagements, each with what happened to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import DaypassError, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.several_revocations import BlockStatus, ClientRevocation
from chalicelib.usecases.engagements.revoke_client import revoke_client
from chalicelib.usecases.engagements.several import TIME_TO_BEGIN
from tests.builders import (
    Scene,
    a_grant,
    a_role,
    a_scene,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of

ACMES = ("acme-lab", "acme-prod", "acme-test")
LOST = Unavailable(Reason.RECORDS_UNAVAILABLE)


def a_scene_with_clients() -> Scene:
    """Return a scene with three engagements of Acme, in different spellings, and two clients with
    similar names."""
    scene = a_scene()
    spellings = {"acme-lab": "ACME", "acme-test": "acme"}
    others = {"acme-ltd": "ACME Ltd", "acme-labs": "Acme Labs", "acme-labs-2": "acme  labs"}
    for name, client in (spellings | others).items():
        scene.add(
            an_engagement(name, client=client),
            a_role(engagement=name),
            a_grant(engagement=name),
            a_grant("bob", engagement=name),
        )
    return scene


def revoked(scene: Scene, client: str = "Acme") -> ClientRevocation:
    return scene.do(revoke_client, client, why="the client asked for it")


def statuses(response: ClientRevocation) -> dict[str, BlockStatus]:
    return {part.engagement: part.status for part in response.engagements}


def blocked(scene: Scene) -> set[str]:
    engagements = scene.find(Engagement, where=lambda _: True)
    current = scene.ports.state.get_many(Engagement, [each.key for each in engagements])
    return {name for (name,), each in current.items() if each.revoked_at is not None}


def test_every_engagement_of_the_client_is_blocked_and_no_other() -> None:
    scene = a_scene_with_clients()
    prod, lab, ltd = (scene.vend("alice", name) for name in ("acme-prod", "acme-lab", "acme-ltd"))
    bobs = scene.vend("bob", "acme-lab")
    response = revoked(scene, "  aCME ")
    assert statuses(response) == dict.fromkeys(ACMES, BlockStatus.BLOCKED)
    assert blocked(scene) == {*ACMES}
    assert {each.vend for each in response.sessions} == {prod.vend, lab.vend, bobs.vend}
    assert [part.alive for part in response.engagements] == [2, 1, 0]
    assert [part.client for part in response.engagements] == ["ACME", "Acme", "acme"]
    assert (response.alive, response.revoked_at) == (3, NOON)
    assert (response.engagement_count, response.blocked_count) == (3, 3)
    for name in ACMES:
        assert refusal_of(DaypassError, scene.vend, "alice", name) == "engagement-revoked"
    scene.vend("alice", "acme-ltd")
    assert ltd.vend not in {each.vend for each in response.sessions}
    assert [(each.client, each.engagements) for each in response.not_included] == [
        ("Acme Labs", 2),
        ("ACME Ltd", 1),
    ]
    assert "Not included, because their names differ: Acme Labs, ACME Ltd." in response.message


def test_an_unknown_client_is_not_found_and_similar_names_are_named() -> None:
    scene = a_scene_with_clients()
    with pytest.raises(NotFound, match="no-such-client") as error:
        revoked(scene, "Acme Limited Labs")
    assert error.value.detail == (
        "No engagement has this client. Check the client's name. Clients with a similar name: ACME,"
        " Acme Labs."
    )
    with pytest.raises(NotFound) as error:
        revoked(scene, "Hooli")
    assert error.value.detail == "No engagement has this client. Check the client's name."
    assert not scene.entries


def test_asked_twice_it_gives_the_same_response_and_writes_nothing() -> None:
    scene = a_scene_with_clients()
    scene.vend()
    first = revoked(scene)
    items, entries = dict(scene.world.items), list(scene.entries)
    scene.later(minutes=1)
    again = revoked(scene)
    assert replace(again, cut_off_at=first.cut_off_at) == first
    assert (scene.world.items, scene.entries) == (items, entries)


def test_two_leads_at_once_give_one_revocation_of_each_engagement() -> None:
    scene = a_scene_with_clients()
    responses: list[ClientRevocation] = []
    scene.just_before("save", lambda: responses.append(revoked(scene)), nth=2)
    responses.append(revoked(scene))
    assert statuses(responses[0]) == statuses(responses[1])
    actions = [entry.action for entry in scene.entries]
    assert actions.count(Action.ENGAGEMENT_REVOKE) == 3


def test_every_block_is_stored_before_the_first_list_is_read() -> None:
    scene = a_scene_with_clients()
    revoked(scene)
    steps = scene.world.steps
    first_list = steps.index("vends")
    # Each engagement has one stop. The later writes finish them.
    assert steps[:first_list].count("save") == 3


def fails_from(nth: int, step: str) -> Callable[[str], None]:
    """Return a hook that lets the step succeed `nth` times, and then always fails."""
    count = 0

    def fail(name: str) -> None:
        nonlocal count
        if name == step:
            count += 1
            if count > nth:
                raise LOST

    return fail


@every("successes", [1, 2])
def test_where_dynamodb_refuses_half_way_each_engagement_says_what_it_is(successes: int) -> None:
    scene = a_scene_with_clients()
    scene.world.before = fails_from(successes, "save")
    response = revoked(scene)
    parts = response.engagements
    assert [part.status for part in parts] == [
        *[BlockStatus.NOT_BLOCKED] * (3 - successes),
        *[BlockStatus.BLOCKED] * successes,
    ]
    assert {part.engagement for part in parts if part.revoked_at} == blocked(scene)
    assert (parts[0].reason, parts[0].alive) == (Reason.RECORDS_UNAVAILABLE, 0)
    assert (
        f"Only {successes} of 3 engagements of ACME are blocked. Send the same request again for"
        " the others." in response.message
    )
    scene.world.before = None
    assert statuses(revoked(scene)) == dict.fromkeys(ACMES, BlockStatus.BLOCKED)


def test_an_engagement_whose_vends_cannot_be_read_is_unfinished() -> None:
    scene = a_scene_with_clients()
    scene.world.before = fails_from(2, "vends")  # the first engagement has two members
    response = revoked(scene)
    assert statuses(response) == {
        "acme-prod": BlockStatus.UNFINISHED,
        "acme-test": BlockStatus.UNFINISHED,
        "acme-lab": BlockStatus.BLOCKED,
    }
    assert {part.revoked_at for part in response.engagements} == {NOON}
    assert blocked(scene) == {*ACMES}
    scene.world.before = None
    assert statuses(revoked(scene)) == dict.fromkeys(ACMES, BlockStatus.BLOCKED)


def test_where_nothing_could_be_blocked_it_is_an_error() -> None:
    scene = a_scene_with_clients()
    scene.fails_at("save", LOST)
    with pytest.raises(Unavailable):
        revoked(scene)
    assert blocked(scene) == set()
    assert not scene.entries


def ticks(scene: Scene, step: str) -> None:
    """Let each step of this name take longer than the whole call may take."""

    def wait(name: str) -> None:
        if name == step:
            scene.world.clock += TIME_TO_BEGIN * 1.01

    scene.world.before = wait


@every("slow, expected", [("save", BlockStatus.NOT_BLOCKED), ("vends", BlockStatus.UNFINISHED)])
def test_where_time_runs_out_it_says_so_and_another_call_continues(
    slow: str, expected: BlockStatus
) -> None:
    scene = a_scene_with_clients()
    ticks(scene, slow)
    errors: list[Unavailable] = []
    for _ in range(3):
        try:
            response = revoked(scene)
        except Unavailable as error:
            errors.append(error)
            continue
        reasons = {part.reason for part in response.engagements if part.status is expected}
        assert reasons <= {Reason.REQUEST_UNFINISHED}
    for error in errors:
        assert error.reason is Reason.REQUEST_UNFINISHED
        assert "of 3 engagements, and could not finish it. Send the same" in error.detail
    scene.world.before = None
    assert statuses(revoked(scene)) == dict.fromkeys(ACMES, BlockStatus.BLOCKED)
    actions = [entry.action for entry in scene.entries]
    assert actions.count(Action.ENGAGEMENT_REVOKE) == 3


def test_any_number_of_engagements() -> None:
    scene = a_scene(*(an_engagement(f"initech-{n}", client="Initech") for n in range(1200)))
    response = revoked(scene, "Initech")
    assert (response.engagement_count, response.blocked_count) == (1200, 1200)
    assert len(response.engagements) == 200
