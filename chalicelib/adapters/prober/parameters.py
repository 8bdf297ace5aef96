"""The prober's tokens, in the Parameter Store of AWS Systems Manager: encrypted, one parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.prober.trials import Tokens
from chalicelib.domain.reasons import Reason

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})


class ParameterSafe:
    """The Safe port on one SecureString parameter."""

    def __init__(self, name: str, client: Any) -> None:
        self._name = name
        self._client = client

    def read(self) -> Tokens | None:
        with _parameters():
            try:
                found = self._client.get_parameter(Name=self._name, WithDecryption=True)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ParameterNotFound":
                    return None
                raise
        told = json.loads(found["Parameter"]["Value"])
        return Tokens(live=told["live"], dead=told["dead"])

    def keep(self, tokens: Tokens) -> None:
        value = json.dumps({"live": tokens.live, "dead": tokens.dead})
        with _parameters():
            self._client.put_parameter(
                Name=self._name, Value=value, Type="SecureString", Overwrite=True
            )


@contextmanager
def _parameters() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
