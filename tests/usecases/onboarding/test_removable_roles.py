"""Each client learns which roles it can delete, and the firm whose grants were in force."""

from datetime import timedelta

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.usecases.onboarding.broker_policies import (
    HEADINGS,
    list_cells,
    list_removable_roles,
)
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_grant, a_role, a_scene, an_engagement
from tests.fakes import NOON
from tests.rows import every


def listed(*changes):
    """Return the rows of acme-prod's roles."""
    rows = list_removable_roles(a_scene(*changes).ports)
    return [row for row in rows if row.engagement == "acme-prod"]


@every(
    "change, has_access",
    [
        (a_role(), True),
        (a_role(ended_at=NOON), False),
        (an_engagement(closed_at=NOON), False),
        (an_engagement(revoked_at=NOON), False),
        (an_engagement(ends_at=NOON), False),
        (a_grant(revoked_at=NOON), False),
        (a_grant(starts_at=NOON + timedelta(1)), False),
    ],
)
def test_a_role_is_listed_even_if_no_grant_is_in_force(change, *, has_access):
    (row,) = listed(change)
    assert row.arn == ROLE_ARN
    assert ("alice" in row.members) is has_access


def test_replaced_roles_and_cut_off_roles_are_listed_too():
    former = ROLE_ARN.replace("ContractorRole", "FormerRole")
    method = an_engagement(cut_off=CutOffMethod.BRAKE, cut_off_external_id=EXTERNAL_ID + "c")
    role, replaced = listed(a_role(former_arns=(former,)), method)
    assert replaced.arn == former
    assert replaced.members == ()
    assert role.cut_off_role.endswith("/ContractorRole-cut-off")
    assert len(list_cells(role)) == len(HEADINGS)
