"""Routes for everything that a lead can stop, for the other actions of leads, and for what each
will do. Stops are declared in `domain/vending/stops/kinds.py`, actions in their subjects'
`actions.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_type_hints

from chalicelib.domain.identifiers import SLUG, constrain_identifier
from chalicelib.domain.people.members import Caller
from chalicelib.domain.values import Inline, Request, Value, build_type, sent_fields
from chalicelib.domain.vending.stops.kinds import STOPS, ActionKind, build_names_type
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.routing import ReasonBody, leads
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
    body: type[Request] | None = None,
    done: str = "",
    **route: Any,
) -> None:
    """Register the route of this action. Its answer has a `message`: the use case's, or `done`."""
    in_path = [name for name in kind.names if f"{{{name}}}" in kind.route]
    in_body = [name for name in kind.names if name not in in_path]
    title = kind.name.title().replace("-", "")
    body_type = body or ReasonBody
    if in_body and body is None:
        body_type = build_names_type(title, in_body, body_type)
    answer_type = get_type_hints(use_case)["return"]
    has_message = not done or hasattr(answer_type, "message")
    done_type = None if has_message else _with_message(answer_type)

    def act(ports: Ports, lead: Caller, path: Request, body: Request) -> Any:
        names = sent_fields(path)
        if has_own_body:
            names["request"] = body
        else:
            names |= sent_fields(body)
            names["why"] = names.pop("reason")
        answer = use_case(ports, lead, **names)
        return done_type(result=answer, message=done) if done_type is not None else answer

    has_own_body = body is not None
    act.__doc__ = summary
    act.__annotations__ |= {
        "path": build_names_type(f"{title}Path", in_path),
        "body": body_type,
        "return": done_type or answer_type,
    }
    register(kind.route, kind.action, **route)(act)


@cache
def _with_message(kind: type[Value]) -> Any:
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
            body=action.body,
            done=action.done,
            register=leads.patch if action.changes else leads.post,
            status=action.status,
        )
