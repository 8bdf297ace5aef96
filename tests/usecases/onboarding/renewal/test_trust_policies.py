"""A renewal tells nobody that all is well while the client's trust policy ends before it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.next_step import StepKind
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding.client_page import client_page, policies_replaced
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.rotation import rotate
from chalicelib.usecases.verification.verify import verify
from tests.builders import AFTER, BEFORE, LINK_TEXT, Scene, a_link, an_engagement
from tests.fakes import NOON
from tests.usecases.onboarding.renewal.renewing import (
    DAY,
    LATER,
    LATEST,
    a_set_up_scene,
    check,
    client_updates,
    failed,
    put_off,
    renew,
    the_role,
)

MOMENT = timedelta(minutes=1)
ENDED = "The end date in the trust policy has passed: it was made for an earlier end."
RENEWALS: dict[str, Callable[[Scene], object]] = {
    "renew": renew,
    "PATCH": lambda scene: put_off(scene, LATER),
}
CHANGES = (Action.ENGAGEMENT_RENEW, Action.ENGAGEMENT_CHANGE)
renewals = pytest.mark.parametrize("renewed", RENEWALS.values(), ids=RENEWALS)


def next_step(scene: Scene) -> StepKind:
    return client_page(scene.ports, LINK_TEXT).next_step.task


def known(scene: Scene) -> tuple[object, bool]:
    end = the_role(scene).trust_policy
    assert end is not None
    return end.ends_at, end.needs_update


def says(scene: Scene) -> str:
    end = the_role(scene).trust_policy
    assert end is not None
    return end.message


def client_says(scene: Scene, until: datetime | None = None) -> None:
    end = until or find_engagement(scene.ports, "acme-prod").ends_at
    seconds = str(int(end.timestamp()))
    policies_replaced(scene.ports, LINK_TEXT, seconds, address="192.0.2.7")


def a_long_link(scene: Scene) -> None:
    """Links live for 90 days at most; this one is there for all of a test."""
    scene.world.add(a_link(expires_at=LATEST))


@renewals
def test_once_it_is_renewed_the_client_has_to_update_the_trust_policy(
    renewed: Callable[[Scene], object],
) -> None:
    scene = a_set_up_scene()
    renewed(scene)
    assert next_step(scene) is StepKind.RENEW
    assert known(scene) == (AFTER, True)
    assert check(scene).passed  # nobody can see it yet
    assert next_step(scene) is StepKind.RENEW
    assert [one.details["outdated_policies"] for one in scene.world.entries if one.action in CHANGES
            ] == ["readonly"]  # fmt: skip


@renewals
def test_a_check_after_the_end_names_it_as_the_first_cause(
    renewed: Callable[[Scene], object],
) -> None:
    scene = a_set_up_scene()
    renewed(scene)
    scene.world.later(days=30, minutes=1)
    report = check(scene)
    assert failed(report) == ["right-external-id"]
    assert report.causes[0].cause is Cause.END_DATE
    asked = "Daypass asked for one that ends on 24 December 2026, 12:00 UTC."
    assert report.causes[0].message == f"{ENDED} {asked}"
    assert "2027-01-23T12:00:00Z" in report.causes[0].commands
    assert check(scene).causes[0].cause is Cause.END_DATE  # and again, the day after


def test_the_daily_check_notifies_the_leads_of_the_end_date() -> None:
    scene = a_set_up_scene()
    renew(scene)
    scene.world.later(days=30, minutes=1)
    verify(scene.ports, SystemActor(SCHEDULE), "acme-prod", "readonly", is_full=False)
    (event,) = [event for event in scene.world.alerts if event.alert == "role-drifted"]
    assert f"The likeliest cause: {ENDED}" in event.text


@renewals
def test_who_does_what_the_page_says_is_not_locked_out(renewed: Callable[[Scene], object]) -> None:
    scene = a_set_up_scene()
    a_long_link(scene)
    renewed(scene)
    client_updates(scene)
    scene.world.later(days=30, minutes=1)
    assert check(scene).passed
    assert known(scene) == (LATER, False)
    assert next_step(scene) is StepKind.NOTHING


def a_scene_with_long_tokens() -> Scene:
    scene = a_set_up_scene()
    for token in scene.world.find(Token, where=lambda _: True):
        scene.world.add(replace(token, expires_at=LATEST))
    return scene


def test_a_renewal_with_its_grants_is_vended_after_the_former_end() -> None:
    scene = a_scene_with_long_tokens()
    renew(scene)
    client_updates(scene)
    scene.world.later(days=30, minutes=1)
    assert vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))


def test_who_is_refused_by_aws_after_the_former_end_is_told_of_it() -> None:
    scene = a_scene_with_long_tokens()
    renew(scene)
    scene.world.later(days=30, minutes=1)
    says = "asked the client for a trust policy that ends on 24 December 2026, 12:00 UTC, before"
    with pytest.raises(AwsRefused, match=says):
        vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    answered = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    answered.__cause__ = OSError("AccessDenied")
    scene.world.fails_at("issue", answered)
    with pytest.raises(AwsRefused, match=says) as refused:
        vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    assert refused.value.__cause__ is answered.__cause__  # for the log
    scene.world.before = None
    scene.world.add(replace(the_role(scene), asked_ends=(LATER,)))
    with pytest.raises(AwsRefused, match="Ask your lead to verify the role"):
        vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))


def test_what_the_client_says_is_told_as_their_word_until_a_check_shows_it() -> None:
    scene = a_set_up_scene()
    a_long_link(scene)
    renew(scene)
    client_says(scene)
    assert next_step(scene) is StepKind.NOTHING
    assert says(scene) == (
        "The client says that their policy now ends on 23 January 2027, 12:00 UTC, as Daypass"
        " asked. Only a check after 24 December 2026, 12:00 UTC, the end before, can show it."
    )
    (entry,) = [one for one in scene.world.entries if one.action is Action.ROLE_POLICY_REPLACED]
    assert (entry.actor, entry.token) == (CLIENT, a_link().id)
    assert entry.details == {"roles": "readonly", "until": "2027-01-23T12:00:00Z"}
    client_updates(scene)
    scene.world.later(days=30, minutes=1)
    check(scene)
    assert says(scene).startswith("The client's policy ends on 23 January 2027, 12:00 UTC")


def test_what_the_client_said_and_did_not_do_is_the_first_cause_all_the_same() -> None:
    scene = a_set_up_scene()
    a_long_link(scene)
    renew(scene)
    client_says(scene)
    scene.world.later(days=30, minutes=1)
    assert check(scene).causes[0].cause is Cause.END_DATE


def test_the_client_speaks_of_the_end_that_their_page_showed() -> None:
    scene = a_set_up_scene()
    renew(scene)
    renew(scene, LATEST)  # meanwhile
    client_says(scene, LATER)
    assert known(scene) == (LATER, True)
    assert next_step(scene) is StepKind.RENEW
    scene.world.later(minutes=1)
    client_says(scene, BEFORE)  # nothing that anybody asked for
    assert known(scene) == (LATER, True)


def test_of_two_renewals_one_may_be_in_place() -> None:
    """A check after the first end shows that the policy has another, and not which."""
    scene = a_set_up_scene()
    a_long_link(scene)
    renew(scene)
    client_updates(scene)
    renew(scene, LATEST)
    scene.world.later(days=30, minutes=1)
    assert check(scene).passed
    assert known(scene) == (LATER, True)
    client_updates(scene)
    scene.world.later(days=30)
    assert check(scene).passed
    assert known(scene) == (LATEST, False)


def test_an_earlier_end_asks_nothing_of_the_client_and_claims_nothing() -> None:
    scene = a_set_up_scene()
    put_off(scene, NOON + DAY)
    assert next_step(scene) is StepKind.NOTHING
    assert says(scene) == (
        "The client's policy ends on 25 November 2026, 12:00 UTC, as Daypass asked, or as late as"
        " 24 December 2026, 12:00 UTC, as it asked before. Nothing has to be done: Daypass gives"
        " nobody a session after 25 November 2026, 12:00 UTC."
    )
    put_off(scene, AFTER)
    # The client may have taken the files in between.
    assert known(scene) == (NOON + DAY, True)


def test_with_a_rotation_one_new_trust_policy_does_both() -> None:
    scene = a_set_up_scene()
    renew(scene)
    rotate(scene.ports, scene.caller(), "acme-prod", why="yearly")
    assert next_step(scene) is StepKind.RENEW
    place = find_engagement(scene.ports, "acme-prod")
    setup = setup_of(scene.ports, place, the_role(scene))
    assert setup.ends_at == LATER
    assert len(setup.external_ids) == 2
    client_says(scene)
    assert next_step(scene) is StepKind.ROTATE


def imported(scene: Scene) -> None:
    scene.world.add(replace(the_role(scene), asked_ends=()))
    scene.world.add(an_engagement(external_id_imported=True))


def test_of_an_imported_role_no_end_is_claimed_before_the_client_was_sent_a_page() -> None:
    scene = a_set_up_scene()
    imported(scene)
    for link in scene.world.find(SetupLink, where=lambda _: True):
        scene.world.items.pop(next(key for key, item in scene.world.items.items() if item is link))
    told = renew(scene)
    assert the_role(scene).trust_policy is None
    (step,) = told.client_steps
    assert (step.policy_ends_at, step.commands) == (None, "")
    assert "cannot read whether it has one" in step.says


@pytest.mark.parametrize("origin", [imported, lambda _: None], ids=["imported", "an old one"])
def test_a_role_without_a_remembered_end_whose_client_has_a_page_has_its_engagements(
    origin: Callable[[Scene], None],
) -> None:
    scene = a_set_up_scene(asked_ends=())
    assert the_role(scene).trust_policy is None
    origin(scene)
    renew(scene)
    assert known(scene) == (AFTER, True)


def test_of_a_role_that_nobody_has_checked_the_client_makes_it_with_the_last_end() -> None:
    scene = a_set_up_scene()
    scene.world.add(replace(the_role(scene), verification=None))
    told = renew(scene, grants=GrantsToRenew.NONE)
    assert told.client_steps == ()
    assert next_step(scene) is StepKind.SET_UP
    check(scene)  # it was there, with the former end
    assert next_step(scene) is StepKind.RENEW


def test_an_ended_role_is_nobodys_step() -> None:
    scene = a_set_up_scene()
    scene.world.add(replace(the_role(scene), ended_at=NOON))
    assert renew(scene).client_steps == ()
    assert the_role(scene).asked_ends == (AFTER,)


def test_however_often_the_end_changes_little_is_remembered() -> None:
    scene = a_set_up_scene()
    for number in range(1, 40):
        put_off(scene, AFTER + number * MOMENT)
    role: Role = the_role(scene)
    assert len(role.asked_ends) == 20
    assert (min(role.asked_ends), role.asked_ends[-1]) == (AFTER, AFTER + 39 * MOMENT)
