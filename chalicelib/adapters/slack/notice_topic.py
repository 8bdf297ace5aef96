"""Notices by mail, through a topic of Amazon SNS: of all that happens, for firms without Slack, and
of what is grave to the alarm mailbox."""

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

from chalicelib.domain.slack.telling.forms import by_mail
from chalicelib.domain.slack.telling.notified import Answer, Fate, Notice, Via

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
# "Publish" (Amazon SNS API Reference). All else somebody can put right.
_NEVER = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})


class NoticeTopic:
    """The Outlet port by one topic. Whoever has a subscription to it gets the mail."""

    team = ""

    def __init__(self, arn: str, client: Any, *, via: Via = Via.MAIL) -> None:
        self.via, self.grave_only = via, via is Via.ALARM
        self._arn = arn
        self._client = client

    def send(
        self,
        notice: Notice,
        *,
        user: str,  # noqa: ARG002
        again: bool,
        leads: Sequence[str] = (),  # noqa: ARG002
    ) -> Answer:
        mail = by_mail(notice, again=again)
        try:
            self._client.publish(TopicArn=self._arn, Subject=mail.subject, Message=mail.text)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            fate = Fate.REFUSED if code in _NEVER else Fate.NOT_TAKEN
            return Answer(fate=fate, why=f"Amazon SNS: {code}")
        except (EndpointConnectionError, ConnectTimeoutError):
            return Answer(fate=Fate.NOT_TAKEN, why="Amazon SNS cannot be reached")
        except BotoCoreError:
            return Answer(fate=Fate.UNKNOWN, why="no answer")
        return Answer(fate=Fate.TAKEN)
