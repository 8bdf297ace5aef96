"""Bindings: a binding links a Slack user to a member.

Slack shows the user a code, and the member enters the code in the API with their own token. A
binding is stored as a token of the member that no text can present. The token's issuer is the
workspace, and its subject is the Slack user. A binding expires and is revoked like any token.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import TYPED, OneTimeSecret
from chalicelib.domain.people.identities import identity_hash
from chalicelib.domain.people.tokens import BINDING_PREFIX
from chalicelib.domain.values import RETENTION, JobState, Request, Secret, Value

CODE_LIFE = timedelta(minutes=10)
BindingCodeText = Annotated[
    Secret[str],
    constrain_identifier("the complete code that /daypass link showed", TYPED.pattern, 19, 19),
]
# Slack calls the IDs of users, teams and channels opaque.
SlackId = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,32}$(?!\n)", max_length=32)]


class SlackUser(Value):
    """The sender of a request from Slack. The sender may not be bound to a member."""

    team: SlackId
    user: SlackId
    channel: SlackId

    @property
    def address(self) -> str:
        """The sender's address for trail entries. The IP address would always be one of Slack's."""
        return f"slack:{self.team}/{self.channel}/{self.user}"


class BindingCode(OneTimeSecret, JobState):
    """A code that Slack showed to a user, who can bind their Slack user to a member with it. Only
    its hash is stored."""

    STORED_AS = "binding-code"
    KEY_FIELDS = ("hash",)

    team: str
    user: str
    created_at: Moment = field(name="made_at")

    @property
    def gone_after(self) -> datetime:
        return self.created_at + RETENTION


class BindSlack(Request):
    code: BindingCodeText
    expires_at: Moment | None = None
    """When the binding of the Slack user to the member ends: by default in 90 days, at most in 366
    days. The binding ends no later than the token of this request."""


def workspace_issuer(team: str) -> str:
    """Return the issuer of the bindings of a workspace. It is not the issuer of any identity
    provider."""
    return f"{BINDING_PREFIX}{team}"


def binding_hash(team: str, user: str) -> str:
    """Return the key of the stored identity of a Slack user."""
    return identity_hash(workspace_issuer(team), user)
