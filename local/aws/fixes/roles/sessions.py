"""The sessions of assumed roles: how one is kept, and how one ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ministack.services import iam, sts

_REMEMBERED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """Credentials of one session of a role."""

    arn: str
    user_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: str


def apply() -> None:
    """Remember expired sessions for a day: AWS says ExpiredToken, not that the key is unknown."""

    def forget_long_expired() -> None:
        before = time.time() - _REMEMBERED_SECONDS
        for access_key_id, session in list(sts._sessions.items()):
            if session.get("Expiration", before) < before:
                del sts._sessions[access_key_id]

    sts._evict_expired_sessions = forget_long_expired


def issue(role: dict[str, Any], *, name: str, seconds: int, **details: Any) -> Session:
    """Start a session of the role and give its credentials.

    `details` are kept with the session: its policies, tags and source identity.
    """
    account = role["Arn"].split(":")[4]
    now = time.time()
    # AWS tells whole seconds; rounding down never promises more than is kept.
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
    """Let the session's time be over, as if it had passed; False if there is no such session."""
    session = sts._sessions.get(access_key_id)
    if session is None:
        return False
    session["Expiration"] = time.time() - 1
    return True
