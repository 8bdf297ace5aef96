"""What the use cases of Slack need from the world, beside what all of them do."""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.signatures import Secrets
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports


class SecretStore(Protocol):
    """Where the secrets are. Unavailable if they cannot be had."""

    def read(self, *, anew: bool = False) -> Secrets:
        """The secrets, which may be some minutes old; with `anew`, some seconds."""


class Slack(Protocol):
    """What is posted to Slack. It never fails: whether Slack took it is the answer."""

    def answer(self, response_url: str, message: Message) -> bool:
        """Answer a command, later than at once. False if Slack did not take it, and for an
        address that is not Slack's, which is never called."""


class Work(Protocol):
    """The function that does what takes longer."""

    def begin(self, task: str, response_url: str) -> None:
        """Have the task of this hash done, and answered there. Unavailable if it may not be."""


class SlackPorts(Value, frozen=True, kw_only=True):
    """All that the use cases of Slack are given."""

    ports: Ports
    safe: SecretStore
    slack: Slack
    work: Work
