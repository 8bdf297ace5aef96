"""Serve an agent's tools by the Model Context Protocol, over stdin and stdout."""

from __future__ import annotations

import functools
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from daypass import __version__
from daypass.agents.tools import Tools
from daypass.command import BROKER, Command
from daypass.errors import CommandError, LocalProblem
from daypass.terminal.output import one_line

_INSTRUCTIONS = (
    "Daypass gives you temporary sessions in clients' AWS accounts, in the name of the person that"
    " you work for. Every session is recorded as an agent's. Call list_engagements, then"
    " prepare_profile, and pass the profile's name to AWS tools. You never see a key. You can ask"
    " for access with request_access. A person decides on each request."
)


def _serve(arguments: Namespace) -> None:
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError:
        raise LocalProblem(
            "daypass mcp needs the package mcp 2, on Python 3.10 or newer. Install daypass with it:"
            ' uv tool install "daypass[mcp] @ …", or: pip install "mcp>=2.3,<3"'
        ) from None
    tools = Tools(arguments.broker)
    server = MCPServer("daypass", instructions=_INSTRUCTIONS, version=__version__)
    for tool in (
        tools.list_engagements,
        tools.prepare_profile,
        tools.request_access,
        tools.my_requests,
        tools.my_sessions,
        tools.explain_refusal,
    ):
        server.tool()(_translate_errors(tool, ToolError))
    server.run()


def _translate_errors(tool: Callable[..., Any], error_type: type[Exception]) -> Callable[..., Any]:
    """Wrap the tool so that a CommandError becomes an `error_type` with the text on one line."""

    @functools.wraps(tool)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return tool(*arguments, **options)
        except CommandError as error:
            raise error_type(one_line(str(error))) from None

    return call


COMMANDS = (
    Command(
        "mcp",
        "Serve an AI agent over the Model Context Protocol",
        _serve,
        (BROKER,),
        description="It needs the daypass[mcp] extra. Daypass records each session as an agent's,"
        " and no response contains a key.",
    ),
)
