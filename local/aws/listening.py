"""The one socket of the local AWS."""

from __future__ import annotations

import socket


def open_socket(port: int) -> socket.socket:
    """Give a socket bound to 127.0.0.1 (port 0: a free one). OSError if the port is taken.

    Bound before ministack is imported, so that a taken port is told at once, without a race.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", port))
        # Listening at once: two sockets with SO_REUSEADDR may otherwise share a bound port.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
