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


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody with credentials: an IAM user's key, or the account's root user."""

    aws: Endpoint
    account: str
    aws_cli: Path
    """The folder of the AWS CLI."""
    packaged: Path
    """The deployment, as `make package` leaves it."""
    key: tuple[str, str] | None = None
    folder: Path = ROOT
    more: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables."""

    def command(self, target: str, settings: Mapping[str, str]) -> list[str]:
        """Return the `make` command with these settings."""
        typed = [f"{name}={value}" for name, value in settings.items()]
        # The tools are there: whatever the files' dates say, nothing is installed meanwhile.
        here = [f"VENV={VENV}", f"--old-file={VENV}/.runtime", f"AWS_CLI={self.aws_cli / 'aws'}"]
        return ["make", "--no-print-directory", *here, target, *typed]

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process needs to reach the local AWS, and nothing by which to reach AWS."""
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
