"""One session's keys."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Hidden, ShownOnce, Thing


class Credentials(Thing, frozen=True, kw_only=True):
    """One session's keys, named as AWS names them. Only `access_key_id` and `expires_at` may ever
    be recorded."""

    access_key_id: str = field(name="AccessKeyId")
    secret_access_key: ShownOnce[str] = field(name="SecretAccessKey")
    session_token: ShownOnce[str] = field(name="SessionToken")
    expires_at: Moment = field(name="Expiration")
    assumed_role_arn: Hidden[str]
    request_id: Hidden[str]
