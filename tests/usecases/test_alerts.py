"""Alerts: every lead learns of certain changes, so that no lead can make them unnoticed."""

import json
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.onboarding.requests import OpenEngagement, RequestedRole
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import change_role, create_role
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
from tests.builders import ROLE_ARN, a_role, an_engagement
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.changes_table import CHANGES, TO_THEMSELVES, two_leads
from tests.usecases.lost_answers import DOWN

ALL = CHANGES | TO_THEMSELVES


def test_the_notifications_and_alerts_of_every_change_are_as_their_file_says():
    lines = []
    for name in (*ALL, *SETTINGS):
        scene = two_leads()
        scene.do(ALL[name]) if name in ALL else SETTINGS[name](scene)
        lines += [f"# {name}"]
        lines += [each.title for each in map(build_notification, scene.entries) if each]
        for event in scene.alerts:
            about = [text for text in (event.engagement, event.role, event.member) if text]
            lines += [f"{event.alert} of {' '.join(about)}: {event.text}"]
            assert (event.at, event.text[:5]) == (NOON, "lena ")
    hold_against_file("alerts/changes.txt", "\n".join(lines))


@every("name", ALL)
def test_an_unwritten_change_causes_no_alert_and_an_alert_has_nothing_that_someone_typed(name):
    """Alerts reach the log. The reason for a change is only on the trail."""
    scene = two_leads()
    scene.do(ALL[name])
    details = scene.last_entry.details
    typed = {details[field] for field in ("said", "name") if field in details}
    assert not [text for text in typed for event in scene.alerts if text in event.text]
    if scene.alerts:
        scene = two_leads()
        step = "save" if name.startswith("member.revoke") else "change"
        scene.fails_at(step, DOWN)
        with pytest.raises(Unavailable):
            scene.do(ALL[name])
        assert scene.alerts == []


DAY = timedelta(days=1)
OTHER = "arn:aws:iam::987654321098:role/Admin"
ENGAGEMENT, ROLE = "acme-prod", "readonly"


def a_change(was, request):
    def act(scene):
        scene.add(a_role(**was))
        return scene.do(change_role, ENGAGEMENT, ROLE, request)

    return act


def used_again(was, **settings):
    """Create a role under the name of an ended role."""

    def act(scene):
        scene.add(a_role(**({"ended_at": NOON} | was)))
        value = CreateRole(**({"name": ROLE, "arn": ROLE_ARN} | settings))
        return scene.do(create_role, ENGAGEMENT, value)

    return act


def new_role(**settings):
    value = CreateRole(**({"name": "deploy", "arn": OTHER} | settings))
    return lambda scene: scene.do(create_role, ENGAGEMENT, value)


def opened(**settings):
    value = OpenEngagement(
        id="initech",
        client="Initech",
        account_id="765432109876",
        ends_at=NOON + timedelta(days=9),
        roles=(RequestedRole(name="deploy", **settings),),
    )
    return lambda scene: scene.do(open_engagement, value)


def moved_end(was):
    def act(scene):
        scene.add(an_engagement(**was))
        return scene.do(change_engagement, ENGAGEMENT, ChangeEngagement(ends_at=NOON + DAY))

    return act


def asked_for(*statements):
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    value = ChangeSetup(permissions_policy=policy)
    return lambda scene: scene.do(change_setup, ENGAGEMENT, ROLE, value)


def twice(act):
    """The second change relaxes nothing more."""

    def again(scene):
        act(scene)
        scene.alerts.clear()
        scene.entries.clear()
        later = ChangeSetup(max_session_duration=7200)
        return scene.do(change_setup, ENGAGEMENT, ROLE, later)

    return again


ALLOW = {"Effect": "Allow", "Resource": "*"}
EVERYTHING = asked_for({**ALLOW, "Action": "*"})

SETTINGS = {
    "chaining is allowed": a_change({}, ChangeRole(allows_chaining=True)),
    "no reason is requested": a_change(
        {"requires_reason": True}, ChangeRole(requires_reason=False)
    ),
    "another ARN": a_change({}, ChangeRole(arn=OTHER)),
    "a new role that allows chaining": new_role(allows_chaining=True),
    "a name used again for another ARN": used_again({}, arn=OTHER),
    "a name used again without a reason": used_again({"requires_reason": True}),
    "opened with chaining": opened(allows_chaining=True),
    "full access is requested": EVERYTHING,
    "everything in another spelling": asked_for({**ALLOW, "Action": ["s3:GetObject", "*:*"]}),
    "all of IAM": asked_for({**ALLOW, "Action": "IAM:*"}),
    "everything but": asked_for({**ALLOW, "NotAction": "s3:*"}),
    "chaining was allowed": a_change({"allows_chaining": True}, ChangeRole(max_session=900)),
    "chaining is forbidden": a_change({"allows_chaining": True}, ChangeRole(allows_chaining=False)),
    "a reason is requested": a_change({}, ChangeRole(requires_reason=True)),
    "the same ARN": a_change({}, ChangeRole(arn=ROLE_ARN)),
    "shorter sessions": a_change({}, ChangeRole(max_session=900)),
    "a new role": new_role(),
    "a name used again": used_again({}),
    "a name used again with chaining": used_again({"allows_chaining": True}, allows_chaining=True),
    "opened": opened(),
    "everything is denied": asked_for({**ALLOW, "Effect": "Deny", "Action": "*"}),
    "all of one service": asked_for({**ALLOW, "Action": "s3:*"}),
    "full access is requested as before": twice(EVERYTHING),
    "a later end of an ended engagement": moved_end({"ends_at": NOON - DAY}),
    "a later end": moved_end({}),
    "a later end of a closed engagement": moved_end({"ends_at": NOON - DAY, "closed_at": NOON}),
    "a choice that is ready made": lambda scene: scene.do(
        change_setup, ENGAGEMENT, ROLE, ChangeSetup(permissions=PermissionSet.READ_ONLY_ACCESS)
    ),
}
