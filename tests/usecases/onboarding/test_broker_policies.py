"""The broker's policies list every role from which Daypass may still vend; each client learns which
roles it can delete."""

import json
from datetime import timedelta

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.usecases.onboarding.broker_policies import (
    HEADINGS,
    build_broker_policy_files,
    list_cells,
    list_removable_roles,
)
from operating.permissions import print_policies
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_grant, a_role, a_scene, an_engagement
from tests.fakes import NOON, World
from tests.rows import every

GLOBEX = "arn:aws:iam::876543210987:role/ConsultantRole"


def listed(scene):
    documents = [json.loads(file.text) for file in build_broker_policy_files(scene.ports)]
    return [arn for document in documents for arn in document["Statement"][0]["Resource"]]


@every("method", [CutOffMethod.BRAKE, CutOffMethod.DENY_ALL])
def test_after_a_role_comes_its_cut_off_role(method):
    scene = a_scene(an_engagement(cut_off=method, cut_off_external_id=EXTERNAL_ID + "c"))
    cut_off_role = "arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off"
    arns = listed(scene)
    assert arns[arns.index(ROLE_ARN) + 1] == cut_off_role
    assert len(arns) == 3  # Globex has no cut-off


def test_without_engagements_there_is_nothing_to_attach():
    assert build_broker_policy_files(World().ports()) == ()


def test_the_operator_is_warned_of_more_policies_than_a_role_can_have(capsys):
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


# The roles that each client can delete, and whose grants were in force


def rows_of(*changes):
    """Return the rows of acme-prod's roles."""
    rows = list_removable_roles(a_scene(*changes).ports)
    return [row for row in rows if row.engagement == "acme-prod"]


@every(
    "change, is_in_policies, has_access",
    [
        (a_role(), True, True),
        (a_role(ended_at=NOON), False, False),
        (an_engagement(closed_at=NOON), False, False),
        (an_engagement(revoked_at=NOON), True, False),
        (an_engagement(ends_at=NOON), False, False),
        (an_engagement(starts_at=NOON + timedelta(1)), True, False),
        (an_engagement(account_id="222233334444"), False, True),
        (a_grant(revoked_at=NOON), True, False),
        (a_grant(starts_at=NOON + timedelta(1)), True, False),
    ],
)
def test_policies_have_roles_with_future_sessions_and_each_can_be_deleted(
    change, *, is_in_policies, has_access
):
    assert sorted(listed(a_scene(change))) == [GLOBEX, *[ROLE_ARN] * is_in_policies]
    (row,) = rows_of(change)
    assert row.arn == ROLE_ARN
    assert ("alice" in row.members) is has_access


def test_replaced_roles_and_cut_off_roles_are_listed_too():
    former = ROLE_ARN.replace("ContractorRole", "FormerRole")
    method = an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=EXTERNAL_ID + "c")
    role, replaced = rows_of(a_role(former_arns=(former,)), method)
    assert replaced.arn == former
    assert replaced.members == ()
    assert role.cut_off_role.endswith("/ContractorRole-cut-off")
    assert len(list_cells(role)) == len(HEADINGS)


@every("method", CutOffMethod)
def test_the_cut_off_role_of_an_earlier_method_is_listed_too(method):
    engagement = an_engagement(cut_off=method, cut_off_external_id=EXTERNAL_ID + "c")
    (role,) = rows_of(engagement)
    assert role.cut_off_role.endswith("/ContractorRole-cut-off")


def test_an_engagement_that_never_had_a_method_has_no_cut_off_role():
    (role,) = rows_of(an_engagement())
    assert not role.cut_off_role
