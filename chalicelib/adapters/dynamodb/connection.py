"""Define the connection to the two DynamoDB tables: their names and a client."""

from __future__ import annotations

from typing import Any

from botocore.client import Config

from chalicelib.domain.values import Value

# Three attempts fit into the time limit of a request.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,  # requests consist of validated values
)


class Tables(Value):
    """The tables' names, and a botocore client for DynamoDB made with `CONFIG`."""

    state: str
    trail: str
    region: str
    client: Any
