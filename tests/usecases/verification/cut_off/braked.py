"""An engagement whose client has agreed to the brake, and what can happen to it."""

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_policy,
    build_canary_denial,
)
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.usecases.verification.cut_off import check_cut_off
from tests.builders import ROLE_ARN, Scene, a_scene, an_engagement, role_cut_offs
from tests.fakes import World

CUT_OFF_ID = "daypass-brakeabcdefghijklmnopqrstuvwxy"
NAMES = CutOffNames(ROLE_ARN)
CANARY = "cafe0123cafe0123"
TRUST = [check for check in CutOffCheck if check != "brake"]
TRUSTED = dict.fromkeys(TRUST, "passed")


def braked() -> Scene:
    """Return a scene in which acme-prod has the method `brake` and everything that it needs."""
    scene = a_scene(an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=CUT_OFF_ID))
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    return scene


def write_brake(world: World, canary: str = CANARY, **changes: Any) -> None:
    """Write the brake with this canary, as the job that writes cut-offs does, and store that."""
    policy = build_brake_policy(NAMES, build_canary_denial(canary))
    version = world.iam.brakes[NAMES.brake_arn].add(policy, world.clock)
    facts = {
        "canary": canary,
        "versions": (version,),
        "drill_requested_at": None,
        "look_requested_at": None,
        "canary_seen_at": world.clock,
        "brake_seen_at": world.clock,
        "tried_at": world.clock,
    }
    old = world.items.get((RoleCutOffs, ("acme-prod", "readonly")), role_cut_offs(version=0))
    world.add(replace(old, **(facts | changes), version=old.version + 1))


def check(scene: Scene, *, is_full: bool = True) -> CutOffProof | None:
    return scene.do(check_cut_off, "acme-prod", "readonly", is_full=is_full)


def proof_of(scene: Scene) -> CutOffProof | None:
    return scene.get(CutOffProof, "acme-prod", "readonly")


def cut_offs_of(scene: Scene) -> RoleCutOffs | None:
    return scene.get(RoleCutOffs, "acme-prod", "readonly")
