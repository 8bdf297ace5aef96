"""What the parser makes of a text. Pending actions hold it, and every function knows how they are
stored, so that it is apart from the parser."""

from __future__ import annotations

from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Thing


class MemberRef(Thing, frozen=True, kw_only=True):
    """A member as a lead names them."""

    slack_user: str = ""
    """The ID in a mention."""
    id: str = ""
    """Or the member's ID."""


class ParsedCommand(Thing, frozen=True, kw_only=True):
    """A command and its arguments. An argument that was not typed is empty."""

    command: str
    engagement: str = ""
    role: str = ""
    member: MemberRef = MemberRef()
    duration: int | None = None
    """Seconds."""
    until: Moment | None = None
    reason: str = ""
    topic: str = ""
    """What help is asked about, as typed."""


class ParseError(Thing, frozen=True):
    """Why a text is no command."""

    text: str
    """A sentence or two: what is wrong, and what to type instead."""
