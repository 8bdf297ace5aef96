"""The client's page has a shut role until a check, such as the client's own, sees it work."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.onboarding.client_page import build_client_page, check_by_client
from chalicelib.usecases.verification.verify import check_role
from tests.builders import LINK_TEXT, ROLE_ARN, a_grant, a_link
from tests.fakes import NOON
from tests.usecases.refusals import refusal_of
from tests.usecases.unreadable import cannot_read
from tests.usecases.vending.cut_offs.scene import (
    NAMES,
    a_scene_with_sessions,
    entries_of,
    run_job,
    run_jobs_until_over,
    stored,
    vended,
)
from tests.usecases.verification.sweep.sweeps import Sweeping

THROTTLED = Unavailable(Reason.AWS_THROTTLED)


@pytest.fixture
def scene():
    """Return a scene in which a lead revoked acme-prod, and so shut its role, and reopened it."""
    scene = a_scene_with_sessions(CutOffMethod.DENY_ALL)
    scene.add(a_link(expires_at=NOON + timedelta(days=7)))
    scene.do(revoke_engagement, "acme-prod")
    run_job(scene)
    scene.do(reopen_engagement, "acme-prod")
    return scene


def shut(scene):
    return build_client_page(scene.ports, LINK_TEXT).shut


def check(scene):
    """Let the client check the role, and the job make the look that this requests."""
    scene.later(minutes=1)
    check_by_client(scene.ports, LINK_TEXT, address="203.0.113.7")
    run_job(scene)


def detach(scene):
    scene.world.roles[ROLE_ARN].attached.remove(NAMES.deny_all_arn)


def test_the_page_has_the_shut_role_with_its_facts(scene):
    (view,) = shut(scene)
    (cut_off,) = stored(scene).cut_offs
    assert (view.role_name, view.shut_at) == (NAMES.role_name, NOON)
    assert (view.is_by_lead, view.is_by_pause, view.is_used) == (True, False, True)
    assert (view.needed_until, view.seen_at) == (cut_off.needed_until, None)


def test_a_check_before_the_sessions_expire_says_nothing_about_the_shut_role(scene):
    detach(scene)
    check(scene)
    (view,) = shut(scene)
    assert (view.needed_until is not None, view.seen_at) == (True, None)
    run_jobs_until_over(scene)
    (view,) = shut(scene)
    assert (view.needed_until, view.seen_at) == (None, None)


def test_a_check_of_a_role_that_is_still_shut_keeps_the_notice(scene):
    run_jobs_until_over(scene)
    check_by_client(scene.ports, LINK_TEXT, address="203.0.113.7")
    (view,) = shut(scene)
    assert (view.seen_at, view.is_look_requested) == (None, True)
    now = scene.clock
    run_job(scene)
    (view,) = shut(scene)
    assert (view.needed_until, view.seen_at, view.is_look_requested) == (None, now, False)


def test_a_check_without_an_answer_leaves_the_time_of_the_last_look(scene):
    """One after the policy is detached removes the notice."""
    run_jobs_until_over(scene)
    check(scene)
    seen_at = stored(scene).shut_seen_at
    assert seen_at is not None
    scene.fails_at("open_canary", THROTTLED)
    check(scene)
    assert [view.seen_at for view in shut(scene)] == [seen_at]
    scene.world.before = None
    detach(scene)
    check(scene)
    assert shut(scene) == ()


def test_the_next_shutting_was_not_looked_at(scene):
    run_jobs_until_over(scene)
    check(scene)
    detach(scene)
    scene.add(a_grant("bob"))
    vended(scene, "bob")
    scene.do(revoke_engagement, "acme-prod")
    run_job(scene)
    (view,) = shut(scene)
    assert (view.shut_at > NOON, view.seen_at) == (True, None)


def forget_method(scene):
    """Let a lead choose that Daypass may end no sessions in this account any more."""
    change = ChangeEngagement(cut_off=CutOffMethod.NONE)
    scene.do(change_engagement, "acme-prod", change)


CHECKS = {
    "client": check,
    "lead": lambda s: s.do(check_role, "acme-prod", "readonly"),
    "sweep": lambda s: Sweeping(s).run(),
}


@pytest.mark.parametrize("is_detached", [True, False])
@pytest.mark.parametrize("by", CHECKS)
def test_a_check_sees_the_end_of_a_shut_role_also_if_the_method_is_none_by_then(
    scene, by, *, is_detached
):
    forget_method(scene)
    run_jobs_until_over(scene)
    scene.later(days=1)
    if is_detached:
        detach(scene)
    CHECKS[by](scene)
    run_job(scene)
    assert (stored(scene).shut_at is None) == is_detached
    assert (stored(scene).shut_seen_at is None) == is_detached
    checks = entries_of(scene, Action.CUT_OFF_CHECK)
    entries = [each for each in checks if each.engagement == "acme-prod"]
    assert [each.outcome for each in entries] == [Outcome.DONE, Outcome.DONE]
    assert entries[1].details.get("reopened") == ("true" if is_detached else None)


def test_a_look_that_gets_no_answer_changes_nothing(scene):
    forget_method(scene)
    run_jobs_until_over(scene)
    before = stored(scene)
    scene.fails_at("open_canary", THROTTLED)
    check(scene)
    after = stored(scene)
    assert (after.shut_at, after.shut_seen_at) == (before.shut_at, None)
    assert after.look_requested_at is None
    outcomes = [entry.outcome for entry in entries_of(scene, Action.CUT_OFF_CHECK)]
    assert outcomes == [Outcome.DONE, Outcome.FAILED]


def test_without_a_method_and_a_shut_role_no_check_looks_at_cut_offs(scene):
    forget_method(scene)
    check(scene)  # the sessions that it ended have not expired
    scene.add(replace(stored(scene), cut_offs=(), shut_at=None))
    check(scene)
    assert entries_of(scene, Action.CUT_OFF_CHECK) == []
    assert "open_canary" not in scene.steps[-20:]


def test_without_the_cut_offs_the_page_is_not_built(scene):
    refusal_of(Unavailable, shut, cannot_read(scene, RoleCutOffs))
