"""Build the form of a stop, with its exact effect first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.values import Request
from chalicelib.domain.vending.stops.kinds import StopKind, StopNames, StopTarget
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import ActionPage, FormField, Typed
from chalicelib.entrypoints.web.actions.fields import choose_page, hidden, reason_field
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.vending.stops.previews import preview_stop
from chalicelib.usecases.web.suggestions import (
    Suggestion,
    suggest_clients,
    suggest_engagements,
    suggest_members,
    suggest_roles,
)

LABELS = {
    "member": ("Member", "The member's ID, such as bob."),
    "engagement": ("Engagement", "The engagement's ID, such as acme-prod."),
    "role": ("Role", "The role's name in Daypass, such as readonly."),
    "token": ("Token", "The token's ID. The member's page lists them."),
    "session": ("Session", "The session's ID: 16 characters after the member's ID in its name."),
    "request": ("Request", "The request's ID, such as bob.00d9o4r5k3f81c2q."),
    "client": ("Client", "The client's name. Upper and lower case do not matter."),
}
"""The label and the hint of each name."""


def build_stop_page(
    web: WebRequest, kind: StopKind, form: type[Request], typed: Typed
) -> ActionPage:
    """Return the form with the stop's preview. If a name is missing, ask for the names first: the
    effect comes before the button.

    Raise NotFound if the target does not exist.
    """
    valid = parse_valid_fields(form, typed)
    if any(name not in valid for name in kind.names):
        return _ask_for_names(web, kind.names, typed, valid)
    names = StopNames(**{name: valid[name] for name in kind.names})
    return replace(
        show_preview(preview_stop(web.ports, web.caller, kind, names)),
        target=StopTarget.build(kind, names).format(kind.target),
        fields=(*(hidden(name, valid[name]) for name in kind.names), stop_reason_field(typed)),
    )


def show_preview(preview: Preview) -> ActionPage:
    """Return an action's page with this preview, and without fields."""
    return ActionPage(
        warning=" ".join(preview.warnings),
        template="web/stops/effect.html",
        values={"parts": preview.parts},
    )


def stop_reason_field(typed: Typed) -> FormField:
    """Return the field for the reason of a stop."""
    return reason_field(typed.get("reason", ""), hint="The trail keeps it. Others read it.")


def _ask_for_names(
    web: WebRequest, names: tuple[str, ...], typed: Typed, valid: dict[str, Any]
) -> ActionPage:
    """Return the page that asks for the names. A stop must not depend on suggestions: without an
    answer there are none."""
    readers: dict[str, Callable[[], tuple[Suggestion, ...]]] = {
        "member": lambda: suggest_members(web.ports),
        "engagement": lambda: suggest_engagements(web.ports),
        "client": lambda: suggest_clients(web.ports),
    }
    if "engagement" in valid:
        readers["role"] = lambda: suggest_roles(web.ports, valid["engagement"])
    fields = tuple(
        FormField(
            name=name,
            label=LABELS[name][0],
            hint=LABELS[name][1],
            value=typed.get(name, ""),
            options=(read_part(readers[name]) or ()) if name in readers else (),
            required=True,
        )
        for name in names
    )
    return choose_page(fields, next_page="the exact effect")
