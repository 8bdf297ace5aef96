"""Numbers of ports, as somebody types them."""

from __future__ import annotations

import socket


def port(typed: str) -> int:
    """The number; 0 stands for any free port. ValueError if this is the number of no port."""
    if not (typed.isascii() and typed.isdigit() and int(typed) <= 65535):
        raise ValueError(f"{typed!r} is not a port: a number from 0 (any free one) to 65535")
    return int(typed)


def free_port() -> int:
    """One at which nobody listens at this moment."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def taken(port: int, error: OSError, instead: str = "make run AWS_PORT=0 API_PORT=0") -> str:
    """What to do where nobody can listen at the port. A second `make run` finds both taken."""
    return (
        f"Cannot listen on 127.0.0.1:{port}: {error.strerror}; stop whatever holds the port, or"
        f" let both be any free ones: {instead}."
    )
