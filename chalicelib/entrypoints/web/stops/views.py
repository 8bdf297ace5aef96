"""Build the page that shows the result of a stop."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.vending.session_states import count_sessions, describe_sessions
from chalicelib.domain.web.stops.freezes import describe_freeze
from chalicelib.domain.web.stops.results import StopResult, select_client_steps
from chalicelib.domain.web.stops.targets import StopTarget
from chalicelib.domain.web.stops.words import STOPS, undo_text

ROWS = 25
"""The sessions on one page."""


def result_path(target: StopTarget) -> str:
    """Return the path of the page that shows the result, below the console's root."""
    names = {
        name: getattr(target, name)
        for name in target.__struct_fields__
        if name != "scope" and getattr(target, name)
    }
    return f"stops/{target.scope.value}{'?' + urlencode(names) if names else ''}"


def build_result_values(
    result: StopResult, *, start: int = 0, is_last: bool = False, done_text: str = ""
) -> dict[str, Any]:
    """Return the template's values. `start` is the number of the first session on the page.

    `is_last` says that the lead is signed out, and can open no further page. `done_text` then says
    what has been done.
    """
    target = result.target
    words = STOPS[target.scope]
    following = start + ROWS
    states = describe_sessions(result.sessions, result.stored_cut_offs)
    return {
        "title": target.format(words.title),
        "result": result,
        "words": words,
        "undo": undo_text(words),
        "freeze": describe_freeze(result.freeze) if result.freeze is not None else (),
        "sessions": result.sessions[start:following],
        "states": states,
        "count": count_sessions(states).text if states else "",
        "start": start,
        "following": following if following < len(result.sessions) else 0,
        "path": result_path(target),
        "is_last": is_last,
        "done_text": done_text,
        "refresh": 0 if is_last else result.refresh,
        "steps": select_client_steps(result.cut_offs),
    }
