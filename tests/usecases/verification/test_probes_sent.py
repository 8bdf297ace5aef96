"""Every probe that a check sends to AWS, in order: the external ID, the session name, the session
attributes and the duration in seconds."""

from itertools import product

from msgspec.structs import replace

from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.verification.probe_variants import FULL, PLAIN
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.verification.cut_off import check_cut_off
from chalicelib.usecases.verification.verify import advance_rotation, verify_role
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import FakeRole
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import reason_of
from tests.usecases.vending.interleaving import copy_of
from tests.usecases.verification.access_removal.test_access_removal import (
    ENDED,
    ROTATING,
    check_access,
    ended,
)
from tests.usecases.verification.cut_off.braked import CUT_OFF_ID, braked
from tests.usecases.verification.probing import Probing, answered_by, checking
from tests.usecases.verification.rotation.rotations import (
    adopted_rotation,
    begun_rotation,
    promoted_rotation,
    readopted_rotation,
)

SAFE = FakeRole(EXTERNAL_ID)
NO_IDENTITY, NO_TAGS = replace(SAFE, allows_source_identity=False), replace(SAFE, allows_tags=False)
NEITHER = replace(NO_IDENTITY, allows_tags=False)
ROTATED = an_engagement(previous_external_id="daypass-former")
RETIRED = an_engagement(retired_external_ids=("daypass-first", "daypass-second"))
UNDER_WAY = replace(ROTATED, next_external_id="daypass-next")
WITH_PATH = a_role(arn="arn:aws:iam::987654321098:role/team/ContractorRole", verification=None)
ROTATED_TWICE = replace(ROTATED, retired_external_ids=("daypass-first",))
FORMERLY = a_role(former_arns=("arn:aws:iam::987654321098:role/Former",))


def daily(*failed, trust=SAFE, **changes):
    """Return a scene whose role passed a full check with these failures, and is unchanged since."""
    never = {
        "previous_external_id": "former-external-id",
        "retired_external_ids": "retired-external-id",
    }
    without = [check for name, check in never.items() if name not in changes]
    earlier = a_verification(results=results(*failed, without=without))
    return checking(trust, an_engagement(**changes), a_role(verification=earlier))


FULL_CHECKS = {
    "a safe role": [SAFE],
    "a role that had another external ID": [SAFE, ROTATED],
    "a role with retired external IDs": [SAFE, RETIRED],
    "an external ID without letters": [FakeRole("22-33"), an_engagement(external_id="22-33")],
    "a role that refuses a source identity": [NO_IDENTITY],
    "a role that refuses tags": [NO_TAGS],
    "a role that refuses both": [NEITHER],
    "a role without external ID": [replace(SAFE, requires_external_id=False)],
    "a role in another account": [replace(SAFE, actual_account="111122223333")],
    "a role in a region that is off": [replace(SAFE, region_disabled=True), UNDER_WAY],
    "a role that refuses Daypass": [None],
    "a role that was rotated twice": [SAFE, ROTATED_TWICE],
    "a role that refuses Daypass during a rotation": [None, UNDER_WAY, WITH_PATH],
}


def full_checks():
    never = a_role(verification=None)
    return {name: checking(trust, never, *items) for name, (trust, *items) in FULL_CHECKS.items()}


def daily_checks():
    identity, tags = "source-identity", "session-tags"
    return {
        "a safe role": daily(),
        "a role that had another external ID": daily(previous_external_id="daypass-former"),
        "a role with a retired external ID": daily(retired_external_ids=("daypass-first",)),
        "a role that refuses a source identity": daily(identity, trust=NO_IDENTITY),
        "a role that refuses tags": daily(tags, trust=NO_TAGS),
        "a role that refuses both": daily(identity, tags, trust=NEITHER),
    }


def removal_checks():
    cut_off = replace(ENDED, cut_off_external_id=CUT_OFF_ID)
    accepting = ended(cut_off, roles={CutOffNames(ROLE_ARN).cut_off_role_arn: FakeRole(CUT_OFF_ID)})
    return {
        "an engagement": ended(ENDED),
        "two roles with one ARN": ended(ENDED, a_role("again")),
        "an engagement during a rotation": ended(ROTATING),
        "an engagement with a cut-off and a former ARN": ended(cut_off, FORMERLY),
        "a cut-off role that still accepts": accepting,
        "a role that still accepts": ended(ENDED, roles={ROLE_ARN: SAFE}),
    }


def cut_off_checks():
    rotated = braked()
    names = {"next_external_id": "daypass-next", "previous_external_id": "daypass-former"}
    rotated.add(replace(rotated.engagement, **names))
    return {"a brake": braked(), "a brake during a rotation": rotated}


def daily_cut_off_checks():
    scene = braked()
    scene.do(check_cut_off, "acme-prod", "readonly")
    return {"a brake": scene, "a brake that had no full check": braked()}


