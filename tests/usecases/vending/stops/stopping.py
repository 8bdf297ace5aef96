"""A busy scene for every stop, with its targets, and what carries it out."""

from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames, StopTarget
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.usecases.requests.actions import carry_out
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


def target_of(scene: Scene, name: str, **names: str) -> StopTarget:
    """Return a target of this stop: these names, or else alice's, or of acme-prod."""
    usual = {
        "engagement": "acme-prod",
        "role": "readonly",
        "member": "alice",
        "token": a_token().id,
        "session": first_session(scene),
        "request": REQUEST,
        "client": "ACME",
    }
    return StopTarget.build(STOPS[name], StopNames(**usual | names))


def stop(scene: Scene, target: StopTarget) -> Revocation:
    """Carry the stop out as lena, and return its sessions. A freeze's answer lists none."""
    answer: Any = scene.do(carry_out, target, why="stolen laptop")
    revocation: Revocation = getattr(answer, "revocation", answer)
    return revocation


def text_of(preview: Preview, title: str = "") -> str:
    """Return the lines of the part with this title, or of all parts."""
    parts = [part for part in preview.parts if title in ("", part.title)]
    return "\n".join(line for part in parts for line in part.lines)
