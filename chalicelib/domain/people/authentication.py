"""Authenticate a caller by the presented token, the stored token and its member."""

from __future__ import annotations

import hmac
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.rights import counts_from
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value


class AuthenticationFailure(Value, frozen=True):
    """The refusal of a presented token, and its reason."""

    reason: Reason


class Caller(Value, frozen=True):
    """An authenticated caller: a valid token and its member."""

    member: Member
    token: Token
    address: str = ""
    """The IP address that the request came from."""
    identity_expires_at: datetime | None = None
    """When the identity token that was presented expires. None if it was no identity token."""

    @property
    def token_id(self) -> str:
        return self.token.id

    @property
    def actor(self) -> str:
        """Return the actor for trail entries."""
        return self.member.id

    @property
    def counts_from(self) -> datetime:
        """Return when a lead's right to decide counts: what is new does not approve."""
        return counts_from(self.member.kind_since, self.token.given_since)

    @property
    def preconditions(self) -> tuple[Member, Token]:
        """Return the items that must not change before an operation in the caller's name is
        written."""
        return self.member, self.token


def authenticate(
    token: Token | None, member: Member | None, presented: PresentedToken, now: datetime
) -> Caller | AuthenticationFailure:
    """Return the caller, or why Daypass does not accept the presented token.

    `token` and `member` are what Daypass stores for it; None if nothing is stored. A suspended
    member's token fails with MEMBER_SUSPENDED, not with TOKEN_UNKNOWN.
    """
    if token is None or member is None:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if not hmac.compare_digest(token.hash, presented.hash) or token.member != member.id:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if presented.identity_expires_at is not None and now >= presented.identity_expires_at:
        return AuthenticationFailure(Reason.IDENTITY_TOKEN_EXPIRED)
    problem = find_token_problem(token, member, now)
    if problem is not None:
        return AuthenticationFailure(problem)
    return Caller(member, token, identity_expires_at=presented.identity_expires_at)


def find_token_problem(token: Token, member: Member, now: datetime) -> Reason | None:
    """Return why this member's token is not valid now, or None if it is valid."""
    if token.revoked_at is not None:
        return Reason.TOKEN_REVOKED
    if now >= token.expires_at:
        return Reason.TOKEN_EXPIRED
    if member.suspended_at is not None:
        return Reason.MEMBER_SUSPENDED
    if token.created_at < member.tokens_from:
        return Reason.TOKEN_REVOKED
    return None


def with_revocation(token: Token, member: Member) -> Token:
    """Return the token as lists show it. A suspension, or an operator's recovery, ends all tokens
    that the member has then, and is written into none of them."""
    if token.revoked_at is None and token.created_at < member.tokens_from:
        return replace(token, revoked_at=member.tokens_from)
    return token
