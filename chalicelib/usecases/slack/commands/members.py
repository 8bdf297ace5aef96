"""Commands for everyone in the workspace, `/daypass help` and `link`, and the members' command
`access`, which answers with a link to one session."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import AccessDenied, InvalidRequest, Reason
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.slack.arguments import DURATION, ENGAGEMENT, REASON, ROLE, TOPIC
from chalicelib.domain.slack.commands import build_help_lines
from chalicelib.domain.slack.messages import (
    Message,
    build_replacement_message,
    button,
    buttons,
    code,
    command_block,
    context,
    escape,
    join_fitting_lines,
    message,
    section,
)
from chalicelib.domain.slack.pending import ParsedCommand
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.admission import EVERYONE, admit
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.authentication import SlackRequest, find_request_origin
from chalicelib.usecases.slack.binding import create_binding_code
from chalicelib.usecases.slack.commands.declared import (
    Call,
    MemberCommand,
    WorkspaceCommand,
    ignore_press,
)
from chalicelib.usecases.vending.access_links import make_access_link, revoke_access_link

_OPEN, _REVOKE = "open", "revoke-link"
"""The IDs of the two buttons below an access link."""


def _answer_help(_ports: Ports, _request: SlackRequest, parsed: ParsedCommand) -> Message:
    """Answer with all commands, or with the command that the member named and an example."""
    from chalicelib.usecases.slack.commands import COMMANDS

    return message(
        "Commands", section(join_fitting_lines(build_help_lines(COMMANDS, parsed.topic)))
    )


def _answer_link(ports: Ports, request: SlackRequest, _parsed: ParsedCommand) -> Message:
    """Answer with a new binding code, and the command with which a member enters it."""
    text = create_binding_code(ports, request.user)
    return message(
        "Your code for Daypass",
        section(
            f"Your code is {code(text)}. It expires in ten minutes. On a machine where you are"
            " logged in to Daypass, type this command and paste the code:"
        ),
        section(command_block("daypass", "link-slack")),
        context(
            f"The code links the Slack account {escape(request.user.user)} to the member who enters"
            " it. Never enter a code from someone else: that person could then act as you in Slack."
        ),
    )


HELP = WorkspaceCommand(
    name="help",
    arguments=(TOPIC,),
    summary="Shows all commands, or one command with an example.",
    example="help access",
    answer=_answer_help,
)

LINK = WorkspaceCommand(
    name="link",
    summary="Links your Slack account to Daypass. Shows a code to enter in a terminal.",
    example="link",
    action=Action.SLACK_BIND,
    answer=_answer_link,
)


def _answer_access(call: Call) -> Message:
    """Answer with an access link: a link to a page on which the member gets one session.

    For a role that does not allow links, answer with a command that gets the session. If Daypass
    would refuse the session now, raise that refusal.
    """
    ports, engagement = call.ports, call.parsed.engagement
    role = call.parsed.role or _find_only_role(call)
    request = SessionRequest(role=role, duration=call.parsed.duration, reason=call.parsed.reason)
    try:
        new_link = make_access_link(
            ports, call.origin, engagement, request, asked_in=call.origin.address
        )
    except AccessDenied as error:
        if error.reason is not Reason.ROLE_CLOSED_TO_LINKS:
            raise
        return _build_command_to_type(engagement, request)
    minutes = max(1, round((new_link.link.expires_at - ports.now()).total_seconds() / 60))
    approved_access = new_link.starts  # has a duration, which has not begun
    note = "No session has been issued yet."
    if approved_access is not None:
        lasts = describe_duration(approved_access.duration or 0)
        note += f" Your approved access lasts {lasts}, and starts when you get the session."
    page = f"{call.request.base_url}/access/{new_link.text}"
    return message(
        escape(f"Link to a session for {role} in {engagement}"),
        section(
            f"This link gets you one session for {code(role)} in {code(engagement)}. It expires in"
            f" {minutes} minutes. {note}"
        ),
        buttons(
            button("Get the session", _OPEN, url=page, style="primary"),
            button("Revoke the link", _REVOKE, value=new_link.link.hash),
        ),
        context("Anyone with this link can get the session as you. Do not share it."),
    )


def _find_only_role(call: Call) -> str:
    """Return the only role of the caller's grant. Raise InvalidRequest if the grant has several.

    Without a grant, return an empty string, so that the refusal is the same for every engagement.
    """
    engagement = call.parsed.engagement
    grant = call.ports.state.get(Grant, engagement, call.caller.member.id)
    roles = sorted(grant.roles) if grant is not None and grant.is_current(call.ports.now()) else []
    if len(roles) > 1:
        text = (
            f"You have several roles in {engagement}: {', '.join(roles)}. Add one to the command."
        )
        raise InvalidRequest(Reason.MISSING_FIELD, text, field="role")
    return roles[0] if roles else ""


def _build_command_to_type(engagement: str, request: SessionRequest) -> Message:
    """Return the answer for a role that does not allow links: a command that starts a shell with
    the session. The session is as long as the role allows."""
    reason = [f"--reason={request.reason}"] if request.reason else []
    line = command_block("daypass", "shell", f"{engagement}/{request.role}", *reason)
    text = (
        f"{code(request.role)} in {code(engagement)} does not allow links. To get a session, type"
        " this on a machine where you are logged in to Daypass:"
    )
    return message("Command to type", section(text), section(line))


def _revoke_link(ports: Ports, request: SlackRequest) -> Message:
    """Revoke the access link whose button was pressed, and answer whether a session from the link
    may be active."""
    origin = find_request_origin(ports, request.user)
    caller = admit(ports, origin, EVERYONE, Action.ACCESS_LINK_REVOKE)
    revocation = revoke_access_link(ports, caller, request.value)
    text = f"This link no longer works. {revocation.summary}"
    if revocation.alive:
        text += " If you did not get this session, tell your lead."
    return build_replacement_message(text)


ACCESS = MemberCommand(
    name="access",
    arguments=(ENGAGEMENT, replace(ROLE, optional=True), DURATION, replace(REASON, optional=True)),
    summary="Gives you a link to one session. The link expires in five minutes.",
    example="access acme-prod readonly for 30m because the nightly import fails",
    action=Action.ACCESS_LINK_CREATE,
    answer=_answer_access,
    buttons={_OPEN: ignore_press, _REVOKE: _revoke_link},
)
