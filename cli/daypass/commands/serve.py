"""Serve a session to programs that run longer than it, or in a container on this machine."""

from __future__ import annotations

import re
import sys
import threading
from argparse import ArgumentTypeError, Namespace

from daypass.aws.container import CredentialsServer
from daypass.aws.own_files import own_files
from daypass.aws.shells import (
    AWS_VARIABLES,
    OTHER_SOURCES,
    SHELLS,
    clean_environment,
    detect_shell,
)
from daypass.command import SESSION, Command, argument
from daypass.commands.credentials import session_for
from daypass.errors import LocalProblem
from daypass.machine.programs import find_program, wait_for


def _serve(arguments: Namespace) -> int:
    program = find_program(arguments.program) if arguments.program else []
    session_for(arguments)  # refused now rather than at the first request
    with own_files() as files, _start_server(arguments) as server:
        variables = {**files, **server.variables}
        if not program:
            syntax = SHELLS[detect_shell()]
            sys.stdout.write(syntax.unset((*AWS_VARIABLES, *OTHER_SOURCES)))
            for name, value in variables.items():
                print(syntax.set(name, value), flush=True)
            print("Set these in another terminal. Press Ctrl-C to stop.", file=sys.stderr)
            server.serve_forever()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            return wait_for(program, {**clean_environment(), **variables})
        finally:
            server.shutdown()


def _start_server(arguments: Namespace) -> CredentialsServer:
    try:
        return CredentialsServer(lambda: session_for(arguments, is_start=False), arguments.port)
    except OSError as error:
        raise LocalProblem(
            f"Cannot serve on port {arguments.port}: {error.strerror}. Name another one with"
            " --port, or none."
        ) from None


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
            " -- terraform apply. Without one, it prints the variables to set. The program reads"
            " none of your AWS files, and keeps the region of your default profile."
        ),
        takes_program=True,
    ),
)
