"""An ended engagement, and the roles that still exist in the client's account."""

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.values import Item
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import ROLE_ARN, Scene, a_scene, an_engagement
from tests.fakes import NOON, FakeRole

BY = SystemActor(SCHEDULE)


ENDED = an_engagement(closed_at=NOON)


def ended(*items: Item, roles: dict[str, FakeRole] | None = None) -> Scene:
    """Return a scene where acme-prod is closed and only these roles still exist."""
    scene = a_scene(*(items or (ENDED,)))
    scene.world.roles.pop(ROLE_ARN)
    scene.world.roles.update(roles or {})
    return scene


def check_access(scene: Scene) -> Engagement:
    return check_access_removed(scene.ports, BY, "acme-prod")


NEXT, PREVIOUS = "daypass-next", "daypass-former"
ROTATING = replace(ENDED, next_external_id=NEXT, previous_external_id=PREVIOUS)


def stored(scene: Scene) -> Engagement:
    return scene.get(Engagement, "acme-prod")
