"""The ports of Slack's use cases."""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.signatures import SlackSecrets
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports


class SlackSecretStore(Protocol):
    """The store of the workspace's secrets. Unavailable if it does not answer."""

    def read(self, *, refresh: bool = False) -> SlackSecrets:
        """Return the secrets, cached for some minutes; with `refresh`, for some seconds."""


class SlackResponder(Protocol):
    """Delayed responses to commands and buttons."""

    def respond(self, response_url: str, message: Message) -> bool:
        """Post the message, and return whether Slack accepted it. An address that is not Slack's is
        never called."""


class WorkQueue(Protocol):
    """The queue of the function that carries out leads' actions."""

    def enqueue(self, task: str, response_url: str) -> None:
        """Invoke the function for the pending action with this hash. It answers at the URL.

        Unavailable if the invocation may have failed.
        """


class SlackPorts(Value, frozen=True, kw_only=True):
    """All ports that Slack's use cases need."""

    ports: Ports
    secret_store: SlackSecretStore
    responder: SlackResponder
    queue: WorkQueue
