"""Compare the versions of this command and of the broker."""

from __future__ import annotations

from typing import Any

from daypass import __version__
from daypass.broker import Broker
from daypass.errors import Unreachable

OLDEST_BROKER = "0.1.0"
"""The oldest version of Daypass that this command works with."""


def version_problem(health: dict[str, Any], address: str) -> str:
    """Return the sentence for a version that is too old on either side; empty if both fit."""
    broker, oldest = health.get("version"), health.get("oldest_command")
    if not isinstance(broker, str) or not isinstance(oldest, str):
        return (
            f"The server at {address} does not run a version of Daypass that this command knows."
            " Check the address."
        )
    if _number(__version__) < _number(oldest):
        return (
            f"Your version of daypass ({__version__}) is too old. {address} requires {oldest} or"
            f" later. Download it from {address}/cli (see docs/using.md)."
        )
    if _number(broker) < _number(OLDEST_BROKER):
        return (
            f"Daypass at {address} has version {broker}, but your daypass requires"
            f" {OLDEST_BROKER} or later. Ask the operator to update Daypass."
        )
    return ""


def check_versions(broker: Broker) -> None:
    """Raise Unreachable if the broker and this command are too far apart."""
    problem = version_problem(broker.get("/healthz"), broker.address)
    if problem:
        raise Unreachable(problem)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
