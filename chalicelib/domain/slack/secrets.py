"""What Daypass and a Slack workspace know each other by."""

from __future__ import annotations

from chalicelib.domain.things import Secret, Thing


class Secrets(Thing, frozen=True, kw_only=True):
    """The workspace that is ours, and what its app and we have in common."""

    team: str
    """The workspace's id. Nobody of another is answered."""
    signing: Secret[tuple[str, ...]]
    """The app's signing secrets, the present one first: the one before it may still be in use."""
    webhook: Secret[str]
    """Where the channel is that hears of things; empty if there is none."""
