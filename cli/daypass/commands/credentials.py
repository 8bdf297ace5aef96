"""Get credentials: for AWS tools, a shell or one program, which can run longer than a session.

A program or a shell can first ask for the access that it needs, and wait for the approval.
"""

from __future__ import annotations

import json
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
    TARGET,
    clean_environment,
    detect_shell,
    refusal_script,
    session_script,
    session_variables,
)
from daypass.broker import Broker
from daypass.cached import caller_kind
from daypass.command import SESSION, Command, argument, duration_argument
from daypass.errors import CommandError, LocalProblem, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.folders import find_target
from daypass.machine.logins import require_login
from daypass.machine.programs import find_program, find_shell, run_instead, wait_for
from daypass.requests import open_by_request
from daypass.roles import find_role
from daypass.sessions import get_session, session_key
from daypass.stored_sessions import LOOK_TIMEOUT, drop_if_ended, forget_refusals
from daypass.terminal.picker import can_pick
from daypass.terminal.times import show_duration


def session_for(arguments: Namespace, *, is_start: bool = True) -> JsonObject:
    """Return the session that the arguments of SESSION name, from the cache or the broker. Store
    the role and the address in `arguments`, so that a later call gets a session of the same role.

    At the start of a program or a shell, first ask Daypass whether a cached session was ended.
    """
    may_pick = is_start and can_pick()
    name, address = find_target(arguments.target, arguments.broker, may_pick=may_pick)
    login = require_login(address)
    broker = Broker(login.broker, login.token)
    target = find_role(broker, name, may_pick=may_pick)
    arguments.target, arguments.broker = "/".join(target), address
    caller = caller_kind(as_agent=arguments.as_agent)
    key = session_key(login, target, arguments.reason, caller)
    if is_start:
        drop_if_ended(Broker(login.broker, login.token, LOOK_TIMEOUT), login, key)
    return get_session(broker, key)


def _print_credentials(arguments: Namespace) -> None:
    print(json.dumps(session_for(arguments, is_start=False)["credentials"]))


def _print_environment(arguments: Namespace) -> None:
    shell = arguments.shell or detect_shell()
    try:
        credentials = session_for(arguments)["credentials"]
        prefix = SHELLS[shell].unset((TARGET,)) + SHELLS[shell].set(TARGET, arguments.target)
        sys.stdout.write(f"{prefix}\n{session_script(shell, credentials)}")
    except Exception:
        print_refusal([shell])
        raise


def print_refusal(arguments: list[str]) -> None:
    """Print lines that unset the credentials of the client before, for the shell that the
    arguments name. A shell that evaluates them keeps nothing of that client."""
    shell = next(filter(SHELLS.__contains__, arguments), detect_shell())
    sys.stdout.write(SHELLS[shell].unset((TARGET,)) + refusal_script(shell))


def _run_program(arguments: Namespace) -> int:
    if not arguments.program:
        raise UsageProblem("Name a program after --, such as: daypass exec … -- aws s3 ls")
    return _run_with_session(arguments, arguments.program)


def _run_shell(arguments: Namespace) -> int:
    return _run_with_session(arguments, [find_shell()], "A shell for {}. Type exit to leave it.")


def _run_with_session(arguments: Namespace, program: list[str], note: str = "") -> int:
    """Run the program with the session in its environment. Return the program's exit code."""
    program = find_program(program)
    entry = _session_or_request(arguments)
    variables, target = session_variables(entry["credentials"]), "/".join(entry["key"][2:4])
    if note:
        print(note.format(target), file=sys.stderr)
    return run_instead(program, {**clean_environment(), **variables, TARGET: target})


_NEEDS_REQUEST = ("approval-required", "client-approval-required")
"""The reasons of a refusal that an approved request lifts."""
_DEFAULT_SPAN = 3600
"""Seconds of access to ask for, from the first use."""


def _session_or_request(arguments: Namespace) -> JsonObject:
    """Return the session. If its role needs a request, send the one that the arguments or the
    person at the terminal give, and wait for its approval. Raise Refused without an approval."""
    try:
        return session_for(arguments)
    except CommandError as refusal:
        if getattr(refusal, "reason", "") not in _NEEDS_REQUEST:
            raise
        span = arguments.for_ or _DEFAULT_SPAN
        why = arguments.request or _ask_why(arguments.target, span)
        if not why:
            raise
    is_agent = caller_kind(as_agent=arguments.as_agent) == "agent"
    login = require_login(arguments.broker)
    fields = {"duration": span, "reason": why, "ticket": arguments.ticket}
    open_by_request(
        Broker(login.broker, login.token),
        arguments.target,
        {**fields, "caller": "agent" if is_agent else ""},
    )
    forget_refusals(login, arguments.target)
    return session_for(arguments)


def _ask_why(target: str, span: int) -> str:
    """Return the reason for a request that a person at the terminal types. Empty: they want none,
    or there is no person."""
    if not can_pick():
        return ""
    print(
        f"{target} needs an approved request. To request {show_duration(span)}, type your reason."
        " To cancel, press Enter.\nReason: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    return sys.stdin.readline().strip()


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
            f"Cannot serve on port {arguments.port}: {error.strerror}. Name another port with"
            " --port, or leave out --port."
        ) from None


def _port(text: str) -> int:
    """Return the port that the text names."""
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or int(text) > 65535:
        raise ArgumentTypeError("use a port number up to 65535")
    return int(text)


_REQUEST = (
    argument(
        "--request",
        metavar="WHY",
        help="if the role needs an approved request, send one with this reason and wait for its"
        " approval",
    ),
    duration_argument("how long the requested access lasts from first use (1h)"),
    argument("--ticket", help="the ticket for the request, if the role needs one"),
)
COMMANDS = (
    Command(
        "creds",
        "Print a session's credentials for AWS tools (credential_process)",
        _print_credentials,
        SESSION,
    ),
    Command(
        "env",
        "Print commands that set a session's credentials in your shell",
        _print_environment,
        (*SESSION, argument("--shell", choices=sorted(SHELLS), help="default: the shell you use")),
        description='Use it like this: eval "$(daypass env acme-prod/readonly)"',
    ),
    Command(
        "exec",
        "Run one program with a session",
        _run_program,
        (*SESSION, *_REQUEST),
        description="Type the program after --: daypass exec acme-prod/readonly -- aws s3 ls",
        takes_program=True,
    ),
    Command("shell", "Start a shell with a session", _run_shell, (*SESSION, *_REQUEST)),
    Command(
        "serve",
        "Give a program credentials that refresh automatically",
        _serve,
        (
            *SESSION,
            argument("--port", type=_port, default=0, help="use this port. Default: any free port"),
        ),
        description=(
            "Type the program after --: daypass serve acme-prod/readonly -- terraform apply."
            " Without a program, the command prints the environment variables to set. The program"
            " does not read your AWS files, and uses the region of your default profile."
        ),
        takes_program=True,
    ),
)
