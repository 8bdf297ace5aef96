"""Alerts: every lead learns of certain changes, so that no lead can make them unnoticed."""

import json
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.roles import CreateRole
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.onboarding.requests import OpenEngagement, RequestedRole
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.roles import create_role
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
from tests.builders import NOON, ROLE_ARN, a_role, an_engagement, doing
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.changes_table import CHANGES, TO_THEMSELVES, two_leads
from tests.usecases.lost_answers import DOWN
from tests.usecases.vending.revocations import change_of_role

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
REASONED, CHAINED = {"requires_reason": True}, {"allows_chaining": True}


def beside(item, act):
    """Let this item be stored before the act."""

    def added_and_done(scene):
        scene.add(item)
        return act(scene)

    return added_and_done


def new_role(name="deploy", arn=OTHER, **settings):
    value = CreateRole(name=name, arn=arn, **settings)
    return doing(create_role, "acme-prod", value)


def used_again(was, arn=ROLE_ARN, **settings):
    """Create a role under the name of an ended role."""
    return beside(a_role(ended_at=NOON, **was), new_role("readonly", arn, **settings))


def opened(**settings):
    value = OpenEngagement(
        id="initech",
        client="Initech",
        account_id="765432109876",
        ends_at=NOON + timedelta(days=9),
        roles=(RequestedRole(name="deploy", **settings),),
    )
    return doing(open_engagement, value)


def moved_end(**was):
    move = doing(change_engagement, "acme-prod", ChangeEngagement(ends_at=NOON + DAY))
    return beside(an_engagement(**was), move)


def setup_with(**changes):
    return doing(change_setup, "acme-prod", "readonly", ChangeSetup(**changes))


def asked_for(*statements):
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return setup_with(permissions_policy=policy)


def twice(act):
    """The second change relaxes nothing more."""

    def again(scene):
        act(scene)
        scene.alerts.clear()
        scene.entries.clear()
        return setup_with(max_session_duration=7200)(scene)

    return again


ALLOW = {"Effect": "Allow", "Resource": "*"}
EVERYTHING = asked_for({**ALLOW, "Action": "*"})

SETTINGS = {
    "chaining is allowed": change_of_role(**CHAINED),
    "no reason is requested": beside(a_role(**REASONED), change_of_role(requires_reason=False)),
    "another ARN": change_of_role(arn=OTHER),
    "a new role that allows chaining": new_role(**CHAINED),
    "a name used again for another ARN": used_again({}, OTHER),
    "a name used again without a reason": used_again(REASONED),
    "opened with chaining": opened(**CHAINED),
    "full access is requested": EVERYTHING,
    "everything in another spelling": asked_for({**ALLOW, "Action": ["s3:GetObject", "*:*"]}),
    "all of IAM": asked_for({**ALLOW, "Action": "IAM:*"}),
    "everything but": asked_for({**ALLOW, "NotAction": "s3:*"}),
    "chaining was allowed": beside(a_role(**CHAINED), change_of_role(max_session=900)),
    "chaining is forbidden": beside(a_role(**CHAINED), change_of_role(allows_chaining=False)),
    "a reason is requested": change_of_role(**REASONED),
    "the same ARN": change_of_role(arn=ROLE_ARN),
    "shorter sessions": change_of_role(max_session=900),
    "a new role": new_role(),
    "a name used again": used_again({}),
    "a name used again with chaining": used_again(CHAINED, **CHAINED),
    "opened": opened(),
    "everything is denied": asked_for({**ALLOW, "Effect": "Deny", "Action": "*"}),
    "all of one service": asked_for({**ALLOW, "Action": "s3:*"}),
    "full access is requested as before": twice(EVERYTHING),
    "a later end of an ended engagement": moved_end(ends_at=NOON - DAY),
    "a later end": moved_end(),
    "a later end of a closed engagement": moved_end(ends_at=NOON - DAY, closed_at=NOON),
    "a choice that is ready made": setup_with(permissions=PermissionSet.READ_ONLY_ACCESS),
}
