"""Every probe that a check sends to AWS, in order: the external ID, the session name, the session
attributes and the duration in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.verification.probe_variants import FULL, PLAIN
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.access_removal import check_access_removed
from chalicelib.usecases.verification.cut_off import check_cut_off
from chalicelib.usecases.verification.rotation import advance_rotation
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import FakeRole
from tests.golden import hold_against_file
from tests.usecases.verification.access_removal.ended_engagement import ENDED, ROTATING, ended
from tests.usecases.verification.cut_off.braked import CUT_OFF_ID, braked
from tests.usecases.verification.probing import Probing, Sent
from tests.usecases.verification.rotation.rotations import begun_rotation, promoted_rotation

SAFE = FakeRole(EXTERNAL_ID)
NO_IDENTITY, NO_TAGS = replace(SAFE, allows_source_identity=False), replace(SAFE, allows_tags=False)
NEITHER = replace(NO_IDENTITY, allows_tags=False)
ROTATED = an_engagement(previous_external_id="daypass-former")
RETIRED = an_engagement(retired_external_ids=("daypass-first", "daypass-second"))
UNDER_WAY = replace(ROTATED, next_external_id="daypass-next")
WITH_PATH = a_role(arn="arn:aws:iam::987654321098:role/team/ContractorRole", verification=None)
FORMERLY = a_role(former_arns=("arn:aws:iam::987654321098:role/Former",))


def checking(trust: FakeRole | None, *items: Item) -> Scene:
    """Return a scene whose role has this trust policy and no earlier result, or the given items."""
    scene = a_scene(a_role(verification=None), *items)
    scene.world.roles[ROLE_ARN] = trust or FakeRole("daypass-elsewhere")
    return scene


def daily(*failed: Check, trust: FakeRole = SAFE, **changes: Any) -> Scene:
    """Return a scene whose role passed a full check with these failures, and is unchanged since."""
    never = {"previous_external_id": Check.PREVIOUS_ID, "retired_external_ids": Check.RETIRED_ID}
    without = [check for name, check in never.items() if name not in changes]
    earlier = a_verification(results=results(*failed, without=without))
    return checking(trust, an_engagement(**changes), a_role(verification=earlier))


def full_checks() -> dict[str, Scene]:
    digits = an_engagement(external_id="22-33")
    return {
        "a safe role": checking(SAFE),
        "a role that had another external ID": checking(SAFE, ROTATED),
        "a role with retired external IDs": checking(SAFE, RETIRED),
        "an external ID without letters": checking(FakeRole("22-33"), digits),
        "a role that refuses a source identity": checking(NO_IDENTITY),
        "a role that refuses tags": checking(NO_TAGS),
        "a role that refuses both": checking(NEITHER),
        "a role without external ID": checking(replace(SAFE, requires_external_id=False)),
        "a role in another account": checking(replace(SAFE, actual_account="111122223333")),
        "a role in a region that is off": checking(replace(SAFE, region_disabled=True), UNDER_WAY),
        "a role that refuses Daypass": checking(None),
        "a role that refuses Daypass during a rotation": checking(None, UNDER_WAY, WITH_PATH),
    }


def daily_checks() -> dict[str, Scene]:
    identity, tags = Check.SOURCE_IDENTITY, Check.TAGS
    return {
        "a safe role": daily(),
        "a role that had another external ID": daily(previous_external_id="daypass-former"),
        "a role with a retired external ID": daily(retired_external_ids=("daypass-first",)),
        "a role that refuses a source identity": daily(identity, trust=NO_IDENTITY),
        "a role that refuses tags": daily(tags, trust=NO_TAGS),
        "a role that refuses both": daily(identity, tags, trust=NEITHER),
    }


def removal_checks() -> dict[str, Scene]:
    cut_off = replace(ENDED, cut_off_external_id=CUT_OFF_ID)
    return {
        "an engagement": ended(ENDED),
        "two roles with one ARN": ended(ENDED, a_role("again")),
        "an engagement during a rotation": ended(ROTATING),
        "an engagement with a cut-off and a former ARN": ended(cut_off, FORMERLY),
        "a role that still accepts": ended(ENDED, roles={ROLE_ARN: SAFE}),
    }


def cut_off_checks() -> dict[str, Scene]:
    during_rotation = braked()
    names = {"next_external_id": "daypass-next", "previous_external_id": "daypass-former"}
    during_rotation.add(replace(during_rotation.get(Engagement, "acme-prod"), **names))
    return {"a brake": braked(), "a brake during a rotation": during_rotation}


def daily_cut_off_checks() -> dict[str, Scene]:
    scene = braked()
    scene.do(check_cut_off, "acme-prod", "readonly")
    return {"a brake": scene, "a brake that had no full check": braked()}


Read = Callable[[Ports, Scene], object]
CHECKS: dict[str, tuple[Callable[[], dict[str, Scene]], Read]] = {
    "Full check": (full_checks, lambda p, s: verify_role(p, s.caller(), "acme-prod", "readonly")),
    "Daily check": (
        daily_checks,
        lambda p, s: verify_role(p, s.caller(), "acme-prod", "readonly", is_full=False),
    ),
    "Access-removal check": (
        removal_checks, lambda p, s: check_access_removed(p, s.caller(), "acme-prod"),
    ),
    "Cut-off check": (
        cut_off_checks, lambda p, s: check_cut_off(p, s.caller(), "acme-prod", "readonly"),
    ),
    "Daily cut-off check": (
        daily_cut_off_checks,
        lambda p, s: check_cut_off(p, s.caller(), "acme-prod", "readonly", is_full=False),
    ),
    "Rotation": (
        lambda: {"begun": begun_rotation().scene, "promoted": promoted_rotation().scene},
        lambda p, s: advance_rotation(p, s.caller(), "acme-prod"),
    ),
}  # fmt: skip


ATTRIBUTES = {FULL: "both", PLAIN: "neither"}


def name_ids(engagement: Engagement) -> dict[str | None, str]:
    """Return what each external ID is: one of the engagement's, or nearly."""
    ids = {
        "right ID": engagement.external_id,
        "next ID": engagement.next_external_id,
        "previous ID": engagement.previous_external_id,
        "cut-off ID": engagement.cut_off_external_id,
    }
    ids |= {f"retired ID {n}": each for n, each in enumerate(engagement.retired_external_ids, 1)}
    id_names: dict[str | None, str] = {None: "no ID"}
    for name, external_id in ids.items():
        if external_id:
            id_names[external_id.swapcase()] = f"{name} in the other case"
            id_names[external_id * 2] = f"{name} twice"
            id_names[external_id[:-1] + "a"] = f"{name} with another last character"
            id_names[external_id] = name
    return id_names


