"""Build the fields of the actions' forms."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.entrypoints.web.actions.declared import ActionPage, FormField, Typed, Widget


def build_field(
    name: str,
    label: str,
    widget: str = Widget.TEXT,
    *,
    value: Any = "",
    options: tuple[tuple[str, str], ...] = (),
    hint: str = "",
    required: bool = True,
) -> FormField:
    """Return a field that is required, unless `required` says otherwise."""
    return FormField(
        name=name,
        label=label,
        widget=Widget(widget),
        value=value,
        options=options,
        hint=hint,
        required=required,
    )


def hidden(name: str, value: str) -> FormField:
    """Return a field that the browser sends and does not show."""
    return build_field(name, "", Widget.HIDDEN, value=value, required=False)


def checkbox(name: str, label: str, *, is_set: bool, hint: str = "") -> FormField:
    """Return a box that can be checked."""
    return FormField(name=name, label=label, widget=Widget.CHECKBOX, value=is_set, hint=hint)


def with_typed(typed: Typed, fields: tuple[FormField, ...]) -> tuple[FormField, ...]:
    """Return the fields with the typed values. If a visible field was typed, the form was sent, and
    the browser leaves out the fields that are empty and the boxes that are not checked."""
    visible = {each.name for each in fields if each.widget is not Widget.HIDDEN}
    was_sent = bool(visible & set(typed))

    def find_value(each: FormField) -> Any:
        is_checkbox = each.widget is Widget.CHECKBOX
        missing = (False if is_checkbox else "") if was_sent else each.value
        return typed.get(each.name, each.value if each.widget is Widget.HIDDEN else missing)

    return tuple(replace(each, value=find_value(each)) for each in fields)


def choose_page(fields: tuple[FormField, ...], *, next_page: str) -> ActionPage:
    """Return a page that asks for names only. `next_page` says what the page after it shows."""
    return ActionPage(fields=fields, template="web/choose.html", values={"next_page": next_page})


def reason_field(
    value: str = "", *, hint: str = "The trail keeps it, with your name.", required: bool = True
) -> FormField:
    """Return the field for the reason that the trail records."""
    return build_field("reason", "Reason", value=value, hint=hint, required=required)
