"""The two tables by their names, and the one client that reaches them."""

from __future__ import annotations

from typing import Any

from botocore.client import Config

from chalicelib.domain.values import Value

# Three tries, within the time that a request has.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,  # what is sent is made of checked values
)


class Tables(Value, frozen=True, kw_only=True):
    """Where the records are, and a botocore client for DynamoDB, made with `CONFIG`."""

    state: str
    trail: str
    region: str
    client: Any
