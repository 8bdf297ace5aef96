"""The page after an approver's revocation claims only what happened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.sessions import MAX_LISTED
from tests.builders import an_engagement
from tests.entrypoints.driver import served
from tests.entrypoints.web.browser import Browser
from tests.fakes import NOON
from tests.usecases.requests.client.approving import ApprovalScene
from tests.usecases.requests.client.scene import an_approver
from tests.usecases.web.stops.stopping import CUT_OFF_ID

LATER = NOON + timedelta(hours=3)
NO_ACCESS = "No access that they approved is open any more."
CLAIMS = (NO_ACCESS, "has ended. Their links open nothing", "approves nothing more")


@pytest.fixture
def scene() -> ApprovalScene:
    return ApprovalScene()


@pytest.fixture
def lena(scene: ApprovalScene) -> Iterator[Browser]:
    with served(scene.scene) as api:
        browser = Browser(api)
        browser.sign_in("lena")
        yield browser


def revoke(lena: Browser) -> str:
    """Revoke jo, and return the words of the page that follows."""
    form = {"engagement": "acme-prod", "approver": "jo", "reason": "left Acme"}
    answer = lena.act("revoke-approver", form)
    assert answer.status == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def keep_busy(scene: ApprovalScene) -> None:
    """Let a transaction of someone else always be in progress on the approver."""

    def fail(step: str) -> None:
        if step == "apply":
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.before = fail


def test_access_that_is_over_is_not_open_also_if_nothing_was_approved(lena: Browser) -> None:
    words = revoke(lena)
    assert NO_ACCESS in words
    assert "Their right has ended. Their links open nothing." in words
    assert "The revocation is in force. No session is alive." in words
    assert "Cut-offs" not in words


def test_a_decision_that_may_still_take_effect_is_said_first(
    scene: ApprovalScene, lena: Browser
) -> None:
    scene.approve(scene.request(ends_at=LATER))
    keep_busy(scene)
    words = revoke(lena)
    waiting = "Not finished yet. A decision that they had begun may still take effect until"
    assert words.index(waiting) < words.index("The revocation is in force.")
    assert ": revoke again then. Revoke again" in words
    assert NO_ACCESS not in words
    scene.world.before = None
    assert NO_ACCESS in revoke(lena)


@pytest.mark.parametrize("is_busy", [False, True])
def test_a_contact_never_approved_anything(
    scene: ApprovalScene, lena: Browser, *, is_busy: bool
) -> None:
    scene.world.add(an_approver(is_contact=True))
    page = lena.get("/web/actions/revoke-approver", engagement="acme-prod", approver="jo").text
    assert "Revoke the contact Jo Doe" in page
    assert "A contact approves nothing." in page
    assert "links" not in page.partition("<main")[2]
    if is_busy:
        keep_busy(scene)
    words = revoke(lena)
    assert "They hear of no new request or decision. The contact is revoked." in words
    assert not [claim for claim in (*CLAIMS, "A decision that they had begun") if claim in words]


@pytest.mark.parametrize(
    ("count", "left_out"),
    [(25, ""), (26, "1 more"), (MAX_LISTED + 1, f"{MAX_LISTED + 1 - 25} more")],
)
def test_the_page_says_how_many_sessions_it_leaves_out(
    scene: ApprovalScene, lena: Browser, count: int, left_out: str
) -> None:
    scene.approve(scene.request(ends_at=LATER))
    for _ in range(count):
        scene.vend()
    words = revoke(lena)
    assert f"{count} sessions may still be alive" in words
    assert words.partition("Cut-offs")[0].count("acme-prod / readonly") == 25
    note = " that end sooner are not listed here. All live sessions"
    assert (f"{left_out}{note}" in words) == bool(left_out)
    assert (note in words) == bool(left_out)


@pytest.mark.parametrize(
    ("method", "step"), [(CutOffMethod.BRAKE, "Nothing to do"), (CutOffMethod.NONE, "aws iam")]
)
def test_the_page_shows_the_cut_offs_as_those_of_other_stops_do(
    scene: ApprovalScene, lena: Browser, method: CutOffMethod, step: str
) -> None:
    scene.world.add(an_engagement(cut_off=method, cut_off_external_id=CUT_OFF_ID))
    scene.approve(scene.request(ends_at=LATER))
    scene.vend()
    words = revoke(lena)
    assert "Requested: Daypass has recorded it." in words
    assert f"{method.value} requested at 24 Nov 2026" in words
    assert step in words.partition("For the client’s administrator")[2]


def test_the_page_names_the_person_who_was_revoked(scene: ApprovalScene, lena: Browser) -> None:
    """Another lead names someone else under the ID just before the answer."""
    roe = an_approver(name="Jo Roe", version=9)
    scene.world.just_before("save", lambda: scene.world.add(roe), nth=2)
    words = revoke(lena)
    assert "Jo Doe Their right has ended." in words
    assert "Jo Roe" not in words
    assert scene.world.items[ClientApprover, ("acme-prod", "jo")] == roe
