"""Show in a shell's prompt which role its session has, and for how long. A shell runs this before
each line, so it loads no module of the command's."""

from __future__ import annotations

import os
import time
from calendar import timegm


def show_prompt() -> int:
    """Print the role and the time left, such as `acme-prod/readonly 42m`. Without a session of
    `daypass env`, `exec` or `shell`, print nothing."""
    target = os.environ.get("DAYPASS_TARGET", "")
    # A shell may interpret other characters.
    if target.isascii() and target.replace("/", "").replace("-", "").isalnum():
        print(f"{target}{_time_left(os.environ.get('AWS_CREDENTIAL_EXPIRATION', ''))}")
    return 0


def _time_left(end: str) -> str:
    """Return the time until the end, which is as the API writes it, in whole minutes."""
    try:
        seconds = timegm(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ")) - time.time()
    except ValueError:
        return ""
    return f" {int(seconds // 60)}m" if seconds > 0 else " expired"
