"""Every stop of the web console with its target, and the use case that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.usecases.engagements.engagements import close_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.member_leaves import leave
from chalicelib.usecases.engagements.revoke_client import revoke_client
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.requests.revoke import revoke_request
from chalicelib.usecases.vending.end_session import revoke_session
from tests.builders import Scene, a_grant, a_token, an_engagement
from tests.usecases.vending.approving import REQUEST, a_scene_with_access

CUT_OFF_ID = "daypass-cccccccccccccccccccccccccccccccc"


def a_busy_scene(method: CutOffMethod = CutOffMethod.BRAKE) -> Scene:
    """Return a scene in which alice has two sessions at acme-prod, by a request that bob approved,
    and bob one there and one at globex. acme-prod has this method for cut-offs."""
    scene = a_scene_with_access()
    scene.add(
        an_engagement(cut_off=method, cut_off_external_id=CUT_OFF_ID),
        a_grant("bob"),
        a_grant("bob", engagement="globex"),
    )
    for member, engagement in (
        ("alice", "acme-prod"),
        ("bob", "acme-prod"),
        ("alice", "acme-prod"),
        ("bob", "globex"),
    ):
        scene.later(seconds=1)
        scene.vend(member, engagement)
    scene.later(seconds=1)
    return scene


def first_session(scene: Scene) -> str:
    """Return the ID of the first session on the trail."""
    return next(entry.vend for entry in scene.entries if entry.vend)


def target_of(scene: Scene, scope: StopScope) -> StopTarget:
    """Return a target of this scope: alice's, or of acme-prod."""
    return StopTarget(
        scope=scope,
        engagement="acme-prod",
        role="readonly",
        member="alice",
        token=a_token().id,
        session=first_session(scene),
        request=REQUEST,
        client="ACME",
    )


Stop = Callable[[Scene, StopTarget], Revocation]


def _by(use_case: Callable[..., Revocation], *names: str) -> Stop:
    def stop(scene: Scene, target: StopTarget) -> Revocation:
        given_names: list[Any] = [getattr(target, name) for name in names]
        return scene.do(use_case, *given_names, why="stolen laptop")

    return stop


STOPS_BY_SCOPE: dict[StopScope, Stop] = {
    StopScope.SESSION: _by(revoke_session, "member", "session"),
    StopScope.TOKEN: _by(revoke_token, "member", "token"),
    StopScope.GRANT: _by(revoke_grant, "engagement", "member"),
    StopScope.REQUEST: _by(revoke_request, "request"),
    StopScope.MEMBER: lambda scene, target: (
        scene.do(suspend_member, target.member, why="w").revocation
    ),
    StopScope.LEAVE: lambda scene, target: scene.do(leave, target.member, why="w").revocation,
    StopScope.ROLE: _by(end_role, "engagement", "role"),
    StopScope.ENGAGEMENT: _by(revoke_engagement, "engagement"),
    StopScope.CLOSE: _by(close_engagement, "engagement"),
    StopScope.CLIENT: _by(revoke_client, "client"),
}
"""All but everything: a freeze's answer lists no sessions."""
