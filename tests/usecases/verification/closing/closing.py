"""An engagement that is over, and what is left of its roles in the client's account."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.values import Item
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import ROLE_ARN, Scene, a_scene, an_engagement
from tests.fakes import NOON, FakeRole

BY = SystemActor(SCHEDULE)


OVER = an_engagement(closed_at=NOON)


def ended(*items: Item, roles: dict[str, FakeRole] | None = None) -> Scene:
    """acme-prod is closed, and these are what is left of its roles in the client's account."""
    scene = a_scene()
    scene.world.add(*(items or (OVER,)))
    scene.world.roles.pop(ROLE_ARN)
    scene.world.roles.update(roles or {})
    return scene


def looked(scene: Scene) -> Engagement:
    return check_access_removed(scene.ports, BY, "acme-prod")


NEXT, FORMER = "daypass-next", "daypass-former"
ROTATING = replace(OVER, next_external_id=NEXT, previous_external_id=FORMER)


def stored(scene: Scene) -> Engagement:
    found = scene.ports.state.get(Engagement, "acme-prod")
    assert found is not None
    return found
