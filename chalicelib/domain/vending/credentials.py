"""A session's credentials, and the session that Daypass hands over."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.identifiers import AccountId, EngagementId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Internal, ShownOnce, Value, shown_property


class Credentials(Value, frozen=True, kw_only=True):
    """A session's credentials, under AWS's names. The trail records the access key ID and the
    expiration time, but never the secret access key or the session token."""

    access_key_id: str = field(name="AccessKeyId")
    secret_access_key: ShownOnce[str] = field(name="SecretAccessKey")
    session_token: ShownOnce[str] = field(name="SessionToken")
    expires_at: Moment = field(name="Expiration")
    """When the credentials expire."""
    assumed_role_arn: Internal[str]
    request_id: Internal[str]


class VendedSession(Value, frozen=True, kw_only=True):
    """A session as Daypass hands it over in the format `json`."""

    vend: str
    """The session's ID on the trail."""
    engagement: EngagementId
    role: RoleName
    account_id: Internal[AccountId]
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    credentials: Credentials

    @shown_property
    def assumed_role_arn(self) -> str:
        """The ARN of the session in AWS, as AssumeRole returned it."""
        return self.credentials.assumed_role_arn

    @shown_property
    def expires_at(self) -> Moment:
        """When the session expires."""
        return self.credentials.expires_at
