"""The action that gives one's own session back."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import OwnSessionPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests.offers import find_own_session
from chalicelib.usecases.vending import end_session

AWS_CANNOT_RECALL = (
    "AWS cannot recall a session that it has issued: a copy of its credentials may work until"
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
