"""After a renewal Daypass reports a client's trust policy that ends before the engagement."""

import re
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.requests import Renewal
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding.client_page import build_client_page, confirm_policies_replaced
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.verify import begin_rotation, verify_role
from tests.builders import AFTER, BEFORE, LINK_TEXT, a_link, an_engagement
from tests.fakes import NOON, at
from tests.golden import hold_against_file
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
from tests.usecases.refusals import refused

MOMENT = timedelta(minutes=1)


def a_month_passes(scene):
    """The end in the client's trust policy passes."""
    scene.later(days=30, minutes=1)


later = a_month_passes


def client_confirms(scene, until=None):
    scene.later(minutes=1)
    end = until or find_engagement(scene.ports, "acme-prod").ends_at
    seconds = str(int(end.timestamp()))
    confirm_policies_replaced(scene.ports, LINK_TEXT, seconds, address="192.0.2.7")


def daily_check(scene):
    verify_role(scene.ports, SystemActor(SCHEDULE), "acme-prod", "readonly", is_full=False)


def without_stored_ends(scene):
    scene.add(replace(the_role(scene), requested_ends=()))


def imported(scene):
    without_stored_ends(scene)
    scene.add(an_engagement(external_id_imported=True))


def without_a_page(scene):
    del scene.items[at(a_link())]


def unchecked(scene):
    scene.add(replace(the_role(scene), verification=None))


def role_ended(scene):
    scene.add(replace(the_role(scene), ended_at=NOON))


def change_the_end(scene):
    change_end(scene, LATER)


def shorten(scene):
    change_end(scene, NOON + DAY)


def restore(scene):
    """The client may have taken the files in between."""
    change_end(scene, AFTER)


def renew_again(scene):
    return renew(scene, LATEST)


def confirm_the_first_end(scene):
    client_confirms(scene, LATER)


def confirm_an_end_that_nobody_asked_for(scene):
    client_confirms(scene, BEFORE)


def rotate(scene):
    """One new trust policy is enough for the renewal and the rotation."""
    scene.do(begin_rotation, "acme-prod")


STORIES = [
    [renew, check, a_month_passes, check, check],
    [change_the_end, check, a_month_passes, check],
    [renew, a_month_passes, daily_check],
    [renew, client_updates, a_month_passes, check],
    [change_the_end, client_updates, a_month_passes, check],
    [renew, client_confirms, client_updates, a_month_passes, check],
    [renew, client_confirms, a_month_passes, check],
    [renew, renew_again, confirm_the_first_end, confirm_an_end_that_nobody_asked_for],
    # A check after the first end shows that the policy has another end, but not which.
    [renew, client_updates, renew_again, a_month_passes, check, client_updates, later, check],
    [shorten, restore],
    [renew, rotate, client_confirms],
    [imported, without_a_page, renew],
    [imported, renew],
    [without_stored_ends, renew],
    [unchecked, renew, check],
    [role_ended, renew],
]
RECORDED = (Action.ENGAGEMENT_RENEW, Action.ENGAGEMENT_CHANGE, Action.ROLE_POLICY_REPLACED)


def describe(scene, result):
    """Return what the step's result says, and what the role and the client's page show then."""
    lines = []
    if isinstance(result, Report):
        lines.append(f"passed: {result.passed}, failed: {failed(result)}")
        for cause in result.causes[:1]:
            ends = sorted(set(re.findall(r"\d+-\d+-\d+T[\d:]+Z", cause.commands)))
            lines.append(f"{cause.cause}: {cause.message} {ends}")
    if isinstance(result, Renewal):
        steps = [
            (each.role, str(each.policy_ends_at), each.message) for each in result.client_steps
        ]
        lines.append(f"steps: {steps}")
    role = the_role(scene)
    if (policy := role.trust_policy) is not None:
        lines.append(f"ends {rfc3339(policy.ends_at)}, needs update: {policy.needs_update}")
        lines.append(policy.message)
    if at(a_link()) in scene.items:
        lines.append(f"page: {build_client_page(scene.ports, LINK_TEXT).next_step.kind}")
    return lines


def test_each_step_of_a_renewal_is_told_as_the_file_says():
    lines = []
    for steps in STORIES:
        scene = a_set_up_scene()
        lines.append(f"=== {', '.join(step.__name__.replace('_', ' ') for step in steps)}")
        for step in steps:
            entries, alerts = len(scene.entries), len(scene.alerts)
            lines += [f"--- {step.__name__.replace('_', ' ')}", *describe(scene, step(scene))]
            for entry in scene.entries[entries:]:
                if entry.action in RECORDED:
                    lines.append(f"{entry.action} by {entry.actor}: {dict(entry.details)}")
            lines += [f"{event.alert}: {event.text}" for event in scene.alerts[alerts:]]
    hold_against_file("onboarding/trust-policies.txt", "\n".join(lines))


def test_a_refusal_of_aws_after_the_previous_end_names_it():
    scene = a_set_up_scene()
    for token in scene.find(Token):
        scene.add(replace(token, expires_at=LATEST))
    renew(scene)
    scene.later(days=30)  # the very end
    message = (
        "before the engagement was renewed, which ended on 24 December 2026, 12:00 UTC. Ask your"
        " lead whether the client has updated the role's trust policy."
    )
    assert message in refused(scene.vend).detail
    answered = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    answered.__cause__ = OSError("AccessDenied")
    scene.fails_at("issue", answered)
    error = refused(scene.vend)
    assert (type(error), message in error.detail) == (AwsRefused, True)
    assert error.__cause__ is answered.__cause__  # for the log
    unavailable = Unavailable(Reason.AWS_THROTTLED)
    scene.fails_at("issue", unavailable)
    assert (
        refused(scene.vend) is unavailable
    )  # another failure is no sign of the trust policy's end
    scene.world.before = None
    scene.add(replace(the_role(scene), requested_ends=(LATER,)))
    assert "Ask your lead to verify the role" in refused(scene.vend).detail
    client_updates(scene)
    assert scene.vend()


def test_only_the_last_twenty_ends_are_stored():
    scene = a_set_up_scene()
    for number in range(1, 40):
        change_end(scene, AFTER + number * MOMENT)
    role = the_role(scene)
    assert len(role.requested_ends) == 20
    assert (min(role.requested_ends), role.requested_ends[-1]) == (AFTER, AFTER + 39 * MOMENT)
