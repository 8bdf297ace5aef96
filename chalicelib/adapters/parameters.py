"""Read and write secrets in AWS Systems Manager Parameter Store. Each secret is one encrypted
parameter that contains JSON."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import unavailable_on_error
from chalicelib.domain.errors import Reason, Unavailable

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})

T = TypeVar("T")


class Parameter(Generic[T]):
    """One SecureString parameter whose value is JSON of the type `kind`. Its methods raise
    Unavailable if AWS returns an error or the value is invalid."""

    def __init__(self, name: str, client: Any, kind: type[T]) -> None:
        self._name, self._client, self._kind = name, client, kind

    def read(self) -> T:
        """Return the parameter's value. Raise Unavailable if it does not exist."""
        with unavailable_on_error(Reason.RECORDS_UNAVAILABLE):
            response = self._client.get_parameter(Name=self._name, WithDecryption=True)
        try:
            return msgspec.json.decode(response["Parameter"]["Value"], type=self._kind)
        except msgspec.MsgspecError:
            # The error's text may contain the secret, so it is not chained.
            raise Unavailable(Reason.RECORDS_UNAVAILABLE) from None

    def find(self) -> T | None:
        """Return the parameter's value, or None if it does not exist."""
        try:
            return self.read()
        except Unavailable as error:
            cause: Any = error.__cause__
            is_aws_error = isinstance(cause, ClientError)
            if is_aws_error and cause.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise

    def write(self, value: T) -> None:
        """Replace the parameter's value."""
        text = msgspec.json.encode(value).decode()
        with unavailable_on_error(Reason.RECORDS_UNAVAILABLE):
            self._client.put_parameter(
                Name=self._name, Value=text, Type="SecureString", Overwrite=True
            )
