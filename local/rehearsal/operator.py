"""The operator's terminal: `make` in this folder, with credentials for the local AWS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.endpoint import Endpoint

ROOT = Path(__file__).parent.parent.parent
VENV = Path(sys.executable).parent.parent


def make_command(target: str, settings: Mapping[str, str], *, aws_cli: str = "") -> list[str]:
    """Return the `make` command with these settings, and with this AWS CLI unless it is empty."""
    typed = [f"{name}={value}" for name, value in settings.items()]
    # --old-file: install nothing, whatever the dates of the lists say.
    here = [f"VENV={VENV}", f"--old-file={VENV}/.runtime"]
    command_line = [f"AWS_CLI={aws_cli}"] if aws_cli else []
    return ["make", "--no-print-directory", *here, *command_line, target, *typed]


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal with credentials of an IAM user or of the root user of an account."""

    aws: Endpoint
    account: str
    aws_cli: Path
    """The folder of the AWS CLI."""
    packaged: Path
    """The folder with the output of `make package`."""
    key: tuple[str, str] | None = None
    """An access key's ID and secret; the root user's if None."""
    folder: Path = ROOT
    more: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables."""

    def command(self, target: str, settings: Mapping[str, str]) -> list[str]:
        """Return the `make` command with these settings."""
        return make_command(target, settings, aws_cli=str(self.aws_cli / "aws"))

    @property
    def environment(self) -> dict[str, str]:
        """Return variables to reach the local AWS, and none that would reach the real AWS."""
        key_id, secret = self.key or (self.account, "test")
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **self.more,
        }
