"""A scene in which alice has access to `readonly` at acme-prod by an approved request."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.values import ItemKey
from chalicelib.domain.vending.vends import VendedSession
from tests.builders import (
    Scene,
    a_given_approval,
    a_grant_on_request,
    a_request,
    a_request_id,
    a_scene,
    an_approved_grant,
)
from tests.fakes import NOON

REQUEST = a_request_id()
KEY: ItemKey = ("acme-prod", "alice", "readonly", "1")
HOUR = timedelta(hours=1)


def a_scene_with_access(*, approver: str = "bob", **changes: Any) -> Scene:
    """Return the scene: bob approved alice's request, for two hours from noon. `changes` are to
    the approved grant."""
    scene = a_scene()
    opened = an_approved_grant(**changes)
    scene.add(
        a_grant_on_request(),
        a_request(
            status=RequestStatus.APPROVED,
            number=opened.number,
            decided_at=NOON,
            decided_by=approver,
            stops=opened.stops,
            duration=opened.duration,
        ),
        opened,
        a_given_approval(approver),
    )
    return scene


def add_access(scene: Scene, number: str, request_number: int, **changes: Any) -> ApprovedGrant:
    """Add alice's access by another request of hers, and return it."""
    request = a_request_id(number=request_number)
    opened = an_approved_grant(number=number, request=request, **changes)
    scene.add(
        opened,
        a_request(id=request, status=RequestStatus.APPROVED, number=number, stops=opened.stops),
    )
    return opened


def access(scene: Scene, number: str = "1") -> ApprovedGrant:
    """Return the access with this number, with its stop applied."""
    return scene.stored(ApprovedGrant, *KEY[:3], number)


def vended(scene: Scene, **request: Any) -> VendedSession:
    return scene.vend(**request)


def retaken(scene: Scene, **changes: Any) -> ApprovedGrant:
    """Let a later request of alice take the number of her access, which is over. Return its
    access."""
    previous = access(scene)
    later = an_approved_grant(
        request=a_request_id(number=7),
        stop=previous.stop,
        version=previous.version + 1,
        starts_at=scene.clock,
        ends_at=scene.clock + 2 * HOUR,
        created_at=scene.clock,
    )
    later = replace(later, **changes)
    scene.add(
        later, a_request(id=later.request, status=RequestStatus.APPROVED, number=later.number)
    )
    return later
