"""The forms of the stops: each names its target, and has a reason."""

from __future__ import annotations

from chalicelib.domain.identifiers import (
    EngagementId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.text import ClientName
from chalicelib.entrypoints.http.requests import ReasonBody


class SessionForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    session: SessionId


class TokenForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    token: TokenId


class GrantForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    engagement: EngagementId


class RequestForm(ReasonBody, frozen=True, kw_only=True):
    request: RequestId


class MemberForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId


class RoleForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId
    role: RoleName


class EngagementForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId


class ClientForm(ReasonBody, frozen=True, kw_only=True):
    client: ClientName
