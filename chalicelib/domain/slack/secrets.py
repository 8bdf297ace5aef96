"""What Daypass and a Slack workspace know each other by."""

from __future__ import annotations

from chalicelib.domain.things import Secret, Thing


class Secrets(Thing, frozen=True, kw_only=True):
    """The firm's workspace, and the secrets with which its app signs requests."""

    team: str
    """The workspace's id. Nobody of another is answered."""
    signing: Secret[tuple[str, ...]]
    """The app's signing secrets, the present one first: the one before it may still be in use."""


class ChannelWebhook(Thing, frozen=True, kw_only=True):
    """The channel for notifications. It is stored apart from the signing secrets: the function that
    posts there must not be able to sign."""

    team: str
    """The ID of the channel's workspace."""
    url: Secret[str]
    """The address that takes messages. Empty if there is no channel."""
