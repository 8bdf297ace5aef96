"""By which ways people are told: by those that the deployment names, and by no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.notifications.topic import NotificationTopic
from chalicelib.adapters.slack.channel import Webhook
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.delivery import ChannelKind, DeliveryStatus
from chalicelib.domain.notifications.notification import Notification
from chalicelib.usecases.notifications.notify import notify
from local.functions import environment_with
from local.slack.workspace import WEBHOOK
from local.world import FIRM
from tests.adapters.scene import Aws
from tests.fakes import NOON

URL = "https://hooks.slack.com/services/T0FIRM/B0HOOK/secretofthewebhook"
ALARMS = f"arn:aws:sns:us-east-1:{FIRM}:daypass-alarms"
A_NOTICE = Notification(
    key="one",
    at=NOON,
    until=NOON,
    title="lena is suspended",
    text="…",
    alerts=("lead-ended",),
    origin="mallory",
)
TOPIC = f"arn:aws:sns:us-east-1:{FIRM}:daypass-notices"


@pytest.fixture
def ssm(aws: Aws) -> Iterator[Any]:
    root = aws.endpoint.as_root(FIRM, "ssm")
    root.delete_parameters(Names=[WEBHOOK])
    yield root
    root.delete_parameters(Names=[WEBHOOK])


def opened(aws: Aws, parameter: str = "", topic: str = "", alarms: str = "") -> list[Any]:
    """As the function has them, which is the role daypass-notify."""
    url = aws.endpoint.function_credentials_url(f"arn:aws:iam::{FIRM}:role/daypass-notify")
    told = {
        "DAYPASS_SLACK_WEBHOOK": parameter,
        "DAYPASS_NOTICE_TOPIC": topic,
        "DAYPASS_ALARM_TOPIC": alarms,
    }
    with environment_with(told | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}):
        return [one() for one in bootstrap.notify_ports.__wrapped__().channels]


def secrets(**changes: str) -> str:
    return json.dumps({"team": "T0FIRM", "webhook": URL} | changes)


def test_a_deployment_without_slack_or_mail_tells_nobody_and_reads_nothing(aws: Aws) -> None:
    assert opened(aws) == []
    told = {"DAYPASS_SLACK_WEBHOOK": "", "DAYPASS_NOTICE_TOPIC": ""}
    with environment_with(told):
        ports = bootstrap.notify_ports.__wrapped__()
    before = len(aws.endpoint.judgements())
    assert notify(ports, time_left=lambda: 50.0, failed=pytest.fail).told == 0
    assert len(aws.endpoint.judgements()) == before


def test_the_channel_is_the_webhook_in_the_parameter(aws: Aws, ssm: Any) -> None:
    ssm.put_parameter(Name=WEBHOOK, Value=secrets(), Type="SecureString")
    (channel,) = opened(aws, parameter=WEBHOOK)
    assert isinstance(channel, Webhook)
    assert channel.issuer == "slack:T0FIRM"


def test_slack_without_a_webhook_is_no_way_to_tell_people(aws: Aws, ssm: Any) -> None:
    ssm.put_parameter(Name=WEBHOOK, Value=secrets(webhook=""), Type="SecureString")
    assert opened(aws, parameter=WEBHOOK) == [None]


@pytest.mark.usefixtures("ssm")
def test_a_parameter_that_is_not_there_fails_closed(aws: Aws) -> None:
    with pytest.raises(Unavailable):
        opened(aws, parameter=WEBHOOK)


def test_mails_go_beside_slack(aws: Aws, ssm: Any) -> None:
    ssm.put_parameter(Name=WEBHOOK, Value=secrets(), Type="SecureString")
    slack, mail = opened(aws, parameter=WEBHOOK, topic=TOPIC)
    assert isinstance(slack, Webhook)
    assert isinstance(mail, NotificationTopic)


@pytest.mark.parametrize(
    ("parameter", "topic", "kinds"),
    [
        ("daypass", TOPIC, [NotificationTopic]),
        ("", "daypass-notices", []),
        ("daypass", "topic", []),
    ],
)
def test_an_invalid_setting_turns_its_own_way_of_telling_off(
    aws: Aws, parameter: str, topic: str, kinds: list[type]
) -> None:
    assert [type(one) for one in opened(aws, parameter, topic)] == kinds


def test_mails_are_not_sent_to_an_invalid_topic_and_slack_is_told(aws: Aws, ssm: Any) -> None:
    ssm.put_parameter(Name=WEBHOOK, Value=secrets(), Type="SecureString")
    (slack,) = opened(aws, parameter=WEBHOOK, topic="daypass-notices")
    assert isinstance(slack, Webhook)


def test_what_is_grave_goes_to_the_alarms_topic_whatever_else_there_is(aws: Aws) -> None:
    (alarms,) = opened(aws, alarms=ALARMS)
    assert isinstance(alarms, NotificationTopic)
    assert (alarms.via, alarms.alerts_only) == (ChannelKind.ALARM, True)
    sent = alarms.send(A_NOTICE, user="", again=False)
    assert sent.status is DeliveryStatus.TAKEN
