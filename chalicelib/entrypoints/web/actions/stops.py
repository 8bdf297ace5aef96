"""The console's stops: each takes access away, through the use case of the API. And the other
actions that names and a reason are enough for.

A stop needs no recent sign-in. Its page shows first what it will do. The full result of a member's,
an engagement's, a client's and everything's is a page that can be opened and refreshed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.values import sent_fields
from chalicelib.domain.vending.session_states import describe_sessions
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.kinds import (
    STOPS,
    StopKind,
    StopNames,
    StopTarget,
    build_names_type,
)
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.domain.vending.stops.results import StopResult, select_client_steps
from chalicelib.domain.vending.stops.several import SeveralRevocations
from chalicelib.entrypoints.web.actions.declared import (
    ACTIONS,
    ActionPage,
    ActionResult,
    lead_action,
    show,
    web_action,
    with_reason,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.recording import reauthenticate
from chalicelib.usecases.requests.actions import ACTIONS as LEAD_ACTIONS
from chalicelib.usecases.requests.actions import Stopped, carry_out
from chalicelib.usecases.vending.stops.previews import preview_stop
from chalicelib.usecases.vending.stops.results import read_result

ROWS = 25
"""The sessions on one page."""


def _build_page(_web: WebRequest, _names: Any) -> ActionPage:
    """Return a page without sentences of its own. The action's preview has all of them."""
    return ActionPage()


def _declare(kind: StopKind) -> None:
    """Declare the stop as an action of the console."""

    def preview(web: WebRequest, names: Mapping[str, str]) -> Preview:
        return preview_stop(web.ports, web.caller, kind, StopNames(**names))

    def perform(web: WebRequest, fields: Any) -> ActionResult:
        names = {name: getattr(fields, name) for name in kind.names}
        target = StopTarget.build(kind, StopNames(**names))
        answer = carry_out(web.ports, web.caller, target, why=fields.reason)
        if isinstance(answer, SeveralRevocations) and not answer.is_complete:
            return show(
                "web/stops/unfinished.html",
                title=kind.heading,
                answer=answer,
                form=sent_fields(fields),
                action=kind.name,
                result_path=result_path(target),
            )
        return _show_answer(web, target, answer)

    register = web_action(
        name=kind.name,
        heading=kind.heading,
        button=kind.button,
        done="",  # the page that follows says what was done
        action=kind.action,
        form=with_reason(build_names_type(kind.name, kind.names)),
        perform=perform,
        find=lambda _web, **_names: None,  # the preview reads the target
        preview=preview,
        is_stop=True,
        asks_for="the exact effect",  # what the page after the form for the names shows
    )
    register(_build_page)


def _show_answer(web: WebRequest, target: StopTarget, answer: Stopped) -> ActionResult:
    """Return the page of the result. If the lead can open no further page, or if there is none,
    return the result itself."""
    is_last = _is_signed_out(web)
    if target.kind.has_page and not is_last:
        return result_path(target)
    if target.kind.has_page:
        result = read_result(web.ports, target)
        return show("web/stops/result.html", **build_result_values(result, is_last=True))
    if not isinstance(answer, Revocation):
        raise TypeError(f"{target.kind.name} needs a page of its own")
    return show(
        "web/stops/done.html",
        title=target.title,
        answer=answer,
        states=describe_sessions(answer.sessions, ()),
        steps=select_client_steps(answer.cut_offs),
        is_last=is_last,
    )


def _is_signed_out(web: WebRequest) -> bool:
    """Return whether the stop has ended the lead's own token or rights. The next request of this
    browser is then refused."""
    try:
        return reauthenticate(web.ports, web.caller) is None
    except Unavailable:
        return False


def result_path(target: StopTarget) -> str:
    """Return the path of the page that shows the result, below the console's root."""
    names = sent_fields(target.names)
    return f"stops/{target.kind.name}{'?' + urlencode(names) if names else ''}"


def build_result_values(
    result: StopResult, *, start: int = 0, is_last: bool = False, done_text: str = ""
) -> dict[str, Any]:
    """Return the template's values. `start` is the number of the first session on the page.

    `is_last` says that the lead is signed out, and can open no further page. `done_text` says what
    has just been done.
    """
    target, following = result.target, start + ROWS
    return {
        "title": target.title,
        "result": result,
        "undo": ACTIONS.get(result.target.kind.undone_by),
        "sessions": result.sessions[start:following],
        "start": start,
        "following": following if following < len(result.sessions) else 0,
        "path": result_path(target),
        "is_last": is_last,
        "done_text": done_text,
        "refresh": 0 if is_last else result.refresh_seconds,
    }


for kind in STOPS.values():
    _declare(kind)


for action in LEAD_ACTIONS.values():
    if action.perform is not None and action.body is None and action.has_simple_form:
        register = lead_action(
            action,
            with_reason(build_names_type(action.name, action.names)),
            find=lambda _web, **_names: None,
            then="stops/freeze" if action.name == "thaw" else "",
            is_step=action.name == "thaw",
        )
        register(_build_page)
