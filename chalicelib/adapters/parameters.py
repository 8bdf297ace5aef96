"""Secrets in the Parameter Store of AWS Systems Manager: each an encrypted parameter of JSON."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})

T = TypeVar("T")


class Parameter(Generic[T]):
    """One SecureString parameter. Unavailable if AWS does not answer, or it holds anything else."""

    def __init__(self, name: str, client: Any, kind: type[T]) -> None:
        self._name, self._client, self._kind = name, client, kind

    def read(self) -> T:
        """Return what it holds. Unavailable as well if there is no such parameter."""
        try:
            found = self._client.get_parameter(Name=self._name, WithDecryption=True)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
        try:
            return msgspec.json.decode(found["Parameter"]["Value"], type=self._kind)
        except msgspec.MsgspecError:  # whose text could repeat what is in the parameter
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from None

    def find(self) -> T | None:
        """Return what it holds, or None if there is no such parameter."""
        try:
            return self.read()
        except Unavailable as error:
            cause: Any = error.__cause__
            is_aws = isinstance(cause, ClientError)
            if is_aws and cause.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise

    def keep(self, value: T) -> None:
        """Put this in place of what it holds."""
        text = msgspec.json.encode(value).decode()
        try:
            self._client.put_parameter(
                Name=self._name, Value=text, Type="SecureString", Overwrite=True
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from error
