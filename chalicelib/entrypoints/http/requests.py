"""Declare request parts that many routes share: path parameters, a reason, and paging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import defstruct
from msgspec.structs import fields

from chalicelib.domain.identifiers import (
    EngagementId,
    LinkId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.lists import USUAL_LIMIT, Limit, NameCursor, TimeCursor
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Request
from chalicelib.domain.vending.stops.kinds import StopNames


class MemberPath(Request, frozen=True, kw_only=True):
    member: MemberId


class MemberTokenPath(MemberPath, frozen=True, kw_only=True):
    token: TokenId


class OwnTokenPath(Request, frozen=True, kw_only=True):
    token: TokenId


class OwnSessionPath(Request, frozen=True, kw_only=True):
    session: SessionId


class EngagementPath(Request, frozen=True, kw_only=True):
    engagement: EngagementId


class RolePath(EngagementPath, frozen=True, kw_only=True):
    role: RoleName


class GrantPath(EngagementPath, frozen=True, kw_only=True):
    member: MemberId


class LinkPath(EngagementPath, frozen=True, kw_only=True):
    link: LinkId


class RequestPath(Request, frozen=True, kw_only=True):
    request: RequestId


class ReasonBody(Request, frozen=True, kw_only=True):
    """The reason for the change."""

    reason: ReasonText


class PageQuery(Request, frozen=True, kw_only=True):
    """A page of a list sorted by name."""

    limit: Limit = USUAL_LIMIT
    cursor: NameCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class TimePageQuery(Request, frozen=True, kw_only=True):
    """A page of a list sorted by time."""

    limit: Limit = USUAL_LIMIT
    cursor: TimeCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


def build_names_type(name: str, names: Iterable[str], base: type[Request] = Request) -> Any:
    """Return a type of this name for a request with these fields of StopNames, all required."""
    types = {field.name: field.type for field in fields(StopNames)}
    declared = [(each, types[each]) for each in names]
    return defstruct(name, declared, bases=(base,), module="", frozen=True, kw_only=True)
