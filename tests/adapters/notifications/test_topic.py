"""Notices by mail: what Amazon SNS is asked for, and what is made of its answer."""

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

from chalicelib.adapters.notifications.topic import CONFIG, NotificationTopic
from chalicelib.domain.notifications.delivery import Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import format_mail
from chalicelib.domain.notifications.recorded import build_notification
from tests.domain.evidence.samples import NOTIFYING

ARN = "arn:aws:sns:eu-central-1:123456789012:daypass-notices"
NOTICE = build_notification(NOTIFYING[0])
assert NOTICE is not None


@pytest.fixture
def client() -> Any:
    return botocore.session.get_session().create_client(
        "sns",
        region_name="eu-central-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=CONFIG,
    )


def send(client: Any) -> Delivery:
    assert NOTICE is not None
    return NotificationTopic(ARN, client).send(NOTICE, user="U0ALICE", may_have_arrived=True)


def test_a_notice_is_one_message_on_the_topic(client: Any) -> None:
    assert NOTICE is not None
    subject, text = format_mail(NOTICE, may_have_arrived=True)
    with Stubber(client) as sns:
        sns.add_response(
            "publish",
            {"MessageId": "1"},
            {"TopicArn": ARN, "Subject": subject, "Message": text},
        )
        assert send(client) == Delivery(status=DeliveryStatus.DELIVERED)
        sns.assert_no_pending_responses()
    assert "U0ALICE" not in text


@pytest.mark.parametrize(
    ("code", "http_status", "status"),
    [
        ("InvalidParameter", 400, DeliveryStatus.REFUSED),
        ("AuthorizationError", 403, DeliveryStatus.NOT_DELIVERED),
        ("NotFound", 404, DeliveryStatus.NOT_DELIVERED),
        ("KMSAccessDenied", 400, DeliveryStatus.NOT_DELIVERED),
        ("Throttled", 429, DeliveryStatus.NOT_DELIVERED),
        ("InternalError", 500, DeliveryStatus.NOT_DELIVERED),
    ],
)
def test_fixable_errors_are_retried(
    client: Any, code: str, http_status: int, status: DeliveryStatus
) -> None:
    with Stubber(client) as sns:
        sns.add_client_error("publish", code, http_status_code=http_status)
        assert send(client) == Delivery(status=status, why=f"Amazon SNS: {code}")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (EndpointConnectionError(endpoint_url="https://sns"), DeliveryStatus.NOT_DELIVERED),
        (ConnectTimeoutError(endpoint_url="https://sns"), DeliveryStatus.NOT_DELIVERED),
        (ReadTimeoutError(endpoint_url="https://sns"), DeliveryStatus.UNKNOWN),
        (ConnectionClosedError(endpoint_url="https://sns"), DeliveryStatus.UNKNOWN),
        (NoCredentialsError(), DeliveryStatus.UNKNOWN),
    ],
    ids=lambda error: type(error).__name__ if isinstance(error, Exception) else None,
)
def test_a_timeout_may_mean_delivery(error: Exception, status: DeliveryStatus) -> None:
    class Broken:
        def publish(self, **_: str) -> None:
            raise error

    assert send(Broken()).status is status
