"""The page after an approver's revocation claims only what happened."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.sessions import MAX_LISTED
from tests.entrypoints.driver import served
from tests.entrypoints.web.entering import enter
from tests.fakes import NOON
from tests.golden import as_text
from tests.rows import every
from tests.usecases.requests.client.approving import an_approval_scene
from tests.usecases.requests.client.scene import an_approver

LATER = NOON + timedelta(hours=3)
FORM = {"engagement": "acme-prod", "approver": "jo", "reason": "left Acme"}


@pytest.fixture
def approvals():
    return an_approval_scene()


@pytest.fixture
def scene(approvals):
    return approvals


def keep_busy(scene):
    """Let a transaction of someone else always be in progress on the approver."""

    def fail(step):
        if step == "apply":
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.before = fail


def test_a_decision_that_may_still_take_effect_is_said_first(console, approvals):
    approvals.approve(approvals.request(ends_at=LATER))
    keep_busy(approvals)
    console.act("lena", "revoke-approver", FORM)
    approvals.world.before = None
    console.note("no transaction is in progress any more")
    console.act("lena", "revoke-approver", FORM)
    console.hold("approver/busy")


@pytest.mark.parametrize("is_busy", [False, True])
def test_a_contact_never_approved_anything(console, approvals, *, is_busy):
    approvals.world.add(an_approver(is_contact=True))
    console.open("lena", "/web/actions/revoke-approver", engagement="acme-prod", approver="jo")
    if is_busy:
        keep_busy(approvals)
    console.act("lena", "revoke-approver", FORM)
    console.hold("approver/busy-contact" if is_busy else "approver/contact")


@every("count, left_out", [(25, 0), (26, 1), (MAX_LISTED + 1, MAX_LISTED + 1 - 25)])
def test_the_page_says_how_many_sessions_it_leaves_out(count, left_out):
    approvals = an_approval_scene()
    approvals.approve(approvals.request(ends_at=LATER))
    for _ in range(count):
        approvals.vend()
    with served(approvals) as api:
        page = as_text(enter(api, "lena").act("revoke-approver", FORM).text)
    assert f"{count} sessions may still be active" in page
    assert page.partition("Cut-offs")[0].count(" / readonly") == 25
    sessions = "1 session" if left_out == 1 else f"{left_out} sessions"
    note = f"This list omits {sessions} with an earlier end. [All live sessions]("
    assert (note in page) == bool(left_out)
    assert ("This list omits" in page) == bool(left_out)
