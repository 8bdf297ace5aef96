"""What Daypass and a Slack workspace know each other by."""

from __future__ import annotations

from chalicelib.domain.things import Secret, Thing


class Secrets(Thing, frozen=True, kw_only=True):
    """The workspace that is ours, and the secrets by which its app signs what it sends."""

    team: str
    """The workspace's id. Nobody of another is answered."""
    signing: Secret[tuple[str, ...]]
    """The app's signing secrets, the present one first: the one before it may still be in use."""


class ChannelWebhook(Thing, frozen=True, kw_only=True):
    """The channel that hears of things. It is kept apart from the secrets: whoever can post there
    must not be able to sign."""

    team: str
    """The id of the channel's workspace."""
    url: Secret[str]
    """Where it takes messages. Empty: there is no such channel."""
