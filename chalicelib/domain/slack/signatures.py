"""Verify the signatures of Slack's requests with the secrets of the firm's Slack app."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.values import Secret, Value

# An older request may be a replay ("Verifying requests from Slack", docs.slack.dev).
MAX_CLOCK_DIFFERENCE = 300  # seconds in both directions: clocks differ
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class SlackSecrets(Value):
    """The firm's workspace, and the signing secrets of its Slack app."""

    team: str
    """The workspace's ID. Daypass refuses people of other workspaces."""
    signing_secret: Secret[str]
    previous_signing_secret: Secret[str] = ""
    """The signing secret before the present one. Slack may still sign with it."""

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The app's signing secrets, the present one first."""
        return tuple(filter(None, (self.signing_secret, self.previous_signing_secret)))


def is_valid_signature(
    signing_secrets: Sequence[str], timestamp: str, signature: str, body: bytes, now: datetime
) -> bool:
    """Return whether one of these secrets made the signature, for a timestamp close to `now`.

    `timestamp` and `signature` come from the request's headers, and may be forged. The timestamp
    may differ from `now` by up to MAX_CLOCK_DIFFERENCE.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now.timestamp() - int(timestamp)) > MAX_CLOCK_DIFFERENCE:
        return False
    base = f"v0:{timestamp}:".encode("ascii") + body
    # Every secret is tried, so that the time taken reveals nothing.
    matches = [
        hmac.compare_digest(compute_signature(secret, base), signature)
        for secret in signing_secrets
    ]
    return any(matches)


def compute_signature(secret: str, base: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
