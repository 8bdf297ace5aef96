"""Send an e-mail through an AWS service, and say whether the service accepted it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus


def deliver(service: str, send: Callable[[], Any], permanent_errors: Collection[str]) -> Delivery:
    """Call `send`, and return whether the service accepted the e-mail. `service` is its name for
    people. `permanent_errors` are the codes of errors that the e-mail itself causes, so that a
    retry fails too."""
    try:
        send()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        is_permanent = code in permanent_errors
        status = DeliveryStatus.REFUSED if is_permanent else DeliveryStatus.NOT_DELIVERED
        return Delivery(status, f"{service}: {code}")
    except (EndpointConnectionError, ConnectTimeoutError):
        return Delivery(DeliveryStatus.NOT_DELIVERED, f"{service} cannot be reached")
    except BotoCoreError:
        return Delivery(DeliveryStatus.UNKNOWN, "no answer")
    return Delivery(DeliveryStatus.DELIVERED)
