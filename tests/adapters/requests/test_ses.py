"""E-mails to people at a client: the requests to Amazon SES, and what its answers mean."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from chalicelib.adapters.requests.ses import CONFIG, SesMailer
from chalicelib.domain.notifications.delivery import Delivery, DeliveryStatus
from chalicelib.domain.requests.client_mails import Mail
from tests.rows import every

SENDER = "daypass@consulting.example"
MAIL = Mail(to="jo@acme.example", subject="Bitte prüfen", text="https://…/approve/secret\n")


@pytest.fixture(scope="module")
def client() -> Any:
    return botocore.session.get_session().create_client(
        "sesv2",
        region_name="eu-central-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=CONFIG,
    )


def send(client: Any, *, firm_name: str = "Example", reply_to: str = "") -> Delivery:
    return SesMailer(client, sender=SENDER, firm_name=firm_name, reply_to=reply_to).send(MAIL)


@every(
    "firm_name, reply_to, sender",
    [
        ("Example", "", f"Example via Daypass <{SENDER}>"),
        ("Meyer, Söhne", "", f"=?utf-8?q?Meyer=2C_S=C3=B6hne_via_Daypass?= <{SENDER}>"),
        ('Quick "Fix"', "ask@x.example", f'"Quick \\"Fix\\" via Daypass" <{SENDER}>'),
        ("", "ask@x.example", f"Daypass <{SENDER}>"),
    ],
)
def test_a_mail_is_one_request_to_one_person(
    client: Any, firm_name: str, reply_to: str, sender: str
) -> None:
    with Stubber(client) as ses:
        ses.add_response(
            "send_email",
            {"MessageId": "1"},
            {
                "FromEmailAddress": sender,
                "Destination": {"ToAddresses": ["jo@acme.example"]},
                "ReplyToAddresses": [reply_to] if reply_to else [],
                "Content": {
                    "Simple": {
                        "Subject": {"Data": MAIL.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": MAIL.text, "Charset": "UTF-8"}},
                    }
                },
            },
        )
        sent = send(client, firm_name=firm_name, reply_to=reply_to)
        assert sent == Delivery(DeliveryStatus.DELIVERED)
        ses.assert_no_pending_responses()


@every(
    "code, http_status, status",
    [
        ("MessageRejected", 400, DeliveryStatus.REFUSED),
        ("BadRequestException", 400, DeliveryStatus.REFUSED),
        ("TooManyRequestsException", 429, DeliveryStatus.NOT_DELIVERED),
        ("LimitExceededException", 400, DeliveryStatus.NOT_DELIVERED),
        ("SendingPausedException", 400, DeliveryStatus.NOT_DELIVERED),
        ("AccountSuspendedException", 400, DeliveryStatus.NOT_DELIVERED),
        ("MailFromDomainNotVerifiedException", 400, DeliveryStatus.NOT_DELIVERED),
        ("AccessDeniedException", 403, DeliveryStatus.NOT_DELIVERED),
        ("InternalServiceErrorException", 500, DeliveryStatus.NOT_DELIVERED),
    ],
)
def test_a_refusal_is_final_only_if_the_mail_itself_is_the_cause(
    client: Any, code: str, http_status: int, status: DeliveryStatus
) -> None:
    with Stubber(client) as ses:
        ses.add_client_error(
            "send_email",
            code,
            "Email address is not verified: jo@acme.example",
            http_status_code=http_status,
        )
        delivery = send(client)
    assert delivery == Delivery(status, f"Amazon SES: {code}")


@every(
    "error, delivery",
    [
        (
            EndpointConnectionError(endpoint_url="x"),
            Delivery(DeliveryStatus.NOT_DELIVERED, "Amazon SES cannot be reached"),
        ),
        (
            ConnectTimeoutError(endpoint_url="x"),
            Delivery(DeliveryStatus.NOT_DELIVERED, "Amazon SES cannot be reached"),
        ),
        (ReadTimeoutError(endpoint_url="x"), Delivery(DeliveryStatus.UNKNOWN, "no answer")),
        (ConnectionClosedError(endpoint_url="x"), Delivery(DeliveryStatus.UNKNOWN, "no answer")),
        (NoCredentialsError(), Delivery(DeliveryStatus.UNKNOWN, "no answer")),
    ],
)
def test_without_an_answer_the_mail_may_have_been_sent(
    client: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, delivery: Delivery
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(client, "send_email", fail)
    assert send(client) == delivery


def test_the_sdk_sends_a_mail_once_and_waits_a_few_seconds() -> None:
    assert CONFIG.retries is not None
    assert CONFIG.retries["total_max_attempts"] == 1
    assert (CONFIG.connect_timeout, CONFIG.read_timeout) == (2, 5)
