"""A rotation on a real trust policy, alone and during other requests: no write is partial.

tests/usecases/verification tests a change at each step and each response.
"""

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import ChangeRole, Role
from chalicelib.domain.errors import Conflict
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import change_role
from tests.adapters.scene import all_at_once, trail_of

ROUNDS = 2


def is_verified_for_current_id(side):
    """Return whether the role is verified for the external ID that vends send."""
    return side.role().passed_verification(side.engagement) is not None


def accepting_both_ids(side):
    """Make the client accept both IDs, and leave it unchecked. Return the old and the new ID."""
    side.check()
    old, new = side.engagement.external_id, side.rotate().next_external_id
    side.follow_setup_page()
    return old, str(new)


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_concurrent_checks_promote_the_next_id_once(side, round_number):
    old, new = accepting_both_ids(side)
    results = all_at_once([side.check] * 4)
    assert any(isinstance(result, Role) for result in results)
    assert all(isinstance(result, Role | Conflict) for result in results), results
    side.check()  # in case every check met a conflict
    assert (side.engagement.external_id, side.engagement.previous_external_id) == (new, old)
    assert is_verified_for_current_id(side)
    promoted = [
        record
        for record in trail_of(side.aws, side.id)
        if record.action is Action.EXTERNAL_ID_PROMOTE and record.outcome is Outcome.DONE
    ]
    assert len(promoted) == 1


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_only_one_of_several_concurrent_rotations_begins(side, round_number):
    side.check()
    results = all_at_once([side.rotate] * 4)
    assert all(isinstance(result, Engagement | Conflict) for result in results), results
    # One that reads after another has begun gets the rotation that is under way.
    begun = {each.next_external_id for each in results if isinstance(each, Engagement)}
    assert begun == {side.engagement.next_external_id}
    entries = trail_of(side.aws, side.id)
    assert sum(entry.action is Action.EXTERNAL_ID_ROTATE for entry in entries) == 1


EDITS = {
    "another ARN": lambda side: change_role(
        side.ports, side.lead, side.id, "readonly", ChangeRole(arn=side.role().arn + "2")
    ),
    "shorter sessions": lambda side: change_role(
        side.ports, side.lead, side.id, "readonly", ChangeRole(max_session=1800)
    ),
    "another name of the client": lambda side: change_engagement(
        side.ports, side.lead, side.id, ChangeEngagement(client="Acme Ltd")
    ),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("rotating", [False, True])
def test_a_check_during_an_edit_writes_all_or_nothing(side, edit, *, rotating):
    """Each decides on the items that it read. The second to write does not overwrite the first."""
    if rotating:
        accepting_both_ids(side)
    role_before, engagement_before = side.role(), side.engagement
    checked, edited = all_at_once([side.check, lambda: EDITS[edit](side)])
    assert isinstance(checked, Role | Conflict), checked
    assert isinstance(edited, Role | Engagement | Conflict), edited
    role, engagement = side.role(), side.engagement
    if isinstance(edited, Role):
        assert (role.arn, role.max_session) == (edited.arn, edited.max_session)
    if isinstance(edited, Engagement):
        assert engagement.client == "Acme Ltd"
    if isinstance(edited, Conflict):
        assert (role.arn, role.max_session) == (role_before.arn, role_before.max_session)
        assert engagement.client == engagement_before.client
    if role.verification is not None and role.verification.passed:
        assert role.verification.role_arn == role.arn
        assert is_verified_for_current_id(side)
