"""Declare the forms that have a target and a reason, as every stop's has."""

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


class SessionReasonForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    session: SessionId


class TokenReasonForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    token: TokenId


class GrantReasonForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId
    engagement: EngagementId


class RequestReasonForm(ReasonBody, frozen=True, kw_only=True):
    request: RequestId


class MemberReasonForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId


class RoleReasonForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId
    role: RoleName


class EngagementReasonForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId


class ClientReasonForm(ReasonBody, frozen=True, kw_only=True):
    client: ClientName
