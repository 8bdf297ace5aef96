"""The actions of the web console, each with its form and its effect."""

from __future__ import annotations

from importlib import import_module

CLIENT_ACTIONS: tuple[str, ...] = ("engagements.verify", "requests.sessions")
"""The modules with actions that assume a client's role. The function ClientCheck imports no
others."""
OTHER_ACTIONS: tuple[str, ...] = (
    "engagements.approvers",
    "engagements.changes",
    "engagements.continuation",
    "engagements.links",
    "engagements.new_engagement",
    "engagements.policies",
    "engagements.role_exceptions",
    "engagements.roles",
    "people.enrolments",
    "people.grants",
    "people.members",
    "people.tokens",
    "requests.decisions",
    "requests.new_access",
    "requests.own_access",
    "requests.reviews",
    "stops",
    "thaw",
)


def load_actions() -> None:
    """Import all modules with actions, which register themselves."""
    for name in (*CLIENT_ACTIONS, *OTHER_ACTIONS):
        import_module(f"{__name__}.{name}")


def load_client_actions() -> None:
    """Import the modules with actions that assume a client's role."""
    for name in CLIENT_ACTIONS:
        import_module(f"{__name__}.{name}")
