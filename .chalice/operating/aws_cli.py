"""Run the AWS CLI, version 1 or 2: each call is a process of its own.

Every option exists in both versions. Every response is requested as JSON.
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

from operating.console import Stop

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
    """AWS, or the CLI itself, refused a call."""

    def __init__(self, stderr: str) -> None:
        match = _REFUSAL.search(stderr)
        self.code, self.operation, message = match.groups() if match else ("", "", stderr)
        self.message = " ".join(message.split())
        if self.code:
            super().__init__(f"AWS refused {self.operation} ({self.code}): {self.message}")
        else:
            super().__init__(f"The AWS CLI failed: {self.message}")

    @property
    def is_not_permitted(self) -> bool:
        return self.code in _NOT_PERMITTED

    @property
    def is_unreachable(self) -> bool:
        return any(text in self.message for text in _UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Aws:
    """`aws("sts", "get-caller-identity")`, in one region."""

    region: str
    command: str

    def __call__(self, service: str, operation: str, *arguments: str, **options: Any) -> Any:
        """Return the parsed response. Raise Refused. Options have the CLI's names, with
        underscores."""
        output = self.output(service, operation, *arguments, **options)
        return json.loads(output) if output.strip() else {}

    def output(self, service: str, operation: str, *arguments: str, **options: Any) -> str:
        """Return the command's output. Raise Refused."""
        where = ("--region", self.region, "--output", "json")
        process = subprocess.run(
            [self.command, service, operation, *_typed(options), *where, *arguments],
            check=False,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
        if process.returncode != 0:
            raise Refused(process.stderr)
        return process.stdout

    def version(self) -> str:
        return _output(self.command, "--version").partition(" ")[0]


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
    """Return the CLI that AWS_CLI names, or the project's own, in the configured region."""
    command = os.environ.get("AWS_CLI") or str(Path(sys.executable).parent / "aws")
    path = shutil.which(command)
    if path is None:
        raise Stop(f"There is no AWS CLI called {command}. Set AWS_CLI, as in: AWS_CLI=aws")
    regions = filter(None, map(os.environ.get, ("REGION", "AWS_REGION", "AWS_DEFAULT_REGION")))
    region = next(regions, "") or _output(path, "configure", "get", "region")
    if not region:
        raise Stop("No AWS region is set. Set it, as in: REGION=eu-central-1")
    if fault := region_fault(region):
        raise Stop(fault)
    return Aws(region, path)


def region_fault(region: str) -> str | None:
    """Return a sentence if no partition can have this region, or None. New regions are allowed."""
    import botocore.session
    from botocore.exceptions import UnknownRegionError

    try:
        botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        return f"There is no AWS region {region}. {suggested_region(region)}"
    return None


def suggested_region(region: str) -> str:
    """Return a suggestion: the nearest region's name, or an example of one."""
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
    return f"Did you mean {nearest[0]}?" if nearest else "A region's name looks like eu-central-1."


def _output(*command: str) -> str:
    process = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return process.stdout.strip()
