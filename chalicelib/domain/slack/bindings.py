"""Slack users, and whose they are: bound by a code that the signed-in member types, never by mail.

A binding is kept as an identity is: as a token of the member's that has no text, whose issuer is
the workspace and whose subject is the Slack user. Whatever ends a token ends it too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta, field

from chalicelib.domain.identifiers import identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import TYPED, OneTimeSecret
from chalicelib.domain.people.identities import identity_hash
from chalicelib.domain.people.tokens import BINDING_PREFIX
from chalicelib.domain.values import RETENTION, JobState, Request, Secret, Value

CODE_LIFE = timedelta(minutes=10)
BindingCodeText = Annotated[
    Secret[str],
    identifier("the complete code that /daypass link showed", TYPED.pattern, 19, 19),
]
# "Users, teams and channels are known by ids" that Slack calls opaque.
SlackId = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,32}$(?!\n)", max_length=32)]


class SlackUser(Value, frozen=True, kw_only=True):
    """Who typed or pressed something, and where: as Slack says it, and not yet anybody here."""

    team: SlackId
    user: SlackId
    channel: SlackId

    @property
    def address(self) -> str:
        """In place of the address that somebody comes from: Slack's own would say nothing."""
        return f"slack:{self.team}/{self.channel}/{self.user}"


class BindingCode(OneTimeSecret, JobState, frozen=True, kw_only=True):
    """A code that a Slack user was shown, as it is kept: its SHA-256, never its text."""

    STORED_AS: ClassVar[str] = "binding-code"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)

    team: str
    user: str
    created_at: Moment = field(name="made_at")

    @property
    def gone_after(self) -> datetime:
        return self.created_at + RETENTION


class BindSlack(Request, frozen=True, kw_only=True):
    code: BindingCodeText
    expires_at: (
        Annotated[
            Moment,
            Meta(description="Until when Slack is bound: 90 days unless given, 366 at most."),
        ]
        | None
    ) = None


def issuer(team: str) -> str:
    """Who says who somebody is, where it is Slack. No identity provider is called so."""
    return f"{BINDING_PREFIX}{team}"


def binding_hash(team: str, user: str) -> str:
    return identity_hash(issuer(team), user)
