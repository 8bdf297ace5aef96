"""The ports of Slack's use cases."""

from __future__ import annotations

from typing import Protocol

from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.signatures import SlackSecrets
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports


class SlackSecretStore(Protocol):
    """The store of the workspace's secrets. It raises Unavailable if the store does not answer."""

    def read(self, *, refresh: bool = False) -> SlackSecrets:
        """Return the secrets, from a cache of some minutes. With `refresh`, accept only a value
        read in the last few seconds."""


class SlackResponder(Protocol):
    """Posts delayed responses to commands and buttons."""

    def respond(self, response_url: str, message: Message) -> bool:
        """Post the message, and return whether Slack accepted it. Never call a URL that is not
        Slack's."""


class WorkQueue(Protocol):
    """Invokes the function that carries out leads' actions."""

    def enqueue(self, task: str, response_url: str) -> None:
        """Invoke the function for the pending action with this hash.

        The function posts its answer to the URL. Raise Unavailable if the invocation may have
        failed.
        """


class SlackPorts(Value):
    """All ports that Slack's use cases need."""

    ports: Ports
    secret_store: SlackSecretStore
    responder: SlackResponder
    queue: WorkQueue
