"""The broker's policies list every role from which Daypass may still vend."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.lists import Page
from chalicelib.domain.values import I, Item
from chalicelib.usecases.onboarding.broker_policies import build_broker_policy_files
from operating.permissions import print_policies
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_role, a_scene, an_engagement
from tests.fakes import NOON, FakeState, World
from tests.rows import every

GLOBEX = "arn:aws:iam::876543210987:role/ConsultantRole"


def listed(scene: Scene) -> list[str]:
    documents = [json.loads(file.text) for file in build_broker_policy_files(scene.ports)]
    return [arn for document in documents for arn in document["Statement"][0]["Resource"]]


@every(
    "change, is_listed",
    [
        (an_engagement(closed_at=NOON), False),
        (an_engagement(ends_at=NOON), False),
        (an_engagement(account_id="222233334444"), False),
        (a_role(ended_at=NOON), False),
        (an_engagement(starts_at=NOON + timedelta(1)), True),
        (an_engagement(revoked_at=NOON), True),
    ],
)
def test_only_roles_with_future_sessions_are_listed(change: Item, *, is_listed: bool) -> None:
    assert sorted(listed(a_scene(change))) == [GLOBEX, *[ROLE_ARN] * is_listed]


@every("method", [CutOffMethod.BRAKE, CutOffMethod.DENY_ALL])
def test_after_a_role_comes_its_cut_off_role(method: CutOffMethod) -> None:
    scene = a_scene(an_engagement(cut_off=method, cut_off_external_id=EXTERNAL_ID + "c"))
    cut_off_role = "arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off"
    arns = listed(scene)
    assert arns[arns.index(ROLE_ARN) + 1] == cut_off_role
    assert len(arns) == 3  # Globex has no cut-off


def test_a_new_engagement_changes_the_end_of_the_list_only() -> None:
    scene = a_scene()
    before = listed(scene)
    arn = "arn:aws:iam::765432109876:role/DeveloperRole"
    scene.add(
        an_engagement(
            "aardvark",  # the first by name, the last by date
            account_id="765432109876",
            external_id=EXTERNAL_ID + "a",
            created_at=NOON,
        ),
        a_role(engagement="aardvark", arn=arn, verification=None),
    )
    assert listed(scene) == [*before, arn]


def test_roles_are_not_read_one_engagement_after_the_other() -> None:
    class OneListOnly(FakeState):
        def list(self, kind: type[I], **filters: Any) -> Page[I]:
            assert "engagement" not in filters
            return super().list(kind, **filters)

    scene = a_scene()
    ports = replace(scene.ports, state=OneListOnly(scene.world))
    assert build_broker_policy_files(ports) == build_broker_policy_files(scene.ports)


def test_without_engagements_there_is_nothing_to_attach() -> None:
    assert build_broker_policy_files(World().ports()) == ()


def test_the_operator_is_warned_of_more_policies_than_a_role_can_have(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (file,) = build_broker_policy_files(a_scene().ports)
    assert file.name == "daypass-clients-1.json"
    assert "daypass-clients-1" in file.purpose
    print_policies([file] * 11)
    printed = capsys.readouterr()
    assert printed.out == file.text * 11
    warning = "By default a role can have 10 managed policies, but Daypass printed 11."
    assert warning in printed.err
    print_policies([file] * 10)
    assert "By default a role can have" not in capsys.readouterr().err
