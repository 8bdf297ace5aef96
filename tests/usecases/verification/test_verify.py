"""Verify a role: only AWS's answers to Daypass's own probes count. Changes and revocations in the
middle of a check give no better grade, and lose no cut-off."""

import secrets
from contextlib import suppress

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated, Unavailable
from chalicelib.domain.onboarding.setup.resources import build_trust_policy_denying_all
from chalicelib.domain.people.members import Member
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.verification.probe_variants import FULL, VARIANTS
from chalicelib.domain.verification.proof import (
    ProbeResult,
    grade_results,
)
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.verification.verify import begin_rotation, continue_rotation, verify_role
from tests.adapters.vending.trusts import REQUIRES_ATTRIBUTES, as_advised, without_condition
from tests.builders import ROLE_ARN, a_role, a_scene, a_verification, an_engagement, an_override
from tests.fakes import NOON, FakeRole, FakeSts, at
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.vending.revocations import REVOCATIONS
from tests.usecases.verification.probing import (
    answered_by,
    checked,
    is_vended_from,
    trust_policy_with,
)
from tests.usecases.verification.test_check_results import trusting


@every(
    "meanwhile",
    [
        a_role(arn="arn:aws:iam::987654321098:role/Other", verification=None, version=2),
        a_role(ended_at=NOON, version=2),
        an_engagement(revoked_at=NOON, version=2),
        an_engagement(next_external_id="daypass-next", version=2),
    ],
)
def test_a_result_is_not_stored_if_the_role_or_engagement_changed_meanwhile(meanwhile):
    scene = a_scene()
    scene.just_before("probe", lambda: scene.add(meanwhile))
    assert refusal_of(Conflict, checked, scene) == "changed-meanwhile"
    assert scene.items[at(meanwhile)] == meanwhile


def test_each_check_has_its_own_made_up_identity_and_wrong_external_id():
    scene = a_scene()
    others = replace(scene, ports=replace(scene.ports, random=secrets.token_bytes))
    drawn = {engagement.external_id for engagement in list_all(scene.ports.state, Engagement)}
    for _ in range(2):
        _, sent = checked(others)
        names = list(dict.fromkeys(probe.request.session_name for probe in sent))
        member, _, vend = names[0].partition(".")
        assert names == [f"{member}.{vend}", f"{member}.{vend}.agent"]
        assert scene.get(Member, member) is None
        drawn |= {member, vend, sent[13].external_id}
    assert len(drawn) == 2 + 2 * 3


class InNoAccount(FakeSts):
    """Accepts, and does not name the account."""

    def probe_account(self, probe):
        return ProbeResult(self.probe(probe))


def test_a_session_in_an_unknown_account_proves_nothing():
    scene = a_scene()
    unnamed = answered_by(InNoAccount(scene.world), scene)
    assert refusal_of(Unavailable, unnamed.do, verify_role, "acme-prod", "readonly") == (
        "aws-unreachable"
    )
    assert scene.story() == ["role.verify intended", "role.verify failed aws-unreachable"]


@every("before", [None, a_verification()])
def test_a_hole_is_one_though_nothing_else_is_answered(before):
    scene = a_scene(a_role(verification=before))

    def hole(sent):
        is_hole = sent.external_id is None and sent.variant == FULL
        return "accepted" if is_hole else "unknown"

    role, _ = checked(scene, hole)
    assert role.verification.results == {"no-external-id": "failed"}
    assert not is_vended_from(scene)


def test_a_vend_from_an_overridden_role_sends_the_required_attributes():
    """The role failed its check and is overridden. It requires a source identity."""
    scene = trusting(REQUIRES_ATTRIBUTES["a source identity"])
    condition = scene.world.roles[ROLE_ARN].trust["Statement"][0]["Condition"]
    condition["StringLike"] = {"sts:ExternalId": "*"}
    del condition["StringEquals"]
    role, _ = checked(scene)
    scene.add(replace(role, override=an_override(), version=role.version + 1))
    scene.vend()
    ((terms, _),) = scene.world.issued
    assert (role.verification.passed, terms.source_identity) == (False, "alice")


