"""Translate the errors of AWS services that are unavailable to Daypass, whatever their codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Reason, Unavailable


@contextmanager
def unavailable_on_error(reason: Reason = Reason.AWS_UNREACHABLE) -> Iterator[None]:
    """Raise Unavailable for this reason in place of any error of the SDK, which is its cause."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(reason) from error
