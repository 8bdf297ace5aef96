"""The client's page has a frozen role until a check, such as the client's own, sees it work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.onboarding.client_page import build_client_page, check_by_client
from chalicelib.usecases.onboarding.frozen_roles import FrozenRoleView
from tests.builders import LINK_TEXT, ROLE_ARN, Scene, a_link
from tests.fakes import NOON
from tests.usecases.vending.cut_offs.scene import (
    NAMES,
    a_scene_with_sessions,
    run_job,
    run_jobs_until_over,
    stored,
)
from tests.usecases.web.test_engagement_pages import cannot_read


@pytest.fixture
def scene() -> Scene:
    """Return a scene in which a lead revoked acme-prod, and so froze its role, and reopened it."""
    scene = a_scene_with_sessions(CutOffMethod.FREEZE)
    scene.world.add(a_link(expires_at=NOON + timedelta(days=7)))
    revoke_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")
    run_job(scene)
    reopen_engagement(scene.ports, scene.caller("lena"), "acme-prod", why="-")
    return scene


def frozen(scene: Scene) -> tuple[FrozenRoleView, ...]:
    return build_client_page(scene.ports, LINK_TEXT).frozen


def check(scene: Scene) -> None:
    scene.world.later(minutes=1)
    check_by_client(scene.ports, LINK_TEXT, address="203.0.113.7")


def detach(scene: Scene) -> None:
    scene.world.roles[ROLE_ARN].attached.remove(NAMES.deny_all_arn)


def test_the_page_has_the_freeze_with_its_facts(scene: Scene) -> None:
    (view,) = frozen(scene)
    (cut_off,) = stored(scene).cut_offs
    assert (view.frozen.role_name, view.frozen.frozen_at) == (NAMES.role_name, NOON)
    assert (view.is_by_lead, view.is_by_pause, view.is_checked) == (True, False, True)
    assert (view.stops_until, view.checked_at) == (cut_off.needed_until, None)


def test_a_check_before_the_sessions_expire_says_nothing_about_the_freeze(scene: Scene) -> None:
    detach(scene)
    check(scene)
    (view,) = frozen(scene)
    assert view.stops_until is not None
    assert view.checked_at is None


def test_a_check_of_a_role_that_is_still_frozen_keeps_the_notice(scene: Scene) -> None:
    run_jobs_until_over(scene)
    check(scene)
    (view,) = frozen(scene)
    assert view.stops_until is None
    assert view.checked_at is not None
    assert scene.world.clock - view.checked_at < timedelta(minutes=1)


def test_the_clients_check_after_the_policy_is_detached_removes_the_notice(scene: Scene) -> None:
    run_jobs_until_over(scene)
    detach(scene)
    assert frozen(scene)
    check(scene)
    assert frozen(scene) == ()


def test_without_the_cut_offs_the_page_is_not_built(scene: Scene) -> None:
    with pytest.raises(Unavailable):
        build_client_page(cannot_read(scene, RoleCutOffs).ports, LINK_TEXT)