def describe(sent: Iterable[Sent], id_names: Mapping[str | None, str]) -> list[str]:
    """Return a line for the probes of one external ID, in order: the names and their attributes.

    Random external IDs are "wrong", and random names are "person" and "agent".
    """
    lines: list[str] = []
    last = ""
    for probe in sent:
        text = id_names.get(probe.external_id, "wrong ID")
        name, dot, rest = probe.request.session_name.partition(".")
        if dot:
            kind = "agent" if rest.endswith(".agent") else "person"
            name = f"{name} as {kind}" if name in ("alice", "sam") else kind
        attributes = ATTRIBUTES.get(probe.variant) or " ".join(probe.variant)
        line = f"{probe.role_arn.partition(':role/')[2]}, {text}, {probe.duration} s:"
        if line != last:
            lines.append(line)
        lines[-1] += f" {name} with {attributes};"
        last = line
    return lines


@pytest.mark.golden
def test_the_probes_of_each_check_are_as_their_file_says() -> None:
    lines: list[str] = []
    for check, (scenes, run) in CHECKS.items():
        for name, scene in scenes().items():
            sts = Probing(scene.world)
            id_names = name_ids(scene.get(Engagement, "acme-prod"))
            run(replace(scene.ports, sts=sts), scene)
            lines += [f"# {check}: {name} ({len(sts.sent)})", *describe(sts.sent, id_names)]
            lines += [f"Simulated: {', '.join(sts.simulated)}"] if sts.simulated else []
            intents = [each for each in scene.entries if each.outcome is Outcome.INTENDED]
            announced = intents[-1].details["session_names"].split()
            assert {probe.request.session_name for probe in sts.sent} <= {*announced}, name
    hold_against_file("verification/probes.txt", "\n".join(lines))
