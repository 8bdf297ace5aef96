"""Serve a session to programs that run longer than it, or in a container on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from argparse import Namespace

from daypass.aws.container import CredentialsServer
from daypass.aws.shells import AWS_VARIABLES, SHELLS, detect_shell
from daypass.command import SESSION, Command, argument
from daypass.commands.credentials import session_for


def _serve(arguments: Namespace) -> int:
    session_for(arguments)  # refused now rather than at the first request
    with CredentialsServer(lambda: session_for(arguments), arguments.port) as server:
        if not arguments.program:
            syntax = SHELLS[detect_shell()]
            for name, value in server.variables.items():
                print(syntax.set(name, value), flush=True)
            print("Set these in another terminal. Press Ctrl-C to stop.", file=sys.stderr)
            server.serve_forever()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept = {name: value for name, value in os.environ.items() if name not in AWS_VARIABLES}
        try:
            return subprocess.run(
                arguments.program, env={**kept, **server.variables}, check=False
            ).returncode
        finally:
            server.shutdown()


COMMANDS = (
    Command(
        "serve",
        "Serve a session that refreshes itself to a program",
        _serve,
        (
            *SESSION,
            argument("--port", type=int, default=0, help="a fixed port instead of a free one"),
        ),
        group="Credentials",
        description=(
            "After --, it runs a program that gets the session: daypass serve acme-prod/readonly"
            " -- terraform apply. Without one, it prints the variables to set."
        ),
        takes_program=True,
    ),
)
