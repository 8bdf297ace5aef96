"""Actions on one's own access: start it, give it back, and be done with a session."""

from __future__ import annotations

from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.web.requests.openings import name_role
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import OwnSessionPath, RequestPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden
from chalicelib.entrypoints.web.actions.requests.decisions import (
    read_request_of_form,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests import own, revoke
from chalicelib.usecases.requests.offers import (
    find_own_session,
)
from chalicelib.usecases.requests.refusing import build_problem
from chalicelib.usecases.vending import end_session
from chalicelib.usecases.web.requests.request_page import RequestPage

AWS_CANNOT_RECALL = (
    "AWS cannot recall a session that it has issued: a copy of its credentials may work until"
)


@web_action(
    "start-access",
    heading="Start your access",
    button="Start it now",
    done="Your access has started.",
    kinds=EVERYONE,
    action=Action.REQUEST_START,
    form=RequestPath,
    lets_in=True,
)
def start_access(web: WebRequest, form: RequestPath) -> ActionResult:
    own.start_access(web.ports, web.caller, form.request)
    return go_to("access")


@start_access.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    shown = read_request_of_form(web, typed)
    if not shown.may_start or shown.opened is None:
        raise build_problem(Reason.NO_OPEN_ACCESS, shown.request)
    return ActionPage(
        effect=(
            (
                f"You have access to {_name_role(shown)} for"
                f" {describe_duration(shown.opened.duration or 0)} from now."
            ),
            "The time begins now, and does not stop.",
        ),
        fields=(hidden("request", shown.request.id),),
    )


@web_action(
    "end-session",
    heading="Be done with a session",
    button="I am done with it",
    done="Daypass recorded that you do not need this session any more.",
    kinds=EVERYONE,
    action=Action.SESSION_END,
    form=OwnSessionPath,
    is_stop=True,
)
def end_own_session(web: WebRequest, form: OwnSessionPath) -> ActionResult:
    end_session.give_back_session(web.ports, web.caller, form.session)
    return go_to("access")


@end_own_session.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    name = str(parse_valid_fields(OwnSessionPath, dict(typed)).get("session", ""))
    session = find_own_session(web.ports, web.caller, name)
    return ActionPage(
        effect=(
            (
                f"Daypass records that you do not need this session of {session.role} in"
                f" {session.engagement} any more."
            ),
            (
                f"{AWS_CANNOT_RECALL} {utc_text(session.ends_by)}. Where the client allows it,"
                " Daypass ends the session sooner, from within the account."
            ),
        ),
        fields=(hidden("session", session.vend),),
    )


@web_action(
    "end-request-access",
    heading="Give back your access",
    button="Give it back",
    done="Your access is over.",
    kinds=EVERYONE,
    action=Action.REQUEST_REVOKE,
    form=RequestPath,
    is_stop=True,
)
def end_request_access(web: WebRequest, form: RequestPath) -> ActionResult:
    revoke.end_own_access(web.ports, web.caller, form.request)
    return go_to(f"requests/{form.request}")


@end_request_access.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    shown = read_request_of_form(web, typed, with_sessions=True)
    if not shown.may_end:
        raise build_problem(
            Reason.NO_OPEN_ACCESS if shown.row.is_own else Reason.NO_SUCH_REQUEST, shown.request
        )
    return ActionPage(
        effect=(
            (
                f"You get no new session of {_name_role(shown)} under this request. To get access"
                " again, send another request."
            ),
            _describe_sessions(web, shown),
        ),
        fields=(hidden("request", shown.request.id),),
    )


def _describe_sessions(web: WebRequest, shown: RequestPage) -> str:
    """Return a sentence on the sessions under the request that may be alive."""
    if shown.sessions is None:
        return (
            "Daypass could not read your sessions under it. Each may work until it expires, at most"
            " an hour after it began."
        )
    alive = [each for each in shown.sessions if each.may_be_alive(web.now)]
    if not alive:
        return "No session under it may be alive."
    number = "One session" if len(alive) == 1 else f"{len(alive)} sessions"
    last = utc_text(max(each.ends_by for each in alive))
    return (
        f"{number} under it may work until {last}. Where the client allows it, Daypass ends them"
        " sooner, from within the account."
    )


def _name_role(shown: RequestPage) -> str:
    """Return the role of the request as a sentence names it."""
    return name_role(shown.request.role, shown.request.engagement, shown.engagement)
