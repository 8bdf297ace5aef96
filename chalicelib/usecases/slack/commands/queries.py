"""The members' commands that only read: `/daypass live` and `who`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import describe_closed_time
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.moments import end_text, utc_text
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.arguments import ENGAGEMENT
from chalicelib.domain.slack.messages import (
    Message,
    code,
    context,
    escape,
    join_fitting_lines,
    message,
    section,
)
from chalicelib.domain.text import count_of
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.admission import READERS, Target, record_refusal
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.blocks import build_block_notes
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.vending.sessions import list_sessions_with_states

MAX_SESSIONS = 200
"""How many sessions are read, the most recent first."""


class LiveSessions(Value, frozen=True, kw_only=True):
    """Sessions that may be alive, the latest end first. `has_more` is true if earlier sessions were
    not read. They may be alive too."""

    sessions: tuple[Session, ...]
    has_more: bool
    notes: Mapping[str, str]
    """A note on the state of each session, by the session's ID. Empty for one that is live."""
    cut_off_count: int
    """The number of sessions that were read and left out, because they are cut off."""

    @property
    def summary(self) -> str:
        """How many sessions may be alive, and until when, as a few sentences."""
        cut_off = f" Cut off already: {self.cut_off_count}." if self.cut_off_count else ""
        return f"{self._alive_text}{cut_off}"

    @property
    def _alive_text(self) -> str:
        hint = "Leads list all sessions with daypass who in a terminal."
        if not self.sessions and self.has_more:
            return f"None of the most recent sessions is alive, but earlier ones may be. {hint}"
        if not self.sessions:
            return "No session is alive."
        count, last_end = len(self.sessions), utc_text(self.sessions[0].ends_by)
        sessions = count_of(count, "session")
        if self.has_more:
            return f"At least {sessions} may be alive, the last of these until {last_end}. {hint}"
        end = f"until {last_end}" if count == 1 else f"the last until {last_end}"
        return f"{sessions} may be alive, {end}."


def find_live_sessions(
    ports: Ports, *, engagement: str = "", member: str = "", role: str = ""
) -> LiveSessions:
    """Return the sessions that may be alive: all of them, or those of the engagement, the member
    and the role in the arguments. Read MAX_SESSIONS at most."""
    page = list_sessions_with_states(
        ports, engagement=engagement, member=member, limit=MAX_SESSIONS
    )
    listed = [each for each in page.items if role in ("", each.session.role)]
    alive = [each.session for each in listed if not each.is_cut_off]
    alive.sort(key=lambda session: session.ends_by, reverse=True)
    return LiveSessions(
        sessions=tuple(alive),
        has_more=bool(page.cursor),
        notes={each.session.vend: each.note for each in listed},
        cut_off_count=len(listed) - len(alive),
    )


def _answer_live(call: Call) -> Message:
    """Answer with the caller's sessions that may be alive, each with the time left."""
    live = find_live_sessions(call.ports, member=call.caller.member.id)
    if not live.sessions:
        is_simple = not (live.has_more or live.cut_off_count)
        return message("You have no session that may be alive." if is_simple else live.summary)
    title, now = "Your sessions that may be alive", call.ports.now()
    lines = [
        f"{code(session.engagement)} {code(session.role)}:"
        f" {_format_time_left(session, live.notes[session.vend], now)}"
        for session in live.sessions
    ]
    blocks = [section(f"*{title}*"), section(join_fitting_lines(lines))]
    return message(
        title, *blocks, *([context(live.summary)] if live.has_more or live.cut_off_count else [])
    )


def _format_time_left(session: Session, note: str, now: datetime) -> str:
    """Return the session's time left and the note on it, such as `43 min left, until 19:42 UTC;
    withheld: not handed over`."""
    minutes = int((session.ends_by - now) / timedelta(minutes=1))
    left = f"{minutes} min left" if minutes > 0 else "less than a minute left"
    until = f"{session.ends_by.astimezone(UTC):%H:%M} UTC"
    return "; ".join(filter(None, (f"{left}, until {until}", escape(note))))


