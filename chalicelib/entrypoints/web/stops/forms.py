"""Build the form of a stop, with its exact effect first."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.values import Request
from chalicelib.domain.vending.stops.kinds import StopKind, StopNames, StopTarget
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import ActionPage, FormField, Typed, Widget
from chalicelib.entrypoints.web.actions.fields import choose_page, hidden, reason_field
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import list_tokens
from chalicelib.usecases.vending.stops.previews import preview_stop
from chalicelib.usecases.web.suggestions import (
    Suggestion,
    suggest_engagements,
    suggest_members,
    suggest_roles,
)

TOKENS_READ = 100
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
        return _ask_for_names(web, list(kind.names), typed, valid)
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
    web: WebRequest, names: list[str], typed: Typed, valid: dict[str, Any]
) -> ActionPage:
    """Return the page that asks for the names. It asks for a token after its member is known, and
    then offers their tokens."""
    is_last = "token" not in names or "member" in valid
    if not is_last:
        names = ["member"]
    fields = _choices(names, typed, _suggest(web, names, valid))
    if "token" in names:
        fields = (*fields[:-1], _token_field(web, fields[-1], valid["member"]))
    return choose_page(fields, next_page="the exact effect" if is_last else "the member’s tokens")


def _token_field(web: WebRequest, field: FormField, member: str) -> FormField:
    """Return the field with the member's tokens that work now. If there may be more, any ID can be
    typed. Raise NotFound if there is no such member."""
    try:
        tokens = list_tokens(web.ports, find_member(web.ports, member), limit=TOKENS_READ)
    except Unavailable:
        return field
    working = [row for row in tokens.items if row.works]
    if not working and not tokens.cursor:
        return replace(field, hint=f"{member} has no token that works now, so there is no need.")
    options = tuple((row.token.id, row.text) for row in working)
    if tokens.cursor:
        return replace(field, options=options)
    options = (("", "Choose a token"), *options)
    return replace(field, widget=Widget.SELECT, options=options, hint="")


def _suggest(
    web: WebRequest, names: list[str], valid: dict[str, Any]
) -> dict[str, tuple[Suggestion, ...]]:
    """Return suggestions for the names, in two calls at most. Without an answer there are none,
    because a stop must not depend on them."""
    suggestions: dict[str, tuple[Suggestion, ...]] = {}
    with suppress(Unavailable):
        if "engagement" in names or "client" in names:
            engagements = suggest_engagements(web.ports)
            suggestions["engagement"] = engagements
            suggestions["client"] = tuple((client, "") for client in {c: 0 for _, c in engagements})
        if "role" in names and "engagement" in valid:
            suggestions["role"] = suggest_roles(web.ports, valid["engagement"])
        if "member" in names:
            suggestions["member"] = suggest_members(web.ports)
    return suggestions


def _choices(
    names: list[str], typed: Typed, suggestions: dict[str, tuple[Suggestion, ...]]
) -> tuple[FormField, ...]:
    return tuple(
        FormField(
            name=name,
            label=LABELS[name][0],
            hint=LABELS[name][1],
            value=typed.get(name, ""),
            options=suggestions.get(name, ()),
            required=True,
        )
        for name in names
    )
