"""The AWS CLI, version 1 or 2, as it is installed: each call is a process of its own.

Only options are used that both versions know, and every answer is asked for as JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operating import regions
from operating.telling import Stop

_REFUSAL = re.compile(
    r"An error occurred \(([\w.]+)\) when calling the (\w+) operation[^:]*: (.*)", re.S
)
_UNREACHABLE = ("Could not connect to the endpoint URL", "Connect timeout on endpoint URL")
# "AuthorizationError" is Amazon SNS's ("Common Errors", Amazon SNS API Reference).
_NOT_PERMITTED = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "403",
)
_ENVIRONMENT = {"AWS_PAGER": "", "AWS_CLI_AUTO_PROMPT": "off", "PYTHONUTF8": "1"}


class Refused(Stop):
    """AWS, or the CLI itself, has refused a call. Whoever knows no way round it stops at it."""

    def __init__(self, told: str) -> None:
        found = _REFUSAL.search(told)
        self.code, self.operation, message = found.groups() if found else ("", "", told)
        self.message = " ".join(message.split())
        if self.code:
            super().__init__(f"AWS refuses {self.operation} ({self.code}): {self.message}")
        else:
            super().__init__(f"The AWS CLI cannot go on: {self.message}")

    @property
    def is_not_permitted(self) -> bool:
        return self.code in _NOT_PERMITTED

    @property
    def is_unreachable(self) -> bool:
        return any(words in self.message for words in _UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Aws:
    """`aws("sts", "get-caller-identity")`, in one region."""

    region: str
    command: str

    def __call__(self, service: str, operation: str, *words: str, **options: Any) -> Any:
        """The answer. Options are named as the CLI names them, with underscores; Refused."""
        where = ("--region", self.region, "--output", "json")
        done = subprocess.run(
            [self.command, service, operation, *words, *_typed(options), *where],
            check=False,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode != 0:
            raise Refused(done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def version(self) -> str:
        return _printed(self.command, "--version").partition(" ")[0]


def _typed(options: dict[str, Any]) -> list[str]:
    typed = []
    for name, value in options.items():
        typed.append(f"--{name.replace('_', '-')}")
        if isinstance(value, (dict, list)):
            typed.append(json.dumps(value))
        elif value is not True:
            typed.append(str(value))
    return typed


def here() -> Aws:
    """The CLI that AWS_CLI names, or the project's own, in the region that is told."""
    command = os.environ.get("AWS_CLI") or str(Path(sys.executable).parent / "aws")
    found = shutil.which(command)
    if found is None:
        raise Stop(f"There is no AWS CLI called {command}. Say which, as in: AWS_CLI=aws")
    told = filter(None, map(os.environ.get, ("REGION", "AWS_REGION", "AWS_DEFAULT_REGION")))
    region = next(told, "") or _printed(found, "configure", "get", "region")
    if not region:
        raise Stop("No region is set. Say which, as in: REGION=eu-central-1")
    if fault := regions.fault(region):
        raise Stop(fault)
    return Aws(region, found)


def _printed(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return done.stdout.strip()
