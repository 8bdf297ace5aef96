"""Slack's secrets, in the Parameter Store of AWS Systems Manager: `make slack-secrets` writes them.

There are two encrypted parameters, since they are for two functions: the app's signing secrets for
the one that answers in Slack, and the channel's webhook for the one that notifies people.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.secrets import ChannelWebhook, Secrets

CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
KEPT = 300.0  # seconds
KEPT_AT_LEAST = 5.0
"""However often the secrets are asked for anew: whoever sends wrong signatures could flood AWS."""

S = TypeVar("S")


class _StoredSecrets(msgspec.Struct, frozen=True, kw_only=True):
    team: str
    signing_secret: str
    previous_signing_secret: str = ""

    def read(self) -> Secrets:
        signing = tuple(filter(None, (self.signing_secret, self.previous_signing_secret)))
        return Secrets(team=self.team, signing=signing)


class _StoredWebhook(msgspec.Struct, frozen=True, kw_only=True):
    team: str
    webhook: str = ""

    def read(self) -> ChannelWebhook:
        return ChannelWebhook(team=self.team, url=self.webhook)


class ParameterSafe(Generic[S]):
    """One SecureString parameter. A container keeps what it has read for a while: a new secret is
    taken within seconds all the same, since a signature that does not fit is looked at again with
    the secrets as they are by then."""

    def __init__(
        self,
        name: str,
        client: Any,
        decode: Callable[[str], S],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._client, self._decode, self._clock = name, client, decode, clock
        self._known: S | None = None
        self._read_at = 0.0

    def read(self, *, anew: bool = False) -> S:
        age = self._clock() - self._read_at
        if self._known is None or age > (KEPT_AT_LEAST if anew else KEPT):
            self._known, self._read_at = self._fetched(), self._clock()
        return self._known

    def _fetched(self) -> S:
        try:
            found = self._client.get_parameter(Name=self._name, WithDecryption=True)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
        try:
            return self._decode(found["Parameter"]["Value"])
        except msgspec.MsgspecError:  # whose text could repeat what is in the parameter
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from None


def signing_secrets(text: str) -> Secrets:
    """Read the parameter of the signing secrets. MsgspecError if it holds anything else."""
    return msgspec.json.decode(text, type=_StoredSecrets).read()


def channel_webhook(text: str) -> ChannelWebhook:
    """Read the parameter of the channel's webhook. MsgspecError if it holds anything else."""
    return msgspec.json.decode(text, type=_StoredWebhook).read()
