"""The members' command `/daypass done`, which gives sessions back, and access on request."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.slack.arguments import ENGAGEMENT
from chalicelib.domain.slack.messages import Message, code, join_fitting_lines, message, section
from chalicelib.domain.trail import Action
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.requests.revoke import end_own_access
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.slack.commands.queries import find_live_sessions
from chalicelib.usecases.vending.end_session import give_back_session

MAX_SESSIONS = 10
"""Slack waits three seconds for the answer. To give more back, the member types it again."""


def _answer_done(call: Call) -> Message:
    """Give back the caller's sessions and the access that their requests opened, or those of one
    engagement, and answer with a line on each.

    Sessions that expire meanwhile are left out.
    """
    member, engagement = call.caller.member.id, call.parsed.engagement
    live = find_live_sessions(call.ports, member=member)
    sessions = [each for each in live.sessions if engagement in ("", each.engagement)]
    lines = []
    for session in sessions[:MAX_SESSIONS]:
        with suppress(NotFound, Conflict):
            response = give_back_session(call.ports, call.caller, session.vend)
            role = f"{code(session.engagement)} {code(session.role)}"
            lines.append(f"{role}: {response.message}")
    lines += _end_access(call)
    if not lines:
        return message("You have no session to give back.")
    if len(sessions) > MAX_SESSIONS or live.has_more:
        lines.append("You may have more sessions. Type the command again.")
    return message("Given back", section(join_fitting_lines(lines)))


def _end_access(call: Call) -> list[str]:
    """End the access that the caller's requests opened and that is in force. Return a line on
    each."""
    member, now, lines = call.caller.member.id, call.ports.now(), []
    for grant in list_all(call.ports.state, ApprovedGrant, member=member):
        if grant.is_current(now) and call.parsed.engagement in ("", grant.engagement):
            with suppress(NotFound, Conflict):
                end_own_access(call.ports, call.caller, grant.request)
                role = f"{code(grant.engagement)} {code(grant.role)}"
                lines.append(f"{role}: The access on request has ended.")
    return lines


DONE = MemberCommand(
    name="done",
    arguments=(replace(ENGAGEMENT, optional=True),),
    summary="Gives your sessions and access on request back, everywhere or in one engagement.",
    example="done acme-prod",
    action=Action.SESSION_END,
    answer=_answer_done,
)
