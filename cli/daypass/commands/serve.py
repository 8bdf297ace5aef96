"""Serve a session to programs that run longer than it, or in a container on this machine."""

from __future__ import annotations

import os
import re
import sys
import threading
from argparse import ArgumentTypeError, Namespace

from daypass.aws.config import credentials_names, credentials_path
from daypass.aws.container import CredentialsServer
from daypass.aws.shells import AWS_VARIABLES, SHELLS, detect_shell
from daypass.command import SESSION, Command, argument
from daypass.commands.credentials import session_for
from daypass.errors import LocalProblem
from daypass.machine.programs import find_program, wait_for
from daypass.terminal.output import warn


def _serve(arguments: Namespace) -> int:
    program = find_program(arguments.program) if arguments.program else []
    _check_default_keys(will_run=bool(program))
    session_for(arguments)  # refused now rather than at the first request
    with _start_server(arguments) as server:
        if not program:
            syntax = SHELLS[detect_shell()]
            for name, value in server.variables.items():
                print(syntax.set(name, value), flush=True)
            print("Set these in another terminal. Press Ctrl-C to stop.", file=sys.stderr)
            server.serve_forever()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept = {name: value for name, value in os.environ.items() if name not in AWS_VARIABLES}
        try:
            return wait_for(program, {**kept, **server.variables})
        finally:
            server.shutdown()


def _start_server(arguments: Namespace) -> CredentialsServer:
    try:
        return CredentialsServer(lambda: session_for(arguments), arguments.port)
    except OSError as error:
        raise LocalProblem(
            f"Cannot serve on port {arguments.port}: {error.strerror}. Name another one with"
            " --port, or none."
        ) from None


def _check_default_keys(*, will_run: bool) -> None:
    """Refuse to run a program that would use other credentials than the session.

    AWS SDKs prefer the default profile of ~/.aws/credentials to a container's credentials.
    """
    if "default" not in credentials_names():
        return
    text = f"AWS tools prefer the keys under [default] in {credentials_path()} to this session."
    if will_run:
        raise LocalProblem(f"{text} Use daypass exec, or rename that section.")
    warn(text)


def _port(text: str) -> int:
    """Return the port that the text names."""
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or int(text) > 65535:
        raise ArgumentTypeError("a port is a number up to 65535")
    return int(text)


COMMANDS = (
    Command(
        "serve",
        "Serve a session that refreshes itself to a program",
        _serve,
        (
            *SESSION,
            argument("--port", type=_port, default=0, help="a fixed port instead of a free one"),
        ),
        group="Credentials",
        description=(
            "After --, it runs a program that gets the session: daypass serve acme-prod/readonly"
            " -- terraform apply. Without one, it prints the variables to set."
        ),
        takes_program=True,
    ),
)
