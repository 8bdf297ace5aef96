"""Sessions of assumed roles."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ministack.services import iam, sts

_KEPT_SECONDS = 24 * 3600
"""How long an expired session is kept."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a role, with its credentials."""

    arn: str
    user_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: str


def apply() -> None:
    """Keep expired sessions for a day, so that requests get ExpiredToken, as from AWS."""

    def delete_long_expired() -> None:
        before = time.time() - _KEPT_SECONDS
        for access_key_id, session in list(sts._sessions.items()):
            if session.get("Expiration", before) < before:
                del sts._sessions[access_key_id]

    sts._evict_expired_sessions = delete_long_expired


def issue(role: dict[str, Any], *, name: str, seconds: int, **details: Any) -> Session:
    """Create a session of the role.

    `details` are stored with the session: its policies, tags and source identity.
    """
    account = role["Arn"].split(":")[4]
    now = time.time()
    # AWS returns whole seconds. Round down, so that the session is valid until then.
    expires = int(now) + seconds
    session = Session(
        arn=f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{name}",
        user_id=f"{role['RoleId']}:{name}",
        access_key_id=iam._gen_session_access_key(),
        secret_access_key=iam._gen_secret(),
        session_token=iam._gen_session_token(),
        expiration=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires)),
    )
    record = {
        "Arn": session.arn,
        "UserId": session.user_id,
        "AccountId": account,
        "PrincipalType": "AssumedRole",
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "IssuedAt": now,
        "Expiration": expires,
    }
    sts.register_session(session.access_key_id, record | details)
    return session


def expire(access_key_id: str) -> bool:
    """Let the session expire now. Return False if it does not exist."""
    session = sts._sessions.get(access_key_id)
    if session is None:
        return False
    session["Expiration"] = time.time() - 1
    return True
