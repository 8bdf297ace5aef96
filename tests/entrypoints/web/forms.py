"""A form as a page renders it, and what a browser sends after a person has filled it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = Mapping[str, str | Iterable[str]]


@dataclass(slots=True)
class RenderedForm:
    """A form of a page, with each control's value as the page has it."""

    path: str
    """The path to which the form is sent, below the API's root."""
    hidden: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    """The texts, numbers, times and choices that a person can change, by name."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """The options of each select, and the values of each box."""
    checked: dict[str, list[str]] = field(default_factory=dict)
    """The values of the checked boxes, and of the selects for a role's mode, by name."""

    def fill_in(self, fields: Fields) -> dict[str, str | list[str]]:
        """Return what the browser sends after a person has typed and chosen these values.

        Fail if the form has no such field, or if its hidden field has another value.
        """
        sent: dict[str, str | list[str]] = {**self.hidden, **self.typed, **self.checked}
        for name, value in fields.items():
            assert name in sent, f"the form has no field {name}, only {sorted(sent)}"
            offered = self.options.get(name)
            if name in self.hidden:
                assert value == self.hidden[name], f"the page sends {name}={self.hidden[name]}"
            elif name in self.checked and offered:
                values = [value] if isinstance(value, str) else list(value)
                # A single box can be written "on": it has one value.
                if ":" in offered[0]:
                    chosen = {e.partition(":")[0]: e for e in (*self.checked[name], *values)}
                    values = [*chosen.values()]
                sent[name] = offered if values == ["on"] and len(offered) == 1 else values
                assert {*sent[name]} <= {*offered}, f"the page offers {offered}"
            else:
                assert isinstance(value, str)
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
        self._form = RenderedForm("")
        self._select, self._chosen = "", ""
        self._values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name, value = values.get("name", ""), values.get("value", "")
        form, is_box = self._form, values.get("type") == "checkbox"
        if tag == "form":
            self._form = RenderedForm(values.get("action", "").removeprefix("/api"))
            self.forms += [self._form] if values.get("method") == "post" else []
        elif tag == "select":
            self._select, self._values, self._chosen = name, [], ""
        elif tag == "option" and self._select:
            self._chosen = value if not self._values or "selected" in values else self._chosen
            self._values.append(value)
        elif tag == "input" and is_box:
            form.options.setdefault(name, []).append(value)
            form.checked.setdefault(name, []).extend([value] if "checked" in values else [])
        elif tag == "input":
            (form.hidden if values.get("type") == "hidden" else form.typed)[name] = value

    def handle_endtag(self, tag: str) -> None:
        form, name = self._form, self._select
        if tag == "select":
            form.options[name] = form.options.get(name, []) + self._values
            if ":" in self._values[0]:
                form.checked.setdefault(name, []).append(self._chosen)
            else:
                form.typed[name] = self._chosen
            self._select = ""
