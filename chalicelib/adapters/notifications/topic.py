"""Send notifications by e-mail through Amazon SNS topics. The topic of the CloudWatch alarms gets
only alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.config import Config

from chalicelib.adapters.mail_delivery import deliver
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification, format_mail

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
# The message itself causes these errors ("Publish", Amazon SNS API Reference), so sending it again
# fails too. The causes of all other errors can be fixed.
_PERMANENT_ERRORS = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"}
)


class NotificationTopic:
    """A Channel that publishes to one topic, whose subscribers get the e-mails."""

    issuer = ""
    for_client = False

    def __init__(self, arn: str, client: Any, *, kind: ChannelKind = ChannelKind.MAIL) -> None:
        self.kind, self.alerts_only = kind, kind is ChannelKind.ALARM
        self._arn = arn
        self._client = client

    def send(
        self,
        notification: Notification,
        *,
        user: str,  # noqa: ARG002
        may_have_arrived: bool,
        mentions: Sequence[str] = (),  # noqa: ARG002
    ) -> Delivery:
        """Publish the notification to the topic, and return whether Amazon SNS accepted it.

        `may_have_arrived` says that an earlier attempt may have delivered it. E-mails do not use
        `user` and `mentions`.
        """
        subject, text = format_mail(notification, may_have_arrived=may_have_arrived)
        return deliver(
            "Amazon SNS",
            lambda: self._client.publish(TopicArn=self._arn, Subject=subject, Message=text),
            _PERMANENT_ERRORS,
        )
