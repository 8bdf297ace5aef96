"""After a renewal Daypass reports a client's trust policy that ends before the engagement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.onboarding.next_step import StepKind
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding.client_page import build_client_page, confirm_policies_replaced
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.rotation import begin_rotation
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import AFTER, BEFORE, LINK_TEXT, Scene, a_link, an_engagement
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.onboarding.renewal.renewing import (
    DAY,
    LATER,
    LATEST,
    a_set_up_scene,
    change_end,
    check,
    client_updates,
    failed,
    renew,
    the_role,
)

MOMENT = timedelta(minutes=1)
ENDED = (
    "The end date in the trust policy has passed: the policy was written for an earlier end of the"
    " engagement."
)
RENEWALS: dict[str, Callable[[Scene], object]] = {
    "renew": renew,
    "PATCH": lambda scene: change_end(scene, LATER),
}
CHANGES = (Action.ENGAGEMENT_RENEW, Action.ENGAGEMENT_CHANGE)
renewals = every("renew_it", RENEWALS.values())


def next_step(scene: Scene) -> StepKind:
    return build_client_page(scene.ports, LINK_TEXT).next_step.kind


def trust_policy_end(scene: Scene) -> tuple[object, bool]:
    end = the_role(scene).trust_policy
    return end.ends_at, end.needs_update


def message(scene: Scene) -> str:
    return the_role(scene).trust_policy.message


def client_confirms(scene: Scene, until: datetime | None = None) -> None:
    end = until or find_engagement(scene.ports, "acme-prod").ends_at
    seconds = str(int(end.timestamp()))
    confirm_policies_replaced(scene.ports, LINK_TEXT, seconds, address="192.0.2.7")


@renewals
def test_after_a_renewal_the_client_has_to_update_the_trust_policy(
    renew_it: Callable[[Scene], object],
) -> None:
    scene = a_set_up_scene()
    renew_it(scene)
    assert next_step(scene) is StepKind.RENEW
    assert trust_policy_end(scene) == (AFTER, True)
    assert check(scene).passed  # no check can see it yet
    assert next_step(scene) is StepKind.RENEW
    changes = [entry for entry in scene.entries if entry.action in CHANGES]
    assert [entry.details["outdated_policies"] for entry in changes] == ["readonly"]


@renewals
def test_a_check_after_the_end_names_it_as_the_first_cause(
    renew_it: Callable[[Scene], object],
) -> None:
    scene = a_set_up_scene()
    renew_it(scene)
    scene.later(days=30, minutes=1)
    report = check(scene)
    assert failed(report) == ["right-external-id"]
    assert report.causes[0].cause is Cause.END_DATE
    requested = "Daypass requested a trust policy that ends on 24 December 2026, 12:00 UTC."
    assert report.causes[0].message == f"{ENDED} {requested}"
    assert "2027-01-23T12:00:00Z" in report.causes[0].commands
    assert check(scene).causes[0].cause is Cause.END_DATE  # and again, the day after


def test_the_daily_check_notifies_the_leads_of_the_end_date() -> None:
    scene = a_set_up_scene()
    renew(scene)
    scene.later(days=30, minutes=1)
    verify_role(scene.ports, SystemActor(SCHEDULE), "acme-prod", "readonly", is_full=False)
    (event,) = [event for event in scene.alerts if event.alert == "role-drifted"]
    assert f"Most likely: {ENDED}" in event.text


@renewals
def test_an_updated_trust_policy_keeps_the_access(renew_it: Callable[[Scene], object]) -> None:
    scene = a_set_up_scene()
    renew_it(scene)
    client_updates(scene)
    scene.later(days=30, minutes=1)
    assert check(scene).passed
    assert trust_policy_end(scene) == (LATER, False)
    assert next_step(scene) is StepKind.DONE


def a_scene_with_long_tokens() -> Scene:
    scene = a_set_up_scene()
    for token in scene.find(Token, where=lambda _: True):
        scene.add(replace(token, expires_at=LATEST))
    return scene


def test_renewed_grants_get_sessions_after_the_previous_end() -> None:
    scene = a_scene_with_long_tokens()
    renew(scene)
    client_updates(scene)
    scene.later(days=30, minutes=1)
    assert scene.vend()


def test_a_refusal_of_aws_after_the_previous_end_names_it() -> None:
    scene = a_scene_with_long_tokens()
    renew(scene)
    scene.later(days=30, minutes=1)
    message = (
        "before the engagement was renewed ended on 24 December 2026, 12:00 UTC. Ask your lead"
    )
    with pytest.raises(AwsRefused, match=message):
        scene.vend()
    answered = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    answered.__cause__ = OSError("AccessDenied")
    scene.fails_at("issue", answered)
    with pytest.raises(AwsRefused, match=message) as refused:
        scene.vend()
    assert refused.value.__cause__ is answered.__cause__  # for the log
    scene.world.before = None
    scene.add(replace(the_role(scene), requested_ends=(LATER,)))
    with pytest.raises(AwsRefused, match="Ask your lead to verify the role"):
        scene.vend()


def test_a_confirmation_is_shown_as_the_clients_statement_until_a_check() -> None:
    scene = a_set_up_scene()
    renew(scene)
    client_confirms(scene)
    assert next_step(scene) is StepKind.DONE
    assert message(scene) == (
        "The client reports that the trust policy now ends on 23 January 2027, 12:00 UTC, as"
        " Daypass requested. Only a check after 24 December 2026, 12:00 UTC, when the previous"
        " trust policy ends, can confirm this."
    )
    action = Action.ROLE_POLICY_REPLACED
    (entry,) = [entry for entry in scene.entries if entry.action is action]
    assert (entry.actor, entry.token) == (CLIENT, a_link().id)
    assert entry.details == {"roles": "readonly", "until": "2027-01-23T12:00:00Z"}
    client_updates(scene)
    scene.later(days=30, minutes=1)
    check(scene)
    assert message(scene).startswith("The client's trust policy ends on 23 January 2027, 12:00 UTC")


def test_a_confirmed_end_is_still_the_first_cause_if_the_check_fails() -> None:
    scene = a_set_up_scene()
    renew(scene)
    client_confirms(scene)
    scene.later(days=30, minutes=1)
    assert check(scene).causes[0].cause is Cause.END_DATE


def test_a_confirmation_is_for_the_end_on_the_clients_page() -> None:
    scene = a_set_up_scene()
    renew(scene)
    renew(scene, LATEST)  # meanwhile
    client_confirms(scene, LATER)
    assert trust_policy_end(scene) == (LATER, True)
    assert next_step(scene) is StepKind.RENEW
    scene.later(minutes=1)
    client_confirms(scene, BEFORE)  # an end that Daypass never asked for
    assert trust_policy_end(scene) == (LATER, True)


def test_after_two_renewals_the_check_cannot_tell_which_end_was_applied() -> None:
    """A check after the first end shows that the policy has another end, but not which."""
    scene = a_set_up_scene()
    renew(scene)
    client_updates(scene)
    renew(scene, LATEST)
    scene.later(days=30, minutes=1)
    assert check(scene).passed
    assert trust_policy_end(scene) == (LATER, True)
    client_updates(scene)
    scene.later(days=30)
    assert check(scene).passed
    assert trust_policy_end(scene) == (LATEST, False)


def test_an_earlier_end_needs_no_step_of_the_client() -> None:
    scene = a_set_up_scene()
    change_end(scene, NOON + DAY)
    assert next_step(scene) is StepKind.DONE
    assert message(scene) == (
        "Daypass last requested a trust policy that ends on 25 November 2026, 12:00 UTC. The client"
        " may still use an earlier policy, which ends on 24 December 2026, 12:00 UTC at the latest."
        " No action is needed: Daypass issues no session after 25 November 2026, 12:00 UTC."
    )
    change_end(scene, AFTER)
    # The client may have taken the files in between.
    assert trust_policy_end(scene) == (NOON + DAY, True)


def test_during_a_rotation_one_new_trust_policy_is_enough() -> None:
    scene = a_set_up_scene()
    renew(scene)
    scene.do(begin_rotation, "acme-prod", why="yearly")
    assert next_step(scene) is StepKind.RENEW
    engagement = find_engagement(scene.ports, "acme-prod")
    spec = build_spec_for_role(scene.ports, engagement, the_role(scene))
    assert spec.ends_at == LATER
    assert len(spec.external_ids) == 2
    client_confirms(scene)
    assert next_step(scene) is StepKind.ROTATE


def imported(scene: Scene) -> None:
    scene.add(replace(the_role(scene), requested_ends=()))
    scene.add(an_engagement(external_id_imported=True))


def test_no_end_is_claimed_for_an_imported_role_without_a_client_page() -> None:
    scene = a_set_up_scene()
    imported(scene)
    del scene.world.items[at(a_link())]
    renewal = renew(scene)
    assert the_role(scene).trust_policy is None
    (step,) = renewal.client_steps
    assert (step.policy_ends_at, step.commands) == (None, "")
    assert "cannot see whether the policy has one" in step.message


@every("origin", [imported, lambda _: None])
def test_a_role_without_a_stored_end_has_its_engagements_if_the_client_has_a_page(
    origin: Callable[[Scene], None],
) -> None:
    scene = a_set_up_scene(requested_ends=())
    assert the_role(scene).trust_policy is None
    origin(scene)
    renew(scene)
    assert trust_policy_end(scene) == (AFTER, True)


def test_an_unchecked_role_needs_no_renewal_step() -> None:
    scene = a_set_up_scene()
    scene.add(replace(the_role(scene), verification=None))
    renewal = renew(scene, grants=GrantsToRenew.NONE)
    assert renewal.client_steps == ()
    assert next_step(scene) is StepKind.SET_UP
    check(scene)  # it existed, with the previous end
    assert next_step(scene) is StepKind.RENEW


def test_an_ended_role_needs_no_step() -> None:
    scene = a_set_up_scene()
    scene.add(replace(the_role(scene), ended_at=NOON))
    assert renew(scene).client_steps == ()
    assert the_role(scene).requested_ends == (AFTER,)


def test_only_the_last_twenty_ends_are_stored() -> None:
    scene = a_set_up_scene()
    for number in range(1, 40):
        change_end(scene, AFTER + number * MOMENT)
    role: Role = the_role(scene)
    assert len(role.requested_ends) == 20
    assert (min(role.requested_ends), role.requested_ends[-1]) == (AFTER, AFTER + 39 * MOMENT)
