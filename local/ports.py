"""Parse a port number, find a free port, and explain that a port is in use."""

from __future__ import annotations

import socket
from argparse import ArgumentTypeError


class InvalidPort(ArgumentTypeError, ValueError):
    """The text is not a port. argparse prints the message of an ArgumentTypeError."""


def parse_port(typed: str) -> int:
    """Return the port number in a text. 0 means any free port. Raise InvalidPort if it is none."""
    if not (typed.isascii() and typed.isdigit() and int(typed) <= 65535):
        raise InvalidPort(
            f"{typed!r} is not a port. Use a number from 1 to 65535, or 0 for any free port"
        )
    return int(typed)


def find_free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def build_port_in_use_message(
    port: int, error: OSError, command: str = "make run AWS_PORT=0 API_PORT=0"
) -> str:
    """Return a message that listening on the port failed, with a command that uses free ports.

    The command sets both ports, because another `make run` has both.
    """
    return (
        f"Cannot listen on 127.0.0.1:{port}: {error.strerror}. Stop the process that uses the port,"
        f" or use free ports with: {command}"
    )
