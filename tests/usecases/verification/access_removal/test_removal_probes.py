"""The access-removal check probes every role with every external ID, name and form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.client_side import Change
from tests.adapters.vending.trusts import NAMES_PEOPLE, all_of, on_condition, without_condition
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_grant,
    a_role,
    an_engagement,
)
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.access_removal.ended_engagement import (
    BY,
    ENDED,
    check_access,
    ended,
    stored,
)
from tests.usecases.verification.probing import Probing, Sent


def probes_of(scene: Scene) -> list[Sent]:
    sts = Probing(scene.world)
    check_access_removed(replace(scene.ports, sts=sts), BY, "acme-prod")
    return sts.sent


def test_probes_as_a_member_look_like_the_members_vends() -> None:
    for probe in probes_of(ended()):
        member = probe.request.session_name.split(".")[0]
        assert probe.request.source_identity in (None, member)
        assert probe.request.tags in ((), build_session_tags(member, "acme-prod"))


@every("number", range(0, 48, 3))
@every("outcome", [ProbeOutcome.UNKNOWN, ProbeOutcome.REGION_DISABLED, ProbeOutcome.TOO_LONG])
def test_an_unanswered_probe_proves_nothing(outcome: ProbeOutcome, number: int) -> None:
    scene = ended()
    sts = Probing(scene.world, lambda sent: outcome if sent.number == number else None)
    ports = replace(scene.ports, sts=sts)
    assert (
        refusal_of(Unavailable, check_access_removed, ports, BY, "acme-prod") == "aws-unreachable"
    )
    assert stored(scene) == ENDED
    assert scene.story() == [
        "engagement.leave intended",
        "engagement.leave failed aws-unreachable",
    ]
    assert dict(scene.last_entry.details) == {}


@every("number", range(16))
def test_a_role_that_accepts_in_any_form_is_recorded(number: int) -> None:
    scene = ended()
    outcome = {number: ProbeOutcome.ACCEPTED}
    sts = Probing(scene.world, lambda sent: outcome.get(sent.number, ProbeOutcome.UNKNOWN))
    ports = replace(scene.ports, sts=sts)
    assert check_access_removed(ports, BY, "acme-prod").access_removed_at is None
    assert dict(scene.last_entry.details) == {"still_let_in": ROLE_ARN}


# A role that accepts members by name still gives access, although it refuses a made-up name.


def trusting(change: Change) -> Scene:
    scene = ended()
    policy = build_trust_policy(build_spec_for_role(scene.ports, an_engagement(), a_role()))
    change(policy, EXTERNAL_ID)
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=policy)
    return scene


@every("trust", NAMES_PEOPLE)
@every("needs_id", [True, False])
def test_a_role_that_names_a_member_still_gives_access(trust: str, *, needs_id: bool) -> None:
    change = NAMES_PEOPLE[trust]
    scene = trusting(change if needs_id else all_of(without_condition, change))
    assert check_access(scene).access_removed_at is None
    assert dict(scene.last_entry.details) == {
        "still_let_in": ROLE_ARN,
        "let_in_as": "alice",
    }


@every("name", ["*.agent", "alice.*.agent"])
@every("needs_id", [True, False])
def test_a_role_that_accepts_agents_alone_still_gives_access(name: str, *, needs_id: bool) -> None:
    change = on_condition(StringLike={"sts:RoleSessionName": name})
    scene = trusting(change if needs_id else all_of(without_condition, change))
    assert check_access(scene).access_removed_at is None
    assert scene.last_entry.details["still_let_in"] == ROLE_ARN


@every("trust", NAMES_PEOPLE)
def test_a_role_that_names_someone_without_a_grant_gives_no_access(
    trust: str,
) -> None:
    scene = trusting(NAMES_PEOPLE[trust])
    scene.world.items.pop((Grant, ("acme-prod", "alice")))
    assert check_access(scene).access_removed_at == NOON
    assert scene.last_entry.details["asked_as"] == "sam"


@every(
    "grant",
    [
        a_grant("alice", revoked_at=BEFORE),
        a_grant("alice", ends_at=BEFORE + timedelta(days=1)),
    ],
)
def test_members_with_ended_grants_are_tried_too(grant: Item) -> None:
    scene = trusting(NAMES_PEOPLE["as session name"])
    scene.add(grant)
    assert check_access(scene).access_removed_at is None


@every("more, detail", [(8, {}), (9, {"not_asked_as": "1 more members who had a grant"})])
def test_the_last_ten_members_with_a_grant_are_tried_and_the_rest_counted(
    more: int, detail: dict[str, str]
) -> None:
    names = [f"m{number}" for number in range(more)]
    later = [a_grant(name, created_at=NOON) for name in names]
    scene = ended(ENDED, *later, a_grant("sam", created_at=BEFORE - timedelta(days=1)))
    check_access(scene)
    asked_as = ["alice", *names] + (["sam"] if more == 8 else [])
    assert (
        dict(scene.last_entry.details)
        == {
            "refused_by": ROLE_ARN,
            "asked_as": " ".join(asked_as),
        }
        | detail
    )


def test_without_grants_only_the_made_up_identity_is_tried() -> None:
    scene = ended()
    for member in ("alice", "sam"):
        scene.world.items.pop((Grant, ("acme-prod", member)))
    check_access(scene)
    assert scene.world.steps.count("probe") == 16
    assert dict(scene.last_entry.details) == {"refused_by": ROLE_ARN}


# After the end, the cut-off roles must refuse Daypass too, before its access counts as removed.


CUT_OFF_ID, FORMER_ARN = "daypass-cut-off-id", "arn:aws:iam::987654321098:role/Former"
ENDED_WITH_CUT_OFF = an_engagement(closed_at=NOON, cut_off_external_id=CUT_OFF_ID)
FORMERLY = a_role(former_arns=(FORMER_ARN,))
CUT_OFF_ARN, FORMER_CUT_OFF_ARN = (
    CutOffNames(arn).cut_off_role_arn for arn in (ROLE_ARN, FORMER_ARN)
)


def check(scene: Scene, script: Callable[[Sent], ProbeOutcome | None] = lambda _: None) -> Probing:
    sts = Probing(scene.world, script)
    check_access_removed(replace(scene.ports, sts=sts), BY, "acme-prod")
    return sts


def details_of(scene: Scene, outcome: Outcome) -> dict[str, str]:
    (entry,) = [entry for entry in scene.entries if entry.outcome is outcome]
    return dict(entry.details)


def test_every_cut_off_role_is_tried_with_every_external_id_and_name() -> None:
    scene = ended(ENDED_WITH_CUT_OFF, FORMERLY)
    sts = check(scene)
    intent = details_of(scene, Outcome.INTENDED)
    assert stored(scene).access_removed_at == NOON
    assert details_of(scene, Outcome.DONE)["refused_by"].split() == [
        ROLE_ARN,
        FORMER_ARN,
        CUT_OFF_ARN,
        FORMER_CUT_OFF_ARN,
    ]
    assert CUT_OFF_ARN in intent["role_arns"]
    assert CUT_OFF_SESSION_NAME in intent["session_names"]
    assert {CUT_OFF_ARN, FORMER_CUT_OFF_ARN} <= set(sts.simulated)


@every("external_id", [CUT_OFF_ID, None])
def test_a_cut_off_role_that_still_accepts_is_remaining_access(external_id: str | None) -> None:
    scene = ended(ENDED_WITH_CUT_OFF)

    def script(sent: Sent) -> ProbeOutcome | None:
        accepts = sent.role_arn == CUT_OFF_ARN and sent.external_id == external_id
        return ProbeOutcome.ACCEPTED if accepts else None

    sts = check(scene, script)
    assert stored(scene).access_removed_at is None
    assert details_of(scene, Outcome.REFUSED) == {"still_let_in": CUT_OFF_ARN}
    # No member is named in the client's CloudTrail.
    assert not any(sent.request.session_name.startswith("alice.") for sent in sts.sent)


def test_a_cut_off_role_that_accepts_agents_is_remaining_access() -> None:
    scene = ended(ENDED_WITH_CUT_OFF)
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    condition = {"StringLike": {"sts:RoleSessionName": "*.agent"}}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": condition}
    scene.world.iam.cut_off_roles[CUT_OFF_ARN].trust = {"Statement": [statement]}
    check(scene)
    assert details_of(scene, Outcome.REFUSED) == {"still_let_in": CUT_OFF_ARN}


def test_a_role_that_still_accepts_is_reported_without_trying_its_cut_off_role() -> None:
    scene = ended(ENDED_WITH_CUT_OFF, roles={ROLE_ARN: FakeRole(ENDED_WITH_CUT_OFF.external_id)})
    sts = check(scene)
    assert {sent.role_arn for sent in sts.sent} == {ROLE_ARN}
    assert stored(scene).access_removed_at is None


def test_an_unclear_answer_of_a_cut_off_role_proves_nothing() -> None:
    scene = ended(ENDED_WITH_CUT_OFF)
    with pytest.raises(Unavailable):
        check(scene, lambda s: ProbeOutcome.UNKNOWN if s.role_arn == CUT_OFF_ARN else None)
    assert stored(scene).access_removed_at is None