REQUESTED, OPEN = map(trust_policy_with, (as_advised, without_condition))
CLOSED_TO_ALL = build_trust_policy_denying_all()
# The probes of a safe role: the right external ID in four variants and as an agent, the wrong IDs,
# and the right ID again.
AFTER = CALLS_PER_FULL_CHECK
RIGHT = len(VARIANTS) + 1
FIRST, LAST = range(RIGHT), range(AFTER - RIGHT, AFTER)
MIDDLE = range(FIRST.stop, LAST.start)
NOT_PROVEN = None
"""The check has no result."""
A, F = "A", "F"

CHANGES = {
    # The grade, by the number of the probe before which the client replaces the trust policy.
    "removes the condition": (
        REQUESTED,
        OPEN,
        dict.fromkeys([*FIRST, *MIDDLE], F) | dict.fromkeys([*LAST, AFTER], A),
    ),
    "adds the condition": (
        OPEN,
        REQUESTED,
        dict.fromkeys([*FIRST, MIDDLE[0]], A) | dict.fromkeys([*MIDDLE[1:], *LAST, AFTER], F),
    ),
    "removes access": (
        REQUESTED,
        CLOSED_TO_ALL,
        {0: F} | dict.fromkeys([*FIRST[1:], *MIDDLE, *LAST], NOT_PROVEN) | {AFTER: A},
    ),
    "restores access": (
        CLOSED_TO_ALL,
        REQUESTED,
        # No probe as an agent follows if the role refuses people.
        {0: A}
        | dict.fromkeys(FIRST[1:-1], NOT_PROVEN)
        | dict.fromkeys([FIRST[-1], *MIDDLE, AFTER], F),
    ),
}


def grade_with_change(before, after, number):
    """Return the grade of a check if the trust policy changes before the probe of this number."""
    scene = a_scene(a_role(verification=None))
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=before)

    def change(sent):
        if sent.number == number:
            scene.world.roles[ROLE_ARN] = FakeRole("", trust=after)

    try:
        role, _ = checked(scene, change)
    except Unavailable:
        return NOT_PROVEN
    return grade_results(role.verification.results)


@every("before, after, expected", CHANGES.values())
def test_a_trust_policy_that_changes_during_a_check_gets_no_better_grade(before, after, expected):
    assert {number: grade_with_change(before, after, number) for number in expected} == expected


# A revocation in the middle of a check or a rotation holds, and its cut-off is requested.


CLOSED = "engagement closed"
"""The work is done, so live sessions may run to their end."""


def check(scene):
    scene.do(verify_role, "acme-prod", "readonly")


def begin(scene):
    scene.do(begin_rotation, "acme-prod")


def promote(scene):
    scene.do(continue_rotation, "acme-prod")


def a_scene_in_use(act):
    """Return a scene with a live session of alice, in which the act is next."""
    scene = a_scene()
    scene.vend()
    if act is promote:
        begin(scene)
        scene.world.roles[ROLE_ARN].second_external_id = scene.engagement.next_external_id
    return scene


def steps_of(act):
    """Return the steps of the act, each with its number among the steps of the same name. Of a long
    series of probes, return the first, the second and the last."""
    scene = a_scene_in_use(act)
    before = len(scene.steps)
    act(scene)
    steps = scene.steps[before:]
    numbered = [(step, steps[: n + 1].count(step)) for n, step in enumerate(steps)]
    return [
        (step, number)
        for step, number in numbered
        if step != "probe" or number in (1, 2, steps.count("probe"))
    ]


def moments():
    return [(act, *step) for act in (check, begin, promote) for step in steps_of(act)]


@every("name", REVOCATIONS)
@every("act, step, number", moments)
def test_a_revocation_in_the_middle_holds(act, step, number, name):
    scene = a_scene_in_use(act)
    answers = []
    scene.just_before(step, lambda: answers.append(REVOCATIONS[name](scene)), nth=number)

    with suppress(Conflict, Unauthenticated):  # the act may notice the revocation
        act(scene)

    (answer,) = answers
    assert answer.alive == 1
    with pytest.raises((AccessDenied, Unauthenticated)):
        scene.vend()
    cut_offs = scene.find(RoleCutOffs)
    assert bool(cut_offs) == (name != CLOSED)
    requests = [e for e in scene.entries if e.action == "cut-off.request"]
    assert len(requests) == len(cut_offs)
