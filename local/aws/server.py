"""Run ministack in this process, behind `local.aws.middleware`, until a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from contextlib import suppress

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack

from local.aws import fixes, functions, policy_decisions
from local.aws.middleware import Middleware


def run(
    listener: socket.socket,
    *,
    with_fixes: bool,
    function_python: str | None,
    until_stdin_closes: bool,
) -> None:
    """Serve on the socket. Print `ready URL` after the server has started to answer."""
    # Run no start-up scripts, which ministack looks for in folders of a container.
    ministack._collect_scripts = lambda *_: []
    if with_fixes:
        fixes.apply()
    policy_decisions.apply()
    if with_fixes:
        functions.run_functions_on(function_python)
    if function_python:
        functions.unpack_zips_once()
    asyncio.run(_serve(listener, until_stdin_closes=until_stdin_closes))


async def _serve(listener: socket.socket, *, until_stdin_closes: bool) -> None:
    port = listener.getsockname()[1]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    if until_stdin_closes:
        threading.Thread(target=_set_at_end_of_stdin, args=(loop, stop), daemon=True).start()

    async def announce_then_wait() -> None:
        # Hypercorn awaits its shutdown trigger only after the server has started to answer.
        with suppress(BrokenPipeError):  # the parent has ended, so this process ends too
            os.write(1, f"ready http://127.0.0.1:{port}\n".encode())
        await stop.wait()

    serving = asyncio.create_task(
        serve(
            Middleware(ministack.app, port=port),
            _config(listener),
            shutdown_trigger=announce_then_wait,
        )
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    # All data is in memory: do not wait for open keep-alive connections.
    await asyncio.wait({serving}, timeout=0.3)
    if serving.done():
        serving.result()
    stopping.cancel()


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = 0.2
    return config


def _set_at_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Not sys.stdin: a thread that still reads holds its lock, which would break the exit.
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)
