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
from difflib import get_close_matches
from pathlib import Path
from typing import Any

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
        """Return the response; Refused. Options have the CLI's names, with underscores."""
        output = self.output(service, operation, *words, **options)
        return json.loads(output) if output.strip() else {}

    def output(self, service: str, operation: str, *words: str, **options: Any) -> str:
        """Return what the command prints; Refused."""
        where = ("--region", self.region, "--output", "json")
        done = subprocess.run(
            [self.command, service, operation, *_typed(options), *where, *words],
            check=False,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        if done.returncode != 0:
            raise Refused(done.stderr)
        return done.stdout

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
    if fault := region_fault(region):
        raise Stop(fault)
    return Aws(region, found)


def region_fault(region: str) -> str | None:
    """Return what is wrong if no partition has such regions. One may be new to the SDK."""
    import botocore.session
    from botocore.exceptions import UnknownRegionError

    try:
        botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        return f"There is no AWS region {region}. {suggested_region(region)}"
    return None


def suggested_region(region: str) -> str:
    """Return a question with the nearest region's name, or what such a name looks like."""
    import botocore.session

    session = botocore.session.get_session()
    regions = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("cloudformation", partition)
    ]
    if region in regions:
        return "Are you online?"
    nearest = get_close_matches(region, regions, n=1)
    return f"Did you mean {nearest[0]}?" if nearest else "A region's name is like eu-central-1."


def _printed(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return done.stdout.strip()
