"""Call AWS through the AWS CLI, version 1 or 2. Each call starts a process.

The commands use only options that both versions have, and request responses as JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from operating.console import Stop

_REFUSAL_PATTERN = re.compile(
    r"An error occurred \(([\w.]+)\) when calling the (\w+) operation[^:]*: (.*)", re.S
)
_UNREACHABLE_TEXTS = ("Could not connect to the endpoint URL", "Connect timeout on endpoint URL")
# "AuthorizationError" is Amazon SNS's ("Common Errors", Amazon SNS API Reference).
_NOT_PERMITTED_CODES = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "403",
)
# The oldest release of each version of the AWS CLI with which Daypass was deployed completely.
OLDEST_TESTED = {1: (1, 46), 2: (2, 23)}
_ENVIRONMENT = {"AWS_PAGER": "", "AWS_CLI_AUTO_PROMPT": "off", "PYTHONUTF8": "1"}


class Refused(Stop):
    """AWS refused a call, or the AWS CLI failed. `code` is AWS's error code, or empty."""

    def __init__(self, stderr: str) -> None:
        match = _REFUSAL_PATTERN.search(stderr)
        self.code, self.operation, message = match.groups() if match else ("", "", stderr)
        self.message = " ".join(message.split())
        if self.code:
            super().__init__(f"AWS refused {self.operation} ({self.code}): {self.message}")
        else:
            super().__init__(f"The AWS CLI failed: {self.message}")

    @property
    def is_not_permitted(self) -> bool:
        """Return whether the caller lacks the permission for the call."""
        return self.code in _NOT_PERMITTED_CODES

    @property
    def is_unreachable(self) -> bool:
        """Return whether the AWS CLI could not connect to AWS."""
        return any(text in self.message for text in _UNREACHABLE_TEXTS)


@dataclass(frozen=True, slots=True)
class Aws:
    """The AWS CLI with a region. Call it as in `aws("sts", "get-caller-identity")`."""

    region: str
    command: str

    def __call__(self, service: str, operation: str, *arguments: str, **options: Any) -> Any:
        """Run an operation, and return the parsed JSON response. Raise Refused if it fails.

        `options` have the names of the CLI's options, with underscores instead of hyphens.
        """
        output = self.output(service, operation, *arguments, **options)
        return json.loads(output) if output.strip() else {}

    def output(self, service: str, operation: str, *arguments: str, **options: Any) -> str:
        """Run an operation, and return the CLI's output as text. Raise Refused if it fails."""
        common_options = ("--region", self.region, "--output", "json")
        process = subprocess.run(
            [
                self.command,
                service,
                operation,
                *_option_arguments(options),
                *common_options,
                *arguments,
            ],
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
        """Return the AWS CLI's version as it prints it, such as "aws-cli/2.23.0"."""
        return _run_command(self.command, "--version").partition(" ")[0]


def _option_arguments(options: dict[str, Any]) -> list[str]:
    """Return the options as command-line arguments."""
    arguments = []
    for name, value in options.items():
        arguments.append(f"--{name.replace('_', '-')}")
        if isinstance(value, (dict, list)):
            arguments.append(json.dumps(value))
        elif value is not True:
            arguments.append(str(value))
    return arguments


def format_day(time: str | float) -> str:
    """Return the day (UTC) of a time in a response. Version 1 of the CLI prints some times as
    seconds since 1970."""
    return (
        time[:10] if isinstance(time, str) else datetime.fromtimestamp(time, UTC).date().isoformat()
    )


def find_tested_version(text: str) -> int | None:
    """Return the version of the AWS CLI, 1 or 2, from what it prints as its version. Return None if
    Daypass was not tested with a release as old or of that kind."""
    numbers = re.match(r"aws-cli/(\d+)\.(\d+)", text)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    oldest = OLDEST_TESTED.get(version[0])
    return version[0] if oldest and version >= oldest else None


def _choose_command() -> str:
    """Return the AWS CLI to use: the one that AWS_CLI names, version 2 if it is installed, or the
    project's own, which is version 1. Version 1 is in maintenance since July 2026."""
    if chosen := os.environ.get("AWS_CLI"):
        return chosen
    installed = shutil.which("aws")
    if installed and find_tested_version(_run_command(installed, "--version")) == 2:
        return installed
    return str(Path(sys.executable).parent / "aws")


def configured_aws() -> Aws:
    """Return the AWS CLI to use, with the configured region. Raise Stop if the CLI does not exist,
    or if no valid region is configured."""
    command = _choose_command()
    path = shutil.which(command)
    if path is None:
        raise Stop(
            f"Cannot find the AWS CLI {command}. Set AWS_CLI to its path, as in: AWS_CLI=aws"
        )
    regions = filter(None, map(os.environ.get, ("REGION", "AWS_REGION", "AWS_DEFAULT_REGION")))
    region = next(regions, "") or _run_command(path, "configure", "get", "region")
    if not region:
        raise Stop("No AWS region is set. Set it, as in: REGION=eu-central-1")
    if problem := find_region_problem(region):
        raise Stop(problem)
    return Aws(region, path)


def find_region_problem(region: str) -> str | None:
    """Return a sentence if no AWS region can have this name, or None if one can.

    A region that this version of the SDK does not know yet is accepted if its name has the form of
    the other regions' names.
    """
    import botocore.session
    from botocore.exceptions import UnknownRegionError

    try:
        botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        return f"There is no AWS region {region}. {suggest_region(region)}"
    return None


def suggest_region(region: str) -> str:
    """Return a sentence that suggests a region with a similar name, or shows an example. If the
    region exists, suggest a check of the network."""
    import botocore.session

    session = botocore.session.get_session()
    regions = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("cloudformation", partition)
    ]
    if region in regions:
        return "Check your network connection."
    nearest = get_close_matches(region, regions, n=1)
    return f"Did you mean {nearest[0]}?" if nearest else "A region's name looks like eu-central-1."


def _run_command(*command: str) -> str:
    """Run the command, and return what it prints, even if it fails."""
    process = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    return process.stdout.strip()
