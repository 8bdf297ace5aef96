"""Send notifications by e-mail through Amazon SNS topics. The topics of the CloudWatch alarms get
only alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.config import Config

from chalicelib.adapters.mail_delivery import deliver
from chalicelib.domain.notifications.notification import (
    GRAVE,
    ChannelKind,
    Delivery,
    Notification,
    format_mail,
)

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
# The message itself causes these errors ("Publish", Amazon SNS API Reference), so sending it again
# fails too. The causes of all other errors can be fixed.
_PERMANENT_ERRORS = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"}
)


class NotificationTopic:
    """A Channel that publishes to one topic, whose subscribers get the e-mails."""

    kind, alerts_only = ChannelKind.MAIL, False
    issuer = ""
    for_client = False

    def __init__(self, arn: str, client: Any) -> None:
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
        arn = self._choose_topic(notification)
        return deliver(
            "Amazon SNS",
            lambda: self._client.publish(TopicArn=arn, Subject=subject, Message=text),
            _PERMANENT_ERRORS,
        )

    def _choose_topic(self, _notification: Notification) -> str:
        return self._arn


class AlarmTopics(NotificationTopic):
    """A Channel that publishes each alert to the topic of the alarms that are as grave."""

    kind, alerts_only = ChannelKind.ALARM, True

    def __init__(self, arn: str, warnings_arn: str, client: Any) -> None:
        super().__init__(arn, client)
        self._warnings_arn = warnings_arn

    def _choose_topic(self, notification: Notification) -> str:
        """Return the topic of grave alerts, or that of the others, if there is one."""
        is_grave = notification.severity == GRAVE or not self._warnings_arn
        return self._arn if is_grave else self._warnings_arn
