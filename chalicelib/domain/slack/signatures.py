"""The secrets of a workspace, and whether a request is Slack's: signed with one a moment ago."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.values import Secret, Value

# "Verifying requests from Slack" (docs.slack.dev): older than five minutes, it may be a replay.
WINDOW = 300  # seconds, to either side: clocks disagree
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class Secrets(Value, frozen=True, kw_only=True):
    """The firm's workspace, and the secrets with which its app signs requests."""

    team: str
    """The workspace's id. Nobody of another is answered."""
    signing_secret: Secret[str]
    previous_signing_secret: Secret[str] = ""
    """The one before it, which may still be in use."""

    @property
    def signing(self) -> tuple[str, ...]:
        """The app's signing secrets, the present one first."""
        return tuple(filter(None, (self.signing_secret, self.previous_signing_secret)))


def is_signed(
    signing: Sequence[str], timestamp: str, signature: str, body: bytes, now: datetime
) -> bool:
    """Return whether one of the secrets made this signature. The headers may hold anything."""
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        return False
    base = f"v0:{timestamp}:".encode("ascii") + body
    # Of every secret, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(signed(secret, base), signature) for secret in signing]
    return any(fits)


def signed(secret: str, base: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
