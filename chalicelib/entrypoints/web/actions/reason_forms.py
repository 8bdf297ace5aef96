"""Declare the forms that have a target and a reason, as every stop's has."""

from __future__ import annotations

from chalicelib.domain.identifiers import (
    EngagementId,
    MemberId,
    RequestId,
    RoleName,
)
from chalicelib.entrypoints.http.requests import ReasonBody


class RequestReasonForm(ReasonBody, frozen=True, kw_only=True):
    request: RequestId


class MemberReasonForm(ReasonBody, frozen=True, kw_only=True):
    member: MemberId


class RoleReasonForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId
    role: RoleName


class EngagementReasonForm(ReasonBody, frozen=True, kw_only=True):
    engagement: EngagementId
