"""The rule that withholds open vends, compared with the rule of access."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.vending.access import AccessFacts, Denied, SessionRequest, decide_access
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.vends import latest_session_end
from chalicelib.domain.vending.withholding import find_withhold_reason
from tests.builders import (
    NOON,
    a_grant_on_request,
    an_approved_grant,
    facts_by_link,
    presented_by,
    presented_in_slack,
    some_facts,
)
from tests.domain.vending.withholding_table import (
    BY_LINK,
    BY_REQUEST,
    LINK,
    VEND,
    WITHHOLD_REASONS,
)

REQUEST = SessionRequest(role="readonly", duration=900)


def _field_of(item):
    """Return the name of the item's field in AccessFacts."""
    if isinstance(item, ApprovedGrant):
        return "approved_grants"
    if isinstance(item, Block):
        return "pause" if item.scope else "freeze"
    return "link" if isinstance(item, AccessLink) else type(item).__name__.lower()


def changed_items(vend, *except_kinds):
    """Return the table's items that this vend depends on, by their fields in AccessFacts; and the
    items of any vend, but for these kinds."""
    kinds = [(row, _field_of(row.arguments[1])) for row in WITHHOLD_REASONS]
    return [
        (kind, row.arguments[1])
        for row, kind in kinds
        if row.arguments[0] == vend
        or (except_kinds and row.arguments[0] == VEND and kind not in except_kinds)
    ]


# With the member's own token, by a link, which another token requested, and by an approval.
VENDS = {
    "by a token": (VEND, some_facts(), presented_by(), changed_items(VEND)),
    "by a link": (
        BY_LINK,
        facts_by_link(),
        presented_in_slack(link=LINK),
        changed_items(BY_LINK, "token"),
    ),
    "by a request": (
        BY_REQUEST,
        some_facts(grant=a_grant_on_request(), approved_grants=(an_approved_grant(),)),
        presented_by(),
        # The table's other grants have no role on request.
        changed_items(BY_REQUEST, "grant"),
    ),
}


@pytest.mark.parametrize("vend", VENDS.values(), ids=VENDS)
@given(st.data())
def test_changed_items_withhold_exactly_the_vends_that_access_would_deny(vend, data):
    intent, before, presented, items = vend
    changes = data.draw(
        st.lists(st.sampled_from(items), max_size=3, unique_by=lambda change: change[0])
    )
    facts = {name: (item,) if name == "approved_grants" else item for name, item in changes}
    after = replace(before, **facts)
    decision = decide_access(
        after,
        presented,
        REQUEST,
        NOON,
        first_decided_at=NOON,
        approved_request=intent.details.get("request", ""),
    )
    reasons = [find_withhold_reason(intent, item, NOON) for _, item in changes]
    if isinstance(decision, Denied):
        assert any(reasons)
    else:
        has_moved = decision.terms.role_arn != intent.details["role_arn"]
        is_too_late = latest_session_end(intent) > decision.deadline
        assert any(reasons) == (has_moved or is_too_late)


def test_the_table_changes_every_fact_of_a_vend():
    changed = {field for vend in VENDS.values() for field, _ in vend[-1]}
    assert changed == set(AccessFacts.__struct_fields__)
