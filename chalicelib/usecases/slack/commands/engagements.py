"""The members' command `/daypass list`, which shows their engagements and roles."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import end_text, utc_text
from chalicelib.domain.slack.messages import (
    Message,
    code,
    escape,
    join_fitting_lines,
    message,
    section,
)
from chalicelib.domain.vending.unverified import explain_role_problem
from chalicelib.usecases.engagements.my_engagements import EngagementAccess, list_my_engagements
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand
from chalicelib.usecases.slack.commands.queries import format_date

MAX_ENGAGEMENTS = 50
"""The most engagements that `list` shows."""


def _answer_list(call: Call) -> Message:
    """Answer with the engagements that the caller has a grant for, and their roles."""
    page = list_my_engagements(call.ports, call.caller, limit=MAX_ENGAGEMENTS)
    if not page.items:
        return message("You have no engagements. Ask your lead for a grant.")
    lines = [_build_engagement_line(access, call.ports.now()) for access in page.items]
    if page.cursor:
        text = f"These are the first {MAX_ENGAGEMENTS} engagements. To see all, type"
        lines.append(f"{text} daypass ls in a terminal.")
    title = "Your engagements"
    return message(title, section(f"*{title}*"), section(join_fitting_lines(lines)))


def _build_engagement_line(access: EngagementAccess, now: datetime) -> str:
    """Return a line with the engagement, the caller's roles, and when the caller has access."""
    engagement = access.engagement
    roles = ", ".join(_build_role_text(access, role) for role in access.roles) or "no role"
    line = f"{code(engagement.id)} ({escape(engagement.client, 80)}): {roles}"
    if now < access.starts_at:
        return f"{line}, from {format_date(access.starts_at)} on"
    if not access.is_open or not access.is_granted:
        return f"{line}, not open now"
    return f"{line}, until {end_text(access.ends_at)}"


def _build_role_text(access: EngagementAccess, role: Role) -> str:
    """Return the role's name, whether it is on request and, if Daypass gives no sessions from the
    role now, why not."""
    if not explain_role_problem(role, access.engagement, access.now):
        return f"{code(role.name)}{_build_request_note(access, role)}"
    has_failed = role.current_verification(access.engagement) is not None
    return f"{code(role.name)} ({'failed its check' if has_failed else 'not checked yet'})"


def _build_request_note(access: EngagementAccess, role: Role) -> str:
    """Return a note on a role on request: until when it is open, from when on, or that it is not.
    Empty for any other role."""
    on_request = access.on_request.get(role.name)
    if on_request is None:
        return ""
    opened = on_request.opened
    if opened is None:
        return " (on request)"
    if opened.needs_start:
        return f" (approved, to be used first before {utc_text(opened.ends_at)})"
    if access.now < opened.starts_at:
        return f" (open from {utc_text(opened.starts_at)} until {utc_text(opened.ends_at)})"
    return f" (open until {utc_text(opened.ends_at)})"


LIST = MemberCommand(
    name="list",
    arguments=(),
    summary="Shows your engagements and their roles.",
    example="list",
    answer=_answer_list,
)
