"""The actions of the web console, each with its form and its effect."""

from __future__ import annotations

from importlib import import_module

CLIENT_ACTIONS: tuple[str, ...] = ("engagements.verify", "requests.sessions")
"""The modules with actions that assume a client's role. The function ClientCheck imports no
others."""
OTHER_ACTIONS: tuple[str, ...] = (
    "engagements.changes",
    "engagements.client",
    "engagements.policies",
    "engagements.roles",
    "people.grants",
    "people.members",
    "people.tokens",
    "requests.decisions",
    "requests.new_access",
    "requests.reviews",
    "requests.several",
    "stops",
)


def load_actions(*names: str) -> None:
    """Import these modules with actions, which register themselves."""
    for name in names:
        import_module(f"{__name__}.{name}")
