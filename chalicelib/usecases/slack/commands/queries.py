"""The members' commands `/daypass list`, `live`, `who` and `done`: their access, who else has
access, and their sessions, which they can give back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.life import describe_closed_time
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound, Reason
from chalicelib.domain.moments import end_text, last_moment_text, utc_text
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.requests.access import Access
from chalicelib.domain.rows import cell_text, get_value
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
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.session_states import ListedSession
from chalicelib.usecases.admission import READERS, Target, record_refusal
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import ACCESS, AccessFilters
from chalicelib.usecases.requests.own import end_own_access
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.vending.end_session import give_back_session
from chalicelib.usecases.vending.sessions import list_sessions_with_states

MAX_SESSIONS = 200
"""How many sessions are read, the most recent first."""
MAX_DONE = 10
"""The most sessions that one command gives back, because Slack waits three seconds for the answer.
To give more back, the member types the command again."""


def _answer_list(call: Call) -> Message:
    """Answer with the first rows of the caller's access."""
    page = ACCESS.ask(call.ports, call.caller, AccessFilters())
    if not page.items:
        return message(ACCESS.empty)
    lines = [_build_access_line(row) for row in page.items]
    if page.cursor:
        lines.append("There are more. To see all, type daypass ls in a terminal.")
    return message(ACCESS.title, section(f"*{ACCESS.title}*"), section(join_fitting_lines(lines)))


def _build_access_line(row: Access) -> str:
    """Return a line on an access: its name, and the cells of its other columns. A time follows its
    column's heading, such as `until`."""
    first, *others = ACCESS.columns
    cells = []
    for column in others:
        value, heading = get_value(row, column.field), column.heading
        cell = escape(cell_text(value, end_text), 300)
        cells.append(f"{heading.lower()} {cell}" if isinstance(value, datetime) else cell)
    return f"{code(str(get_value(row, first.field)))}: {'; '.join(filter(None, cells))}"


class LiveSessions(NamedTuple):
    """Sessions that may be active, the latest end first, without those that are cut off."""

    sessions: tuple[ListedSession, ...]
    has_more: bool
    """True if earlier sessions were not read. They may be active too."""
    summary: str


def find_live_sessions(ports: Ports, *, engagement: str = "", member: str = "") -> LiveSessions:
    """Return the sessions of the engagement or the member that may be active. Read MAX_SESSIONS at
    most."""
    page = list_sessions_with_states(
        ports, engagement=engagement, member=member, limit=MAX_SESSIONS
    )
    # The page has no expired sessions, but it has those that were cut off.
    alive = [each for each in page.items if not each.is_cut_off]
    alive.sort(key=lambda each: each.session.ends_by, reverse=True)
    recent = "recent session" if page.cursor else "session"
    summary = f"No {recent} is active."
    if alive:
        last_end = last_moment_text(alive[0].session.ends_by)
        summary = f"{count_of(len(alive), recent)} may still be active until {last_end}."
    if page.cursor:
        summary += (
            " Earlier sessions may still be active. Leads can list all of them with daypass who in"
            " a terminal."
        )
    if len(alive) < len(page.items):
        summary += f" Sessions already cut off: {len(page.items) - len(alive)}."
    return LiveSessions(tuple(alive), bool(page.cursor), summary)


def _answer_live(call: Call) -> Message:
    """Answer with the caller's sessions that may be active, each with the time left."""
    live, now = find_live_sessions(call.ports, member=call.caller.member.id), call.ports.now()
    if not live.sessions:
        return message(live.summary)
    title = "Your sessions that may still be active"
    lines = [_build_session_line(each, now) for each in live.sessions]
    blocks = section(f"*{title}*"), section(join_fitting_lines(lines)), context(live.summary)
    return message(title, *blocks)


def _build_session_line(listed: ListedSession, now: datetime) -> str:
    """Return a line on a session, with the time left, and what is known about its end."""
    session = listed.session
    minutes = int((session.ends_by - now) / timedelta(minutes=1))
    left = f"{minutes} min left" if minutes > 0 else "less than a minute left"
    until = f"until {session.ends_by.astimezone(UTC):%H:%M} UTC"
    state = "; ".join(filter(None, (f"{left}, {until}", escape(listed.note))))
    return f"{code(session.engagement)} {code(session.role)}: {state}"


