"""One session's keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One session's keys. Only `access_key_id` and `expires_at` may ever be recorded."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime
    assumed_role_arn: str
    request_id: str
