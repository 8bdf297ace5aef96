"""Which Slack user a member is: their binding, a token of theirs that has no text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.bindings import is_an_id, issuer


def slack_user(tokens: Sequence[Token], member: Member, team: str, now: datetime) -> str:
    """The Slack user to tell of what is about the member; empty if there is none.

    Of somebody suspended it is the one whom they were: they are to hear of just that.
    """
    bound = [
        token
        for token in tokens
        if token.issuer == issuer(team)
        and token.revoked_at is None
        and now < token.expires_at
        and (member.suspended_at is not None or token.created_at >= member.tokens_from)
        and is_an_id(token.subject)
    ]
    return max(bound, key=lambda token: token.created_at).subject if bound else ""
