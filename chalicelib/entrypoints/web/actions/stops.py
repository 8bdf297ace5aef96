"""The console's stops: each takes access away, through the use case of the API.

A stop needs no recent sign-in. Its page shows first what it will do. The full result of a member's,
an engagement's, a client's and everything's is a page that can be opened and refreshed.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.values import sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.several_revocations import BlockStatus, ClientRevocation
from chalicelib.domain.vending.stops.kinds import STOPS, StopKind, StopNames, StopTarget
from chalicelib.entrypoints.http.requests import ReasonBody, build_names_type
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.forms import build_stop_page
from chalicelib.entrypoints.web.stops.views import (
    build_answer_values,
    build_result_values,
    result_path,
)
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.member_leaves import MemberLeft
from chalicelib.usecases.recording import reauthenticate
from chalicelib.usecases.requests.stops import Stopped, carry_out
from chalicelib.usecases.vending.stops.results import read_result


def _declare(kind: StopKind) -> None:
    """Declare the stop as an action of the console."""
    form = build_names_type(f"{kind.name}-form", kind.names, ReasonBody)

    def perform(web: WebRequest, fields: ReasonBody) -> ActionResult:
        names = {name: getattr(fields, name) for name in kind.names}
        target = StopTarget.build(kind, StopNames(**names))
        answer = carry_out(web.ports, web.caller, target, why=fields.reason)
        if isinstance(answer, MemberLeft | ClientRevocation) and any(
            part.status is not BlockStatus.BLOCKED for part in answer.engagements
        ):
            return show(
                "web/stops/unfinished.html",
                title=kind.heading,
                answer=answer,
                form=sent_fields(fields),
                action=kind.name,
                result_path=result_path(target),
            )
        return _show_answer(web, target, answer)

    declaration = web_action(
        kind.name,
        heading=kind.heading,
        button=kind.button,
        done="",  # the page that follows says what was done
        kinds=LEADS,
        action=kind.action,
        form=form,
        is_stop=True,
    )(perform)

    @declaration.page
    def build_page(web: WebRequest, typed: Typed) -> ActionPage:
        page = build_stop_page(web, kind, form, typed)
        return replace(page, heading=f"{kind.heading}:") if page.target else page


def _show_answer(web: WebRequest, target: StopTarget, answer: Stopped) -> ActionResult:
    """Return the page of the result. If the lead can open no further page, or if there is none,
    return the result itself."""
    is_last = _is_signed_out(web)
    if target.kind.has_page and not is_last:
        return go_to(result_path(target))
    if target.kind.has_page:
        result = read_result(web.ports, target)
        return show("web/stops/result.html", **build_result_values(result, is_last=True))
    if not isinstance(answer, Revocation):
        raise TypeError(f"{target.kind.name} needs a page of its own")
    return show("web/stops/done.html", **build_answer_values(target, answer, is_last=is_last))


def _is_signed_out(web: WebRequest) -> bool:
    """Return whether the stop has ended the lead's own token or rights. The next request of this
    browser then opens nothing."""
    try:
        return reauthenticate(web.ports, web.caller) is None
    except Unavailable:
        return False


for kind in STOPS.values():
    _declare(kind)
