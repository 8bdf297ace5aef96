"""Routes for everything that a lead can stop, for the other actions of leads, and for what each
will do. Stops are declared in `domain/vending/stops/kinds.py`, actions in their subjects'
`actions.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Annotated, Any, get_type_hints

from chalicelib.domain.identifiers import SLUG, constrain_identifier
from chalicelib.domain.people.members import Caller
from chalicelib.domain.values import Inline, Request, Value, build_type
from chalicelib.domain.vending.stops.kinds import STOPS, ActionKind, build_names_type
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.routes import View
from chalicelib.entrypoints.http.routing import ReasonBody, build_view, leads
from chalicelib.usecases.actions import Draft
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests import actions
from chalicelib.usecases.requests.actions import ACTIONS, USE_CASES


class PreviewPath(Request):
    name: Annotated[str, constrain_identifier("the name of an action", SLUG, 40, 2)]
    """A stop, such as `revoke-grant`, or another action of leads, such as `grant-access`."""


@leads.post("/v1/previews/{name}")
def preview(ports: Ports, lead: Caller, path: PreviewPath, body: Draft) -> Preview:
    """Show what an action will do to this target now. It changes nothing"""
    return actions.preview(ports, lead, path.name, body)


def _serve(
    kind: ActionKind,
    use_case: Callable[..., Value],
    summary: str,
    *,
    register: Callable[..., Any] = leads.post,
    done: str = "",
    **more: Any,
) -> None:
    """Register the route of this action.

    The names of the action's target, such as `member`, come from the path if the route has them, or
    else from the body. The answer has the `message` of the use case's result, or else `done`.
    Without either, it has no message. `more` are other fields of `Route`.
    """
    in_path = [name for name in kind.names if f"{{{name}}}" in kind.route]
    in_body = [name for name in kind.names if name not in in_path]
    title = kind.name.title().replace("-", "")
    body = build_names_type(title, in_body, ReasonBody) if in_body else ReasonBody
    view = build_view(use_case, in_path, summary, body)
    answer_type = get_type_hints(use_case)["return"]
    if done and not hasattr(answer_type, "message"):
        view = _with_message(view, answer_type, done)
    view.__module__ = __name__  # so that it says which module declares the route, as others do
    register(kind.route, kind.action, **more)(view)


def _with_message(view: View, kind: type[Value], done: str) -> View:
    """Return the view, whose answer also has this sentence."""
    done_type = _build_done_type(kind)

    @wraps(view)
    def act(**arguments: Any) -> Any:
        return done_type(result=view(**arguments), message=done)

    act.__annotations__ = view.__annotations__ | {"return": done_type}
    return act


@cache
def _build_done_type(kind: type[Value]) -> Any:
    """Return the type of an answer: the stored thing, and a sentence."""
    fields = {"result": Inline[kind], "message": str}  # type: ignore[valid-type,misc]
    return build_type(f"{kind.__name__}Done", fields)


for stop in STOPS.values():
    summary = f"{stop.heading}. Repeating it is safe, and shows its sessions again"
    _serve(stop, USE_CASES[stop.name], summary)
for action in ACTIONS.values():
    if action.perform is not None:
        _serve(
            action,
            action.perform,
            action.summary or action.heading,
            done=action.done,
            register=leads.patch if action.changes else leads.post,
            status=action.status,
        )
