"""One session's keys."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.things import Secret, Thing


class Credentials(Thing, frozen=True, kw_only=True):
    """One session's keys. Only `access_key_id` and `expires_at` may ever be recorded."""

    access_key_id: str
    secret_access_key: Secret[str]
    session_token: Secret[str]
    expires_at: datetime
    assumed_role_arn: str
    request_id: str
