"""The workspace's id and the app's secrets, in the Parameter Store of AWS Systems Manager: one
encrypted parameter, which `make slack-secrets` writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.secrets import Secrets

CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
KEPT = 300.0  # seconds
KEPT_AT_LEAST = 5.0
"""However often the secrets are asked for anew: whoever sends wrong signatures could flood AWS."""


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    team: str
    signing_secret: str
    previous_signing_secret: str = ""
    webhook: str = ""


class ParameterSafe:
    """The Safe port on one SecureString parameter. A container keeps what it has read for a while:
    a new secret is taken within seconds all the same, since a signature that does not fit is
    looked at again with the secrets as they are by then."""

    def __init__(self, name: str, client: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._client, self._clock = name, client, clock
        self._known: Secrets | None = None
        self._read_at = 0.0

    def read(self, *, anew: bool = False) -> Secrets:
        age = self._clock() - self._read_at
        if self._known is None or age > (KEPT_AT_LEAST if anew else KEPT):
            self._known, self._read_at = self._fetched(), self._clock()
        return self._known

    def _fetched(self) -> Secrets:
        try:
            found = self._client.get_parameter(Name=self._name, WithDecryption=True)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
        try:
            told = msgspec.json.decode(found["Parameter"]["Value"], type=_Stored)
        except msgspec.MsgspecError:  # whose text could repeat what is in the parameter
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from None
        signing = tuple(filter(None, (told.signing_secret, told.previous_signing_secret)))
        return Secrets(team=told.team, signing=signing, webhook=told.webhook)
