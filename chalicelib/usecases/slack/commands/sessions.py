"""Live sessions: `/daypass live`, and how other commands count them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.moments import in_words
from chalicelib.domain.slack.messages import Message, code, context, listed, message, section
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.admission import ANYBODY
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.vending.sessions import list_sessions

MOST_SESSIONS = 200
"""How many of the latest sessions are looked at."""
_STANDING = {"live": "", "unknown": ", if AWS issued it", "withheld": ", given to nobody"}


class LiveSessions(Thing, frozen=True, kw_only=True):
    """Sessions that may be alive, the last to end first; `more` if there may be others."""

    sessions: tuple[Session, ...]
    more: bool

    @property
    def count(self) -> str:
        """A sentence. Only the latest vends were looked at, and what is not known is not denied."""
        everything = " Leads list them all by the API." if self.more else ""
        if not self.sessions:
            none = "Of the latest sessions none is alive; some of the earlier ones may be."
            return f"{none}{everything}" if self.more else "No session is alive."
        count, last = len(self.sessions), in_words(self.sessions[0].ends_by)
        if self.more:
            return f"At least {count} may be alive, the last of these until {last}.{everything}"
        return f"{count} may be alive, the last until {last}."


def live_sessions(
    ports: Ports, *, engagement: str = "", member: str = "", role: str = ""
) -> LiveSessions:
    """Return the sessions that may be alive, of everything that is named."""
    page = list_sessions(ports, engagement=engagement, member=member, limit=MOST_SESSIONS)
    sessions = [session for session in page.items if role in ("", session.role)]
    sessions.sort(key=lambda session: session.ends_by, reverse=True)
    return LiveSessions(sessions=tuple(sessions), more=bool(page.cursor))


def _answer(call: Call) -> Message:
    live = live_sessions(call.ports, member=call.caller.member.id)
    if not live.sessions:
        return message(live.count if live.more else "You have no session that may be alive.")
    title, now = "Your sessions that may be alive", call.ports.now()
    lines = [
        f"{code(session.engagement)} {code(session.role)}: {_time_left(session, now)}"
        for session in live.sessions
    ]
    blocks = [section(f"*{title}*"), section(listed(lines))]
    return message(title, *blocks, *([context(live.count)] if live.more else []))


def _time_left(session: Session, now: datetime) -> str:
    """Return `43 min left, until 19:42 UTC`, and whether the session may not exist."""
    minutes = int((session.ends_by - now) / timedelta(minutes=1))
    left = f"{minutes} min left" if minutes > 0 else "less than a minute left"
    return f"{left}, until {session.ends_by.astimezone(UTC):%H:%M} UTC{_STANDING[session.standing]}"


LIVE = MemberCommand(
    name="live",
    arguments=(),
    summary="Shows your sessions that may be alive, and the time that each has left.",
    example="live",
    kinds=ANYBODY,
    action=Action.READ,
    changes_something=False,
    answer=_answer,
)
