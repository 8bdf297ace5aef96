"""Build the page that shows the result of a stop."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.values import sent_fields
from chalicelib.domain.vending.session_states import count_sessions, describe_sessions
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.domain.vending.stops.results import StopResult, select_client_steps

ROWS = 25
"""The sessions on one page."""


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
    target = result.target
    following = start + ROWS
    states = describe_sessions(result.sessions, result.stored_cut_offs)
    return {
        "title": target.format(": ".join(filter(None, (target.kind.heading, target.kind.target)))),
        "result": result,
        "kind": target.kind,
        "cut_offs": result.cut_offs,
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


def build_answer_values(target: StopTarget, answer: Revocation, *, is_last: bool) -> dict[str, Any]:
    """Return the template's values for the answer to a stop whose result has no page."""
    return {
        "title": target.format(f"{target.kind.heading}: {target.kind.target}"),
        "answer": answer,
        "states": describe_sessions(answer.sessions, ()),
        "steps": select_client_steps(answer.cut_offs),
        "is_last": is_last,
    }
