"""Run a real MCP client, with the Python that has the SDK."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.typed import Output
from tests.running import ROOT

# The folders of a git worktree may share the environments of another folder.
_ENVIRONMENTS = [folder / ".venv-mcp" for folder in (ROOT, Path(sys.prefix).resolve().parent)]
_JUDGE = Path(__file__).with_name("judge.py")
Call = tuple[str, dict[str, Any]]


def python_with_the_sdk() -> str:
    for environment in _ENVIRONMENTS:
        if (environment / ".made").exists():
            return str(environment / "bin" / "python")
    pytest.fail("The MCP SDK is missing. Run: make .venv-mcp/.made")


def judged(run: Callable[..., Output], *calls: Call) -> tuple[dict[str, Any], str]:
    """Return what the client saw, the tools and the results of the calls, and all output as text.

    `run` runs a program with this stdin on the agent's machine.
    """
    output = run(python_with_the_sdk(), _JUDGE, stdin=json.dumps(calls))
    assert output.code == 0, output.err
    seen: dict[str, Any] = json.loads(output.out)
    return seen, output.out + output.err
