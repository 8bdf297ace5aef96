"""Port numbers: parse, find a free one, and explain one that is in use."""

from __future__ import annotations

import socket
from argparse import ArgumentTypeError


class InvalidPort(ArgumentTypeError, ValueError):
    """The text is not a port. argparse prints the message of an ArgumentTypeError."""


def port_number(typed: str) -> int:
    """Return the number, where 0 means any free port. InvalidPort if the text is not a port."""
    if not (typed.isascii() and typed.isdigit() and int(typed) <= 65535):
        raise InvalidPort(
            f"{typed!r} is not a port. Use a number from 1 to 65535, or 0 for any free port"
        )
    return int(typed)


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def in_use(port: int, error: OSError, command: str = "make run AWS_PORT=0 API_PORT=0") -> str:
    """Return the message for a port on which listening failed.

    The command uses free ports for all: a second `make run` finds both of its ports in use.
    """
    return (
        f"Cannot listen on 127.0.0.1:{port}: {error.strerror}. Stop the process that uses the port,"
        f" or use free ports: {command}"
    )