def _find_visible_engagement(call: Call) -> tuple[Engagement, bool]:
    """Return the engagement, and whether the caller sees everything of it: leads and auditors do.

    If the caller may not see the engagement, raise the same AccessDenied whether it exists or not.
    """
    ports, caller, engagement_id = call.ports, call.caller, call.parsed.engagement
    engagement = ports.state.get(Engagement, engagement_id)
    grant = ports.state.get(Grant, engagement_id, caller.member.id)
    if engagement is not None and caller.member.kind in READERS:
        return engagement, True
    if engagement is not None and grant is not None and grant.is_current(ports.now()):
        return engagement, False
    target = Target(engagement=engagement_id).for_trail(engagement_exists=engagement is not None)
    record_refusal(ports, call.origin, caller.token, Action.READ, Reason.NOT_A_MEMBER, target)
    raise AccessDenied(Reason.NOT_A_MEMBER)


def _answer_who(call: Call) -> Message:
    """Answer with the names of the members who have access. Also show leads and auditors these
    members' roles, end dates and sessions."""
    engagement, sees_all = _find_visible_engagement(call)
    live = find_live_sessions(call.ports, engagement=engagement.id) if sees_all else None
    notes = [context(live.summary)] if live is not None else []
    blocks = call.ports.state.get_many(Block, [(EVERYTHING,), (engagement.id,)])
    for block in sorted(blocks.values(), key=lambda each: each.scope):
        since = utc_text(block.began_at)
        is_freeze = block.scope == EVERYTHING
        state = (
            f"Daypass has been frozen since {since}"
            if is_freeze
            else f"The client paused this engagement on {since}"
        )
        if block.is_in_force:
            notes.append(section(f"*{state}. No one can get new sessions.*"))
    title, now = escape(f"Who has access to {engagement.id}"), call.ports.now()
    if not engagement.allows_sessions(now):
        why = describe_closed_time(engagement, now)
        text = f"No one can get sessions in {code(engagement.id)} at the moment. {why}"
        return message(title, section(text), *notes)
    grants = list_all(call.ports.state, Grant, engagement=engagement.id)
    current = [grant for grant in grants if grant.is_current(now)]
    members = call.ports.state.get_many(Member, [(grant.member,) for grant in current])
    lines = [
        _build_member_line(member, grant, engagement, live)
        for grant in current
        if (member := members.get((grant.member,))) is not None
        and member.suspended_at is None
        and member.kind is not Kind.AUDITOR
    ]
    shown = join_fitting_lines(lines) if lines else "No one has access now."
    heading = section(f"*Who has access to {code(engagement.id)}*")
    return message(title, heading, section(shown), *notes)


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
    count = sum(each.session.member == member.id for each in live.sessions)
    sessions = f"{count_of(count, 'session')} that may still be active" if count else "no session"
    among = " among the latest" if live.has_more else ""
    return f"{name} ({code(member.id)}): {roles}, until {until}; {sessions}{among}"


def _answer_done(call: Call) -> Message:
    """Give back at most MAX_DONE of the caller's sessions, and end the access that their requests
    opened, everywhere or in one engagement. Answer with a line on each. Leave out sessions and
    access that end meanwhile."""
    member, engagement = call.caller.member.id, call.parsed.engagement
    live, lines = find_live_sessions(call.ports, member=member), []
    sessions = [each.session for each in live.sessions]
    sessions = [each for each in sessions if engagement in ("", each.engagement)]
    for session in sessions[:MAX_DONE]:
        with suppress(NotFound, Conflict):
            response = give_back_session(call.ports, call.caller, session.vend)
            role = f"{code(session.engagement)} {code(session.role)}"
            lines.append(f"{role}: {response.message}")
    for grant in list_all(call.ports.state, ApprovedGrant, member=member):
        if grant.is_current(call.ports.now()) and engagement in ("", grant.engagement):
            with suppress(NotFound, Conflict):
                end_own_access(call.ports, call.caller, grant.request)
                role = f"{code(grant.engagement)} {code(grant.role)}"
                lines.append(f"Your requested access to {role} has ended.")
    if not lines:
        return message("You have no sessions to give back.")
    if len(sessions) > MAX_DONE or live.has_more:
        lines.append("You may have more sessions. To give them back, type the command again.")
    return message("Given back", section(join_fitting_lines(lines)))


LIST = MemberCommand(
    name="list",
    summary="Shows your engagements and their roles.",
    example="list",
    answer=_answer_list,
)
LIVE = MemberCommand(
    name="live",
    summary="Shows your sessions that may still be active, with the time left.",
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
DONE = MemberCommand(
    name="done",
    arguments=(replace(ENGAGEMENT, optional=True),),
    summary="Gives back your sessions and your approved access, everywhere or in one engagement.",
    example="done acme-prod",
    action=Action.SESSION_END,
    answer=_answer_done,
)
