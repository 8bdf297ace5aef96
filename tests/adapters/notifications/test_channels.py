"""Notification channels: exactly those that the deployment's settings name."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.adapters.notifications.topic import AlarmTopics, NotificationTopic
from chalicelib.adapters.slack.posting import Webhook
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.requests.client_mails import Mail
from chalicelib.usecases.notifications.notify import notify
from local.functions import environment_with
from local.outbox import SENDER, Outbox
from local.sample_accounts import FIRM
from local.slack.workspace import WEBHOOK
from tests.fakes import NOON
from tests.rows import every

URL = "https://hooks.slack.com/services/T0FIRM/B0HOOK/secretofthewebhook"
ALARMS = f"arn:aws:sns:us-east-1:{FIRM}:daypass-alarms"
WARNINGS = f"arn:aws:sns:us-east-1:{FIRM}:daypass-warnings"
A_NOTICE = Notification(key="one", at=NOON, until=NOON, title="lena is suspended", text="…")
TOPIC = f"arn:aws:sns:us-east-1:{FIRM}:daypass-notices"


@pytest.fixture
def ssm(aws):
    root = aws.endpoint.as_root(FIRM, "ssm")
    root.delete_parameters(Names=[WEBHOOK])
    yield root
    root.delete_parameters(Names=[WEBHOOK])


SETTINGS = ("SLACK_WEBHOOK", "NOTICE_TOPIC", "ALARM_TOPIC", "WARNING_TOPIC", "CLIENT_MAIL_FROM")


@contextmanager
def ports_with(aws, **settings):
    """As the function has them, which is the role daypass-notify."""
    url = aws.endpoint.function_credentials_url(f"arn:aws:iam::{FIRM}:role/daypass-notify")
    fields = {f"DAYPASS_{name}": settings.get(name, "") for name in SETTINGS}
    with environment_with(fields | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}):
        yield bootstrap.notify_ports.__wrapped__()


def opened(aws, **settings):
    with ports_with(aws, **settings) as ports:
        return [channel() for channel in ports.channels]


def secrets(**changes):
    return json.dumps({"team": "T0FIRM", "webhook": URL} | changes)


def test_a_deployment_without_channels_notifies_no_one_and_reads_nothing(aws):
    with ports_with(aws) as ports:
        assert ports.channels == ()
        before = len(aws.endpoint.policy_decisions())
        assert notify(ports, time_left=lambda: 50.0, report_failure=pytest.fail).sent == 0
        assert len(aws.endpoint.policy_decisions()) == before


KEPT = secrets()


@pytest.mark.parametrize(
    ("stored", "parameter", "topic", "kinds"),
    [
        (KEPT, WEBHOOK, "", [Webhook]),
        (secrets(webhook=""), WEBHOOK, "", [type(None)]),
        (KEPT, WEBHOOK, TOPIC, [Webhook, NotificationTopic]),
        # An invalid setting turns its own way of telling off, and no other.
        (KEPT, "daypass", TOPIC, [NotificationTopic]),
        (KEPT, "", "daypass-notices", []),
        (KEPT, "daypass", "topic", []),
        (KEPT, WEBHOOK, "daypass-notices", [Webhook]),
    ],
)
def test_notifications_go_to_the_channels_that_are_set_up(
    aws, ssm, stored, parameter, topic, kinds
):
    ssm.put_parameter(Name=WEBHOOK, Value=stored, Type="SecureString")
    channels = opened(aws, SLACK_WEBHOOK=parameter, NOTICE_TOPIC=topic)
    assert [type(channel) for channel in channels] == kinds
    issuers = [channel.issuer for channel in channels if isinstance(channel, Webhook)]
    assert issuers in ([], ["slack:T0FIRM"])


@pytest.mark.usefixtures("ssm")
def test_a_missing_parameter_fails_closed(aws):
    with pytest.raises(Unavailable):
        opened(aws, SLACK_WEBHOOK=WEBHOOK)


@pytest.mark.parametrize("warnings", ["", WARNINGS])
@pytest.mark.parametrize("alert", ["lead-made", "role-drifted"])
def test_alerts_go_to_the_alarms_topics_whatever_else_there_is(aws, warnings, alert):
    (alarms,) = opened(aws, ALARM_TOPIC=ALARMS, WARNING_TOPIC=warnings)
    assert isinstance(alarms, AlarmTopics)
    assert (alarms.kind, alarms.alerts_only) == ("alarm", True)
    notice = msgspec.structs.replace(A_NOTICE, alerts=(alert,))
    sent = alarms.send(notice, user="", may_have_arrived=False)
    assert sent.status == "delivered"


@every(
    "alerts, warnings, topic",
    [
        (("lead-made",), WARNINGS, ALARMS),
        (("role-drifted",), WARNINGS, WARNINGS),
        (("auditor-made", "lead-ended"), WARNINGS, ALARMS),  # the graver one decides
        (("role-drifted",), "", ALARMS),
    ],
)
def test_an_alert_goes_to_the_topic_of_alarms_that_are_as_grave(alerts, warnings, topic):
    published = []
    client = SimpleNamespace(publish=lambda **message: published.append(message["TopicArn"]))
    notice = msgspec.structs.replace(A_NOTICE, alerts=alerts)
    AlarmTopics(ALARMS, warnings, client).send(notice, user="", may_have_arrived=False)
    assert published == [topic]


@pytest.mark.parametrize(
    ("sender", "has_mail"), [(SENDER, True), ("", False), ("no address", False)]
)
def test_people_at_clients_get_mail_if_the_deployment_has_a_sender(aws, sender, *, has_mail):
    with ports_with(aws, CLIENT_MAIL_FROM=sender) as ports:
        assert (ports.channels, ports.client_mail is not None) == ((), has_mail)


def test_notify_may_send_mail_from_the_verified_sender(aws):
    outbox = Outbox(aws.endpoint, FIRM)
    outbox.verify_sender()
    mail = Mail(to="jo@acme.example", subject="Bitte prüfen", text="A text.\n")
    with ports_with(aws, CLIENT_MAIL_FROM=SENDER) as ports:
        (mailer,) = ports.client_mail.args
        assert mailer.send(mail).status == "delivered"
    last = outbox.read()[-1]
    assert (last.to, last.subject, last.text) == (mail.to, mail.subject, mail.text)
