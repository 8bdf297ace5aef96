"""The console's stops: each takes access away, through the use case of the API.

A stop needs no recent sign-in. Its page shows its exact effect first, and its result is a page that
can be opened and refreshed at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.several_revocations import BlockedEngagement
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.entrypoints.http.requests import ReasonBody
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.reason_forms import (
    ClientReasonForm,
    EngagementReasonForm,
    GrantReasonForm,
    MemberReasonForm,
    RequestReasonForm,
    RoleReasonForm,
    SessionReasonForm,
    TokenReasonForm,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.forms import build_stop_page, build_target
from chalicelib.entrypoints.web.stops.views import build_result_values, result_path
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.engagements import close_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.member_leaves import leave
from chalicelib.usecases.engagements.revoke_client import revoke_client
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.recording import reauthenticate
from chalicelib.usecases.requests.revoke import revoke_request
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.vending.end_session import revoke_session
from chalicelib.usecases.web.stops.results import read_result


class Unfinished(Value, frozen=True):
    """The parts of a stop that the time of one request did not suffice for."""

    message: str
    parts: tuple[BlockedEngagement, ...]


Run = Callable[[WebRequest, Any], Unfinished | None]
"""Calls the use case. Returns None if the stop is complete."""


def _run_session(web: WebRequest, form: SessionReasonForm) -> None:
    find_member(web.ports, form.member)
    revoke_session(web.ports, web.caller, form.member, form.session, why=form.reason)


def _run_token(web: WebRequest, form: TokenReasonForm) -> None:
    revoke_token(web.ports, web.caller, form.member, form.token, why=form.reason)


def _run_grant(web: WebRequest, form: GrantReasonForm) -> None:
    revoke_grant(web.ports, web.caller, form.engagement, form.member, why=form.reason)


def _run_request(web: WebRequest, form: RequestReasonForm) -> None:
    revoke_request(web.ports, web.caller, form.request, why=form.reason)


def _run_member(web: WebRequest, form: MemberReasonForm) -> None:
    suspend_member(web.ports, web.caller, form.member, why=form.reason)


def _run_leave(web: WebRequest, form: MemberReasonForm) -> Unfinished | None:
    left = leave(web.ports, web.caller, form.member, why=form.reason)
    is_complete = left.ended_count == left.grant_count
    return None if is_complete else Unfinished(left.message, left.engagements)


def _run_role(web: WebRequest, form: RoleReasonForm) -> None:
    end_role(web.ports, web.caller, form.engagement, form.role, why=form.reason)


def _run_engagement(web: WebRequest, form: EngagementReasonForm) -> None:
    revoke_engagement(web.ports, web.caller, form.engagement, why=form.reason)


def _run_close(web: WebRequest, form: EngagementReasonForm) -> None:
    close_engagement(web.ports, web.caller, form.engagement, why=form.reason)


def _run_client(web: WebRequest, form: ClientReasonForm) -> Unfinished | None:
    answer = revoke_client(web.ports, web.caller, form.client, why=form.reason)
    return None if answer.is_complete else Unfinished(answer.message, answer.engagements)


def _run_freeze(web: WebRequest, form: ReasonBody) -> None:
    freeze(web.ports, web.caller, why=form.reason)


def _declare(
    name: str,
    scope: StopScope,
    form: type[ReasonBody],
    run: Run,
    action: Action,
    *,
    heading: str,
    button: str,
    done: str,
) -> None:
    """Declare the stop as an action of the console."""

    def perform(web: WebRequest, fields: ReasonBody) -> ActionResult:
        unfinished = run(web, fields)
        target = build_target(scope, fields)
        if unfinished is not None:
            return show(
                "web/stops/unfinished.html",
                title=heading,
                unfinished=unfinished,
                form=fields,
                action=name,
                result_path=result_path(target),
            )
        if _is_signed_out(web):
            return _show_last_page(web, target, done)
        return go_to(result_path(target))

    declaration = web_action(
        name,
        heading=heading,
        button=button,
        done=done,
        kinds=LEADS,
        action=action,
        form=form,
        is_stop=True,
    )(perform)

    @declaration.page
    def build_page(web: WebRequest, typed: Typed) -> ActionPage:
        page = build_stop_page(web, scope, form, typed)
        return replace(page, heading=f"{heading}:") if page.target else page


def _is_signed_out(web: WebRequest) -> bool:
    """Return whether the stop has ended the lead's own token or rights. The next request of this
    browser then opens nothing."""
    try:
        return reauthenticate(web.ports, web.caller) is None
    except Unavailable:
        return False


def _show_last_page(web: WebRequest, target: StopTarget, done: str) -> ActionResult:
    """Return the result in this response, because the lead can open no further page."""
    values = build_result_values(read_result(web.ports, target), is_last=True, done_text=done)
    return show("web/stops/result.html", **values)


_declare(
    "revoke-session",
    StopScope.SESSION,
    SessionReasonForm,
    _run_session,
    Action.SESSION_REVOKE,
    heading="Revoke a session",
    button="Revoke the session",
    done="The session is revoked.",
)
_declare(
    "revoke-token",
    StopScope.TOKEN,
    TokenReasonForm,
    _run_token,
    Action.TOKEN_REVOKE,
    heading="Revoke a token",
    button="Revoke the token",
    done="The token is revoked.",
)
_declare(
    "revoke-grant",
    StopScope.GRANT,
    GrantReasonForm,
    _run_grant,
    Action.GRANT_REVOKE,
    heading="Revoke a grant",
    button="Revoke the grant",
    done="The grant is revoked.",
)
_declare(
    "revoke-request",
    StopScope.REQUEST,
    RequestReasonForm,
    _run_request,
    Action.REQUEST_REVOKE,
    heading="Revoke the access of a request",
    button="Revoke the access",
    done="The access is revoked.",
)
_declare(
    "revoke-member",
    StopScope.MEMBER,
    MemberReasonForm,
    _run_member,
    Action.MEMBER_REVOKE,
    heading="Suspend a member",
    button="Suspend the member",
    done="The member is suspended.",
)
_declare(
    "member-leaves",
    StopScope.LEAVE,
    MemberReasonForm,
    _run_leave,
    Action.MEMBER_LEAVE,
    heading="A member leaves the firm",
    button="End everything of this member",
    done="The member is suspended, and their grants are revoked.",
)
_declare(
    "revoke-role",
    StopScope.ROLE,
    RoleReasonForm,
    _run_role,
    Action.ROLE_END,
    heading="Revoke a role",
    button="Revoke the role",
    done="The role is revoked.",
)
_declare(
    "revoke-engagement",
    StopScope.ENGAGEMENT,
    EngagementReasonForm,
    _run_engagement,
    Action.ENGAGEMENT_REVOKE,
    heading="Revoke an engagement",
    button="Revoke the engagement",
    done="The engagement is revoked.",
)
_declare(
    "close-engagement",
    StopScope.CLOSE,
    EngagementReasonForm,
    _run_close,
    Action.ENGAGEMENT_CLOSE,
    heading="Close an engagement",
    button="Close the engagement",
    done="The engagement is closed.",
)
_declare(
    "revoke-client",
    StopScope.CLIENT,
    ClientReasonForm,
    _run_client,
    Action.CLIENT_REVOKE,
    heading="Revoke a client",
    button="Revoke all its engagements",
    done="Every engagement of the client is revoked.",
)
_declare(
    "freeze",
    StopScope.EVERYTHING,
    ReasonBody,
    _run_freeze,
    Action.FREEZE_BEGIN,
    heading="Freeze everything",
    button="Freeze everything",
    done="Daypass is frozen.",
)
