"""Requests that many routes share: what a path names, and why something is done."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId, LinkId, MemberId, RoleName, TokenId
from chalicelib.domain.lists import USUAL_LIMIT, Limit, NameCursor, TimeCursor
from chalicelib.domain.text import Why
from chalicelib.domain.values import Request


class OneMember(Request, frozen=True, kw_only=True):
    member: MemberId


class OneToken(OneMember, frozen=True, kw_only=True):
    token: TokenId


class OneOfMyTokens(Request, frozen=True, kw_only=True):
    token: TokenId


class OneEngagement(Request, frozen=True, kw_only=True):
    engagement: EngagementId


class OneRole(OneEngagement, frozen=True, kw_only=True):
    role: RoleName


class OneGrant(OneEngagement, frozen=True, kw_only=True):
    member: MemberId


class OneLink(OneEngagement, frozen=True, kw_only=True):
    link: LinkId


class ReasonBody(Request, frozen=True, kw_only=True):
    """Why it is done."""

    reason: Why


class Paged(Request, frozen=True, kw_only=True):
    """Which part of a list in the order of names."""

    limit: Limit = USUAL_LIMIT
    cursor: NameCursor = ""


class PagedByTime(Request, frozen=True, kw_only=True):
    """Which part of a list in the order of time."""

    limit: Limit = USUAL_LIMIT
    cursor: TimeCursor = ""
