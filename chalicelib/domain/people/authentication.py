"""Who is asking: a token that is good, and its member."""

from __future__ import annotations

import hmac
from datetime import datetime

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value


class AuthenticationFailure(Value, frozen=True):
    """No, and why."""

    reason: Reason


class Caller(Value, frozen=True):
    """Somebody whom Daypass has recognised: a token that is good, and its member."""

    member: Member
    token: Token
    address: str = ""
    """The IP address that the request came from."""

    @property
    def token_id(self) -> str:
        return self.token.id

    @property
    def actor(self) -> str:
        """Who the trail says it was."""
        return self.member.id

    @property
    def preconditions(self) -> tuple[Member, Token]:
        """What has to stand as it was read for anything to be done in their name."""
        return self.member, self.token


def authenticate(
    token: Token | None, member: Member | None, presented: PresentedToken, now: datetime
) -> Caller | AuthenticationFailure:
    """Is this token good, and whose is it? A suspended member is known, and refused."""
    if token is None or member is None:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if not hmac.compare_digest(token.hash, presented.hash) or token.member != member.id:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if presented.good_until is not None and now >= presented.good_until:
        return AuthenticationFailure(Reason.IDENTITY_TOKEN_EXPIRED)
    fault = token_problem(token, member, now)
    return Caller(member, token) if fault is None else AuthenticationFailure(fault)


def token_problem(token: Token, member: Member, now: datetime) -> Reason | None:
    """Why a token of this member's is not good now; None if it is."""
    if token.revoked_at is not None:
        return Reason.TOKEN_REVOKED
    if now >= token.expires_at:
        return Reason.TOKEN_EXPIRED
    if member.suspended_at is not None:
        return Reason.MEMBER_SUSPENDED
    if token.created_at < member.tokens_from:
        return Reason.TOKEN_REVOKED
    return None