ROLE_NAME = ("acme-prod", "readonly")
ROTATIONS = (begun_rotation, adopted_rotation, promoted_rotation, readopted_rotation)
CHECKS = {
    "Full check": (full_checks, lambda s: s.do(verify_role, *ROLE_NAME)),
    "Daily check": (daily_checks, lambda s: s.do(verify_role, *ROLE_NAME, is_full=False)),
    "Access-removal check": (removal_checks, check_access),
    "Cut-off check": (cut_off_checks, lambda s: s.do(check_cut_off, *ROLE_NAME)),
    "Daily cut-off check": (
        daily_cut_off_checks, lambda s: s.do(check_cut_off, *ROLE_NAME, is_full=False),
    ),
    "Rotation": (
        lambda: {each.__name__: each().scene for each in ROTATIONS},
        lambda s: s.do(advance_rotation, "acme-prod"),
    ),
}  # fmt: skip
ATTRIBUTES = {FULL: "both", PLAIN: "neither"}


def name_ids(engagement):
    """Return what each external ID is: one of the engagement's, or nearly."""
    ids = {
        "right ID": engagement.external_id,
        "next ID": engagement.next_external_id,
        "previous ID": engagement.previous_external_id,
        "cut-off ID": engagement.cut_off_external_id,
    }
    ids |= {f"retired ID {n}": each for n, each in enumerate(engagement.retired_external_ids, 1)}
    id_names = {None: "no ID"}
    for name, external_id in ids.items():
        if external_id:
            id_names[external_id.swapcase()] = f"{name} in the other case"
            id_names[external_id * 2] = f"{name} twice"
            id_names[external_id[:-1] + "a"] = f"{name} with another last character"
            id_names[external_id] = name
    return id_names


def describe(sent, id_names):
    """Return a line for the probes of one external ID, in order: the names and their attributes.

    Random external IDs are "wrong", and random names are "person" and "agent".
    """
    lines = []
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


def test_the_probes_of_each_check_are_as_their_file_says():
    lines = []
    for check, (scenes, run) in CHECKS.items():
        for name, scene in scenes().items():
            sts = Probing(scene.world)
            id_names = name_ids(scene.engagement)
            run(answered_by(sts, scene))
            lines += [f"# {check}: {name} ({len(sts.sent)})", *describe(sts.sent, id_names)]
            lines += [f"Simulated: {', '.join(sts.simulated)}"] if sts.simulated else []
            intents = [each for each in scene.entries if each.outcome == "intended"]
            announced = intents[-1].details["session_names"].split()
            for sent in (probe.request for probe in sts.sent):
                assert sent.session_name in announced, name
                member = sent.session_name.split(".")[0]
                if member != CUT_OFF_SESSION_NAME:
                    assert sent.source_identity in (None, member)
                    assert sent.tags in ((), build_session_tags(member, "acme-prod"))
    hold_against_file("verification/probes.txt", "\n".join(lines))


@every("check", CHECKS)
def test_without_tables_at_any_step_a_check_stores_nothing_and_without_an_intent_it_sends_nothing(
    check,
):
    scenes, run = CHECKS[check]
    for scene, number in product(scenes().values(), range(20)):
        world, left = copy_of(scene.world), iter(range(number))
        world.steps, failed = [], list[str]()

        def fail(step, left=left, failed=failed):
            if step != "probe" and next(left, None) is None:
                failed.append(step)
                raise DOWN

        world.before = fail
        refusal = reason_of(run, Scene(world, world.ports()))
        assert bool(failed) is (refusal is not None)
        assert not failed or failed == ["vends"] or world.items == scene.items
        assert "record intended" not in failed or "probe" not in world.steps
        assert failed or number > 1  # the intent, and the result


ANSWERED = {
    "Full check": (
        "a role that was rotated twice", "a role that refuses Daypass during a rotation"
    ),
    "Daily check": ("a role with a retired external ID",),
    "Access-removal check": ("an engagement with a cut-off and a former ARN",),
    "Cut-off check": ("a brake",),
}  # fmt: skip
"""The situations in which AWS answers one probe otherwise."""
FINDINGS = ("failed", "causes", "still_let_in", "let_in_as")


def answered(run, scene, number, outcome):
    """Return the check's result if AWS answers the probe of this number so, and whether the check
    sends so many."""
    world = copy_of(scene.world)
    sts = Probing(world, lambda sent: outcome if sent.number == number else None)
    refusal = reason_of(run, answered_by(sts, Scene(world, world.ports())))
    entry = world.entries[-1]
    assert refusal in (None, entry.reason)
    assert not refusal or world.items == scene.items
    findings = [f"{name} {entry.details[name]}" for name in FINDINGS if name in entry.details]
    return ", ".join([f"{entry.outcome} {entry.reason}".strip(), *findings]), len(sts.sent) > number


def test_what_each_single_answer_of_aws_leads_to_is_as_its_file_says():
    lines = []
    for check, names in ANSWERED.items():
        scenes, run = CHECKS[check]
        for name, outcome in product(names, ProbeOutcome):
            scene = scenes()[name]
            lines.append(f"# {check}: {name}, and a probe is {outcome}")
            number, last, is_sent = 0, "", True
            while is_sent:
                result, is_sent = answered(run, scene, number, outcome)
                lines += [f"from {number}: {result}"] if is_sent and result != last else []
                number, last = number + 1, result
    hold_against_file("verification/answers.txt", "\n".join(lines))
