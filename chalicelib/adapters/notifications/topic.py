"""Notices by mail, through a topic of Amazon SNS: of all that happens, for firms without Slack, and
of what is grave to the alarm mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.mail import by_mail
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
# "Publish" (Amazon SNS API Reference). All else somebody can put right.
_NEVER = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})


class NotificationTopic:
    """The Channel port by one topic. Whoever has a subscription to it gets the mail."""

    has_users = False

    def __init__(self, arn: str, client: Any, *, via: ChannelKind = ChannelKind.MAIL) -> None:
        self.via, self.alerts_only = via, via is ChannelKind.ALARM
        self._arn = arn
        self._client = client

    def user_of(
        self,
        member: Member,  # noqa: ARG002
        tokens: Sequence[Token],  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> str:
        return ""

    def send(
        self,
        notification: Notification,
        *,
        user: str,  # noqa: ARG002
        again: bool,
        leads: Sequence[str] = (),  # noqa: ARG002
    ) -> Delivery:
        mail = by_mail(notification, again=again)
        try:
            self._client.publish(TopicArn=self._arn, Subject=mail.subject, Message=mail.text)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = DeliveryStatus.REFUSED if code in _NEVER else DeliveryStatus.NOT_TAKEN
            return Delivery(status=status, why=f"Amazon SNS: {code}")
        except (EndpointConnectionError, ConnectTimeoutError):
            return Delivery(status=DeliveryStatus.NOT_TAKEN, why="Amazon SNS cannot be reached")
        except BotoCoreError:
            return Delivery(status=DeliveryStatus.UNKNOWN, why="no answer")
        return Delivery(status=DeliveryStatus.TAKEN)
