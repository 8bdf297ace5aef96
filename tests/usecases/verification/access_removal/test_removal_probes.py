"""The access-removal check probes every external ID in every form."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.verification.probe_variants import FORMS
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_role
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.verification.access_removal.ended_engagement import (
    BY,
    ENDED,
    NEXT,
    PREVIOUS,
    ROTATING,
    ended,
    stored,
)
from tests.usecases.verification.probing import Probing, Sent


def probes_of(scene: Scene) -> list[Sent]:
    sts = Probing(scene.world)
    check_access_removed(replace(scene.ports, sts=sts), BY, "acme-prod")
    return sts.sent


def test_every_external_id_and_none_are_tried_once_in_each_form() -> None:
    """With a made-up identity, and as alice and sam, who had grants."""
    scene = ended(ROTATING)
    sent = probes_of(scene)
    combinations = list(product([EXTERNAL_ID, NEXT, PREVIOUS, None], FORMS))
    assert [(probe.external_id, probe.form) for probe in sent] == combinations * 3
    assert {probe.role_arn for probe in sent} == {ROLE_ARN}
    names = list(dict.fromkeys(probe.request.session_name for probe in sent))
    assert " ".join(names) == scene.world.entries[0].details["session_names"]
    assert [name.split(".")[0] for name in names[2:]] == ["alice", "alice", "sam", "sam"]


def test_probes_as_a_member_look_like_the_members_vends() -> None:
    for probe in probes_of(ended()):
        member = probe.request.session_name.split(".")[0]
        assert probe.request.source_identity in (None, member)
        assert probe.request.tags in ((), build_session_tags(member, "acme-prod"))


def test_without_a_rotation_no_external_id_is_tried_twice() -> None:
    once = list(product([EXTERNAL_ID, None], FORMS))
    assert [(probe.external_id, probe.form) for probe in probes_of(ended())] == once * 3


def test_two_roles_with_one_arn_are_tried_once() -> None:
    assert len(probes_of(ended(ENDED, a_role("again")))) == len(probes_of(ended()))


def test_members_are_not_tried_if_the_made_up_identity_is_accepted() -> None:
    scene = ended(roles={ROLE_ARN: FakeRole(EXTERNAL_ID)})
    assert len({probe.request.session_name.split(".")[0] for probe in probes_of(scene)}) == 1


@every("number", range(0, 48, 3))
@every("outcome", [ProbeOutcome.UNKNOWN, ProbeOutcome.REGION_DISABLED, ProbeOutcome.TOO_LONG])
def test_an_unanswered_probe_proves_nothing(outcome: ProbeOutcome, number: int) -> None:
    scene = ended()
    sts = Probing(scene.world, lambda sent: outcome if sent.number == number else None)
    ports = replace(scene.ports, sts=sts)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        check_access_removed(ports, BY, "acme-prod")
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
