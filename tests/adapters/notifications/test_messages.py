"""Notices by Amazon SNS and mails to clients by Amazon SES: the requests, and what the answers
mean."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from chalicelib.adapters.notifications import topic
from chalicelib.adapters.requests import ses
from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus, format_mail
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.requests.client_mails import Mail
from tests.domain.evidence.samples import NOTIFYING
from tests.rows import every

ARN = "arn:aws:sns:eu-central-1:123456789012:daypass-notices"
NOTICE = build_notification(NOTIFYING[0])
SENDER = "daypass@consulting.example"
MAIL = Mail(to="jo@acme.example", subject="Bitte prüfen", text="https://…/approve/secret\n")
DELIVERED, NOT_DELIVERED, UNKNOWN, REFUSED = DeliveryStatus


def notify(client):
    assert NOTICE is not None
    channel = topic.NotificationTopic(ARN, client)
    return channel.send(NOTICE, user="U0ALICE", may_have_arrived=True)


def mail(client, *, firm_name="Example", reply_to=""):
    mailer = ses.SesMailer(client, sender=SENDER, firm_name=firm_name, reply_to=reply_to)
    return mailer.send(MAIL)


Send = Callable[[Any], Delivery]
SERVICES = {
    "sns": ("publish", topic.CONFIG, notify),
    "sesv2": ("send_email", ses.CONFIG, mail),
}
NAMES = {"sns": "Amazon SNS", "sesv2": "Amazon SES"}


def client_of(service):
    return botocore.session.get_session().create_client(
        service,
        region_name="eu-central-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=SERVICES[service][1],
    )


def test_a_notice_is_one_message_on_the_topic():
    assert NOTICE is not None
    subject, text = format_mail(NOTICE, may_have_arrived=True)
    client, sent = client_of("sns"), {"TopicArn": ARN, "Subject": subject, "Message": text}
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"}, sent)
        assert notify(client) == Delivery(DELIVERED)
        stub.assert_no_pending_responses()
    assert "U0ALICE" not in text


@every(
    "firm_name, reply_to, sender",
    [
        ("Example", "", f"Example via Daypass <{SENDER}>"),
        ("Meyer, Söhne", "", f"=?utf-8?q?Meyer=2C_S=C3=B6hne_via_Daypass?= <{SENDER}>"),
        ('Quick "Fix"', "ask@x.example", f'"Quick \\"Fix\\" via Daypass" <{SENDER}>'),
        ("", "ask@x.example", f"Daypass <{SENDER}>"),
    ],
)
def test_a_mail_is_one_request_to_one_person(firm_name, reply_to, sender):
    client = client_of("sesv2")
    content = {
        "Subject": {"Data": MAIL.subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": MAIL.text, "Charset": "UTF-8"}},
    }
    sent = {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": ["jo@acme.example"]},
        "ReplyToAddresses": [reply_to] if reply_to else [],
        "Content": {"Simple": content},
    }
    with Stubber(client) as stub:
        stub.add_response("send_email", {"MessageId": "1"}, sent)
        assert mail(client, firm_name=firm_name, reply_to=reply_to) == Delivery(DELIVERED)
        stub.assert_no_pending_responses()


def test_a_mail_is_sent_with_the_configuration_set_that_publishes_bounces():
    sent = []
    client = SimpleNamespace(send_email=lambda **request: sent.append(request))
    names = {"sender": SENDER, "firm_name": "", "reply_to": ""}
    ses.SesMailer(client, **names, configuration_set="daypass-client-mails").send(MAIL)
    ses.SesMailer(client, **names).send(MAIL)
    assert [each.get("ConfigurationSetName") for each in sent] == ["daypass-client-mails", None]


@every(
    "service, code, http_status, status",
    [
        ("sns", "InvalidParameter", 400, REFUSED),
        ("sns", "AuthorizationError", 403, NOT_DELIVERED),
        ("sns", "NotFound", 404, NOT_DELIVERED),
        ("sns", "KMSAccessDenied", 400, NOT_DELIVERED),
        ("sns", "Throttled", 429, NOT_DELIVERED),
        ("sns", "InternalError", 500, NOT_DELIVERED),
        ("sesv2", "MessageRejected", 400, REFUSED),
        ("sesv2", "BadRequestException", 400, REFUSED),
        ("sesv2", "TooManyRequestsException", 429, NOT_DELIVERED),
        ("sesv2", "LimitExceededException", 400, NOT_DELIVERED),
        ("sesv2", "SendingPausedException", 400, NOT_DELIVERED),
        ("sesv2", "AccountSuspendedException", 400, NOT_DELIVERED),
        ("sesv2", "MailFromDomainNotVerifiedException", 400, NOT_DELIVERED),
        ("sesv2", "AccessDeniedException", 403, NOT_DELIVERED),
        ("sesv2", "InternalServiceErrorException", 500, NOT_DELIVERED),
    ],
)
def test_a_refusal_is_final_only_if_the_message_itself_is_the_cause(
    service, code, http_status, status
):
    operation, _, send = SERVICES[service]
    client = client_of(service)
    with Stubber(client) as stub:
        text = "Email address is not verified: jo@acme.example"
        stub.add_client_error(operation, code, text, http_status_code=http_status)
        assert send(client) == Delivery(status, f"{NAMES[service]}: {code}")


@every("service", SERVICES)
@every(
    "error, status",
    [
        (EndpointConnectionError(endpoint_url="x"), NOT_DELIVERED),
        (ConnectTimeoutError(endpoint_url="x"), NOT_DELIVERED),
        (ReadTimeoutError(endpoint_url="x"), UNKNOWN),
        (ConnectionClosedError(endpoint_url="x"), UNKNOWN),
        (NoCredentialsError(), UNKNOWN),
    ],
)
def test_without_an_answer_the_message_may_have_been_delivered(service, error, status):
    class Broken:
        def publish(self, **_):
            raise error

        send_email = publish

    why = f"{NAMES[service]} cannot be reached" if status is NOT_DELIVERED else "no answer"
    assert SERVICES[service][2](Broken()) == Delivery(status, why)


def test_the_sdk_sends_a_mail_once_and_waits_a_few_seconds():
    assert ses.CONFIG.retries["total_max_attempts"] == 1
    assert (ses.CONFIG.connect_timeout, ses.CONFIG.read_timeout) == (2, 5)
