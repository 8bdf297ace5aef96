"""A scene in which alice may open `readonly` at acme-prod and at globex in an emergency."""

from typing import Any

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    EmergencyLock,
    EmergencyRecord,
)
from chalicelib.domain.engagements.engagements import CreateGrant
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.requests.emergencies import confirm_emergency, open_emergency
from tests.builders import Scene, a_scene, a_token, leads
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.usecases.refusals import reason_of
from tests.usecases.vending.revocations import UNDONE

WORDS = "The database was full. She made room."


def an_emergency_scene() -> Scene:
    """Return the scene, with a second lead, luis, who has an emergency grant too."""
    return a_scene(
        *leads("luis"),
        an_emergency_grant(),
        an_emergency_grant(engagement="globex"),
        an_emergency_grant("luis"),
    )


def open_it(
    scene: Scene, engagement: str = "acme-prod", *, by: str = "alice", **changes: Any
) -> RequestView:
    opening = OpenEmergency(**({"reason": "INC-7"} | changes))
    return scene.do(open_emergency, engagement, "readonly", opening, by=by)


def confirm_it(scene: Scene, request: str, by: str = "lena", why: str = WORDS) -> RequestView:
    return scene.do(confirm_emergency, request, why=why, by=by)


def vended(scene: Scene) -> Reason | None:
    """Return why alice gets no session at acme-prod, or None if she gets one."""
    return reason_of(scene.vend)


def entries_of(scene: Scene, action: Action, outcome: Outcome = Outcome.DONE) -> list[Entry]:
    return [e for e in scene.entries if (e.action, e.outcome) == (action, outcome)]


def opened_grants(scene: Scene) -> list[ApprovedGrant]:
    return scene.find(ApprovedGrant)


def lock_of(scene: Scene, member: str = "alice") -> str | None:
    lock = scene.get(EmergencyLock, member)
    return None if lock is None else lock.request


def count_of(scene: Scene, engagement: str = "acme-prod", member: str = "alice") -> int:
    record = scene.get(EmergencyRecord, engagement, member)
    return 0 if record is None else record.count


def reinstate_with_token(scene: Scene) -> None:
    UNDONE["member suspended"](scene)
    scene.add(a_token("alice", created_at=scene.clock))


def grant_again(scene: Scene) -> None:
    roles = frozenset({"readonly"})
    again = CreateGrant(member="alice", roles=roles, on_request=roles, emergency=roles)
    scene.do(create_grant, "acme-prod", again)


GIVEN_BACK = UNDONE | {"member suspended": reinstate_with_token, "grant revoked": grant_again}
"""How to give back what each revocation of `revocations.py` took, if that is possible."""