def _find_visible_engagement(call: Call) -> tuple[Engagement, Grant | None]:
    """Return the engagement, and the grant that lets the caller see the engagement.

    The grant is None for leads and auditors, who see every engagement. If the caller may not see
    the engagement, raise the same AccessDenied whether it exists or not.
    """
    ports, caller, engagement_id = call.ports, call.caller, call.parsed.engagement
    engagement = ports.state.get(Engagement, engagement_id)
    if engagement is not None and caller.member.kind in READERS:
        return engagement, None
    grant = ports.state.get(Grant, engagement_id, caller.member.id)
    if engagement is not None and grant is not None and grant.is_current(ports.now()):
        return engagement, grant
    target = Target(engagement=engagement_id).for_trail(engagement_exists=engagement is not None)
    record_refusal(ports, call.origin, caller.token, Action.READ, Reason.NOT_A_MEMBER, target)
    raise AccessDenied(Reason.NOT_A_MEMBER)


def _answer_who(call: Call) -> Message:
    """Answer with the names of the members who have access. Also show leads and auditors these
    members' roles, end dates and sessions."""
    engagement, own_grant = _find_visible_engagement(call)
    live = None if own_grant else find_live_sessions(call.ports, engagement=engagement.id)
    now, live_blocks = call.ports.now(), [context(live.summary)] if live else []
    live_blocks += build_block_notes(call.ports, engagement.id)
    title = escape(f"Who has access to {engagement.id}")
    if not engagement.allows_sessions(now):
        why = describe_closed_time(engagement, now)
        text = f"{code(engagement.id)}: No one can get a session now. {why}"
        return message(title, section(text), *live_blocks)
    all_grants = list_all(call.ports.state, Grant, engagement=engagement.id)
    grants = [grant for grant in all_grants if grant.is_current(now)]
    members = call.ports.state.get_many(Member, [(grant.member,) for grant in grants])
    lines = [
        _build_member_line(member, grant, engagement, live)
        for grant in grants
        if (member := members.get((grant.member,))) and _can_use_grants(member)
    ]
    return message(
        title,
        section(f"*Who has access to {code(engagement.id)}*"),
        section(join_fitting_lines(lines) if lines else "No one has access now."),
        *live_blocks,
    )


def _can_use_grants(member: Member) -> bool:
    """Return whether the member can use their grants. Suspended members and auditors cannot."""
    return member.suspended_at is None and member.kind is not Kind.AUDITOR


def _build_member_line(
    member: Member, grant: Grant, engagement: Engagement, live: LiveSessions | None
) -> str:
    """Return a line on a member who has access. With `live`, the engagement's sessions, the line
    also has the member's roles, end date and number of sessions. Otherwise it is only the name."""
    name = escape(member.name, 80)
    if live is None:
        return name
    roles = ", ".join(
        f"{code(role)}{' (on request)' if role in grant.on_request else ''}"
        for role in sorted(grant.roles)
    )
    until = end_text(min(grant.ends_at, engagement.ends_at))
    count = sum(session.member == member.id for session in live.sessions)
    if count:
        at_least = "at least " if live.has_more else ""
        sessions = f"{at_least}{count_of(count, 'session')} that may be alive"
    else:
        sessions = "no session among the latest" if live.has_more else "no session"
    return f"{name} ({code(member.id)}): {roles}, until {until}; {sessions}"


LIVE = MemberCommand(
    name="live",
    arguments=(),
    summary="Shows your sessions that may be alive, with the time left.",
    example="live",
    answer=_answer_live,
)

WHO = MemberCommand(
    name="who",
    arguments=(ENGAGEMENT,),
    summary="Shows who has access to an engagement. Leads and auditors see roles and sessions too.",
    example="who acme-prod",
    answer=_answer_who,
)
