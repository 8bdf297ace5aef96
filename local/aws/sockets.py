"""The socket of the local AWS."""

from __future__ import annotations

import socket


def open_socket(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1 (port 0: any free port). OSError if it is in use.

    Open it before ministack is imported, so that a port in use is reported at once.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", port))
        # Listen at once: until then another socket with SO_REUSEADDR can bind the same port.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
