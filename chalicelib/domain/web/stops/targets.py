"""Name what a lead can stop, and tell which sessions a stop is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.requests.requests import member_of_request
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import group_by_vend
from chalicelib.domain.vending.sessions import Session, find_alive_sessions


class StopScope(StrEnum):
    """The kind of thing that a lead stops."""

    SESSION = "session"
    TOKEN = "token"
    GRANT = "grant"
    REQUEST = "request"
    MEMBER = "member"
    LEAVE = "leave"
    ROLE = "role"
    ENGAGEMENT = "engagement"
    CLOSE = "close"
    CLIENT = "client"
    EVERYTHING = "everything"


class StopTarget(Value, frozen=True, kw_only=True):
    """The names of what a lead stops. A scope uses those that it needs."""

    scope: StopScope
    engagement: str = ""
    role: str = ""
    member: str = ""
    token: str = ""
    """The token's ID."""
    session: str = ""
    """The session's ID on the trail."""
    request: str = ""
    client: str = ""
    """The client's name."""

    def format(self, template: str) -> str:
        """Return the template with the target's names in place of its fields."""
        names = {name: getattr(self, name) for name in self.__struct_fields__}
        names |= {"client": isolate(self.client), "session": f"{self.member}.{self.session}"}
        return template.format(**names)


def isolate(text: str) -> str:
    """Return free text between characters that keep its writing direction from changing the
    sentence around it."""
    return f"\u2068{text}\u2069" if text else ""


class Concern(Value, frozen=True, kw_only=True):
    """The sessions that a stop is about. An empty part excludes none."""

    engagements: frozenset[str] | None = None
    """The engagements of the sessions. None: all."""
    role: str = ""
    member: str = ""
    tokens: frozenset[str] = frozenset()
    """The IDs of the tokens that requested them."""
    session: str = ""
    """The ID of the only session."""
    request: str = ""
    """The request whose access gave them."""

    def includes(self, intent: Entry) -> bool:
        """Return whether the stop is about the session of the vend with this intent."""
        return (
            (self.engagements is None or intent.engagement in self.engagements)
            and self.role in ("", intent.role)
            and self.member in ("", intent.actor)
            and (not self.tokens or intent.token in self.tokens)
            and self.session in ("", intent.vend)
            and self.request in ("", intent.details.get("request"))
        )


def build_concern(target: StopTarget) -> Concern:
    """Return the sessions that the stop of this target is about, from its names alone.

    A token's stop is also about the sessions of tokens that ended with it, and a client's only
    about those of its engagements: the caller adds these names.
    """
    scope, member, engagement = target.scope, target.member, frozenset({target.engagement})
    match scope:
        case StopScope.SESSION:
            return Concern(member=member, session=target.session)
        case StopScope.TOKEN:
            return Concern(member=member, tokens=frozenset({target.token}))
        case StopScope.GRANT:
            return Concern(member=member, engagements=engagement)
        case StopScope.REQUEST:
            return Concern(member=member_of_request(target.request), request=target.request)
        case StopScope.MEMBER | StopScope.LEAVE:
            return Concern(member=member)
        case StopScope.ROLE:
            return Concern(engagements=engagement, role=target.role)
        case StopScope.ENGAGEMENT | StopScope.CLOSE:
            return Concern(engagements=engagement)
        case StopScope.CLIENT | StopScope.EVERYTHING:
            return Concern()


def select_sessions(
    entries: Iterable[Entry], concern: Concern, now: datetime
) -> tuple[Session, ...]:
    """Return the sessions of these trail entries that may be alive and that the stop is about,
    those that end last first."""
    vends = [vend for vend in group_by_vend(entries) if concern.includes(vend.intent)]
    return find_alive_sessions((entry for vend in vends for entry in vend.entries), now)
