"""A real MCP client, in an environment that has the SDK: start `daypass mcp`, and call its tools.

stdin has the calls as JSON: pairs of a tool's name and its arguments. stdout gets the names of all
tools, and the result of each call.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from mcp import Client, StdioServerParameters


async def judge(calls: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "daypass", "mcp"], env=dict(os.environ)
    )
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        results = [await client.call_tool(name, arguments) for name, arguments in calls]
    return {
        "tools": {tool.name: tool.description for tool in tools},
        "results": [
            {
                "failed": bool(result.is_error),
                "text": "".join(getattr(part, "text", "") for part in result.content),
                "value": result.structured_content,
            }
            for result in results
        ],
    }


print(json.dumps(asyncio.run(judge(json.load(sys.stdin)))))
