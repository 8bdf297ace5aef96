"""Notices by mail, through a topic of Amazon SNS; to the alarm mailbox only what is grave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import Notification, by_mail

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
# "Publish" (Amazon SNS API Reference). All else somebody can put right.
_NEVER = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})


class NotificationTopic:
    """The Channel port by one topic. Whoever has a subscription to it gets the mail."""

    issuer = ""

    def __init__(self, arn: str, client: Any, *, via: ChannelKind = ChannelKind.MAIL) -> None:
        self.via, self.alerts_only = via, via is ChannelKind.ALARM
        self._arn = arn
        self._client = client

    def send(
        self,
        notification: Notification,
        *,
        user: str,  # noqa: ARG002
        again: bool,
        leads: Sequence[str] = (),  # noqa: ARG002
    ) -> Delivery:
        subject, text = by_mail(notification, again=again)
        try:
            self._client.publish(TopicArn=self._arn, Subject=subject, Message=text)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = DeliveryStatus.REFUSED if code in _NEVER else DeliveryStatus.NOT_TAKEN
            return Delivery(status, f"Amazon SNS: {code}")
        except (EndpointConnectionError, ConnectTimeoutError):
            return Delivery(DeliveryStatus.NOT_TAKEN, "Amazon SNS cannot be reached")
        except BotoCoreError:
            return Delivery(DeliveryStatus.UNKNOWN, "no answer")
        return Delivery(DeliveryStatus.TAKEN)
