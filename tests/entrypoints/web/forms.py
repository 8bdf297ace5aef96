"""A form as a page renders it, and what a browser sends after a person has filled it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = Mapping[str, str | Iterable[str]]
Attributes = dict[str, str]


@dataclass(slots=True)
class RenderedForm:
    """A form of a page, with each control's value as the page has it."""

    path: str
    """The path to which the form is sent, below the API's root."""
    hidden: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    """The texts, numbers, times and choices that a person can change, by name."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """The options of each select."""
    boxes: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    """The checkboxes by name, each with its value and whether it is checked."""

    def fill_in(self, fields: Fields) -> dict[str, str | list[str]]:
        """Return what the browser sends after a person has typed and chosen these values.

        Fail if the form has no such field, or if its hidden field has another value.
        """
        sent: dict[str, str | list[str]] = {**self.hidden, **self.typed}
        sent |= {name: [v for v, is_on in boxes if is_on] for name, boxes in self.boxes.items()}
        for name, value in fields.items():
            if name in self.hidden:
                assert value == self.hidden[name], f"the page sends {name}={self.hidden[name]}"
            elif name in self.boxes:
                values = [value] if isinstance(value, str) else list(value)
                offered_values = {v for v, _ in self.boxes[name]}
                # A single box can be written "on": it has one value.
                chosen = (
                    list(offered_values)
                    if len(offered_values) == 1 and values == ["on"]
                    else values
                )
                assert set(chosen) <= offered_values, f"the page offers {offered_values}"
                sent[name] = chosen
            else:
                assert name in self.typed, f"the form has no field {name}, only {sorted(sent)}"
                assert isinstance(value, str)
                offered = self.options.get(name)
                assert offered is None or value in offered, f"{name} offers {offered}"
                sent[name] = value
        return {name: value for name, value in sent.items() if value != []}


def find_form(page: str, action: str) -> RenderedForm:
    """Return the page's form for the action of this name. Fail if there is not exactly one."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    forms = [form for form in parser.forms if form.path.endswith(f"actions/{action}")]
    assert len(forms) == 1, f"{len(forms)} forms for {action}"
    return forms[0]


class _Parser(HTMLParser):
    """Collects the forms that are sent with POST."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[RenderedForm] = []
        self._form: RenderedForm | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            path = values.get("action", "").removeprefix("/api")
            is_sent = values.get("method", "").lower() == "post"
            self._form = RenderedForm(path) if is_sent else None
            self.forms += [self._form] if self._form else []
        elif self._form is not None and "disabled" not in values:
            self._add_control(self._form, tag, values)

    def _add_control(self, form: RenderedForm, tag: str, values: Attributes) -> None:
        name, value = values.get("name", ""), values.get("value", "")
        if tag == "select":
            self._select = name
            form.options[name] = []
        elif tag == "option" and self._select:
            if not form.options[self._select] or "selected" in values:
                form.typed[self._select] = value
            form.options[self._select].append(value)
        elif tag == "textarea":
            self._area = name
            form.typed[name] = ""
        elif tag == "input" and name:
            match values.get("type", "text"):
                case "hidden":
                    form.hidden[name] = value
                case "checkbox" | "radio":
                    box = value or "on", "checked" in values
                    form.boxes.setdefault(name, []).append(box)
                case _:
                    form.typed[name] = value
        elif tag == "button" and name:
            form.hidden[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.typed[self._area] += data
